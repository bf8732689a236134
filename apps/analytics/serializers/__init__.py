"""Analytics for machines."""

from apps.analytics.serializers.health import CODES, as_data, as_metrics
from apps.analytics.serializers.report import ReportSerializer

__all__ = ["CODES", "ReportSerializer", "as_data", "as_metrics"]
