"""The acts of analytics."""

from apps.analytics.services.audits import record_findings
from apps.analytics.services.reports import make_report, owe_missing_reports, owe_report, settle_owed_reports

__all__ = ["make_report", "owe_missing_reports", "owe_report", "record_findings", "settle_owed_reports"]
