"""The acts of analytics."""

from apps.analytics.services.audits import audit
from apps.analytics.services.reports import make_report, owe_missing_reports, owe_report, settle_owed_reports

__all__ = ["audit", "make_report", "owe_missing_reports", "owe_report", "settle_owed_reports"]
