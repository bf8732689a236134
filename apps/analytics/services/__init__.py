"""The acts of analytics."""

from apps.analytics.services.audits import record_findings
from apps.analytics.services.calibrations import (
    NotCalibrated,
    ask_calibration,
    calibrate,
    calibrate_all,
    calibrate_asked,
)
from apps.analytics.services.health import Health, check_health, retry_failed
from apps.analytics.services.mastery import update_mastery
from apps.analytics.services.reports import make_report, owe_missing_reports, owe_report, settle_owed_reports

__all__ = [
    "Health",
    "NotCalibrated",
    "ask_calibration",
    "calibrate",
    "calibrate_all",
    "calibrate_asked",
    "check_health",
    "make_report",
    "owe_missing_reports",
    "owe_report",
    "record_findings",
    "retry_failed",
    "settle_owed_reports",
    "update_mastery",
]
