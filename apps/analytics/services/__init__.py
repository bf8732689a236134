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
from apps.analytics.services.outcomes import forget_outcome, tell_outcome
from apps.analytics.services.reports import make_report, owe_missing_reports, owe_reports, settle_owed_reports
from apps.analytics.services.statistics import fold_statistics, owe_missing_statistics, owe_statistics

__all__ = [
    "Health",
    "NotCalibrated",
    "ask_calibration",
    "calibrate",
    "calibrate_all",
    "calibrate_asked",
    "check_health",
    "fold_statistics",
    "forget_outcome",
    "make_report",
    "owe_missing_reports",
    "owe_missing_statistics",
    "owe_reports",
    "owe_statistics",
    "record_findings",
    "retry_failed",
    "settle_owed_reports",
    "tell_outcome",
    "update_mastery",
]
