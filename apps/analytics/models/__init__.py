"""The nouns of analytics: reports, statistics, predictions and findings."""

from apps.analytics.models.findings import AuditFinding
from apps.analytics.models.learning import Calibration, Mastery, Outcome, Prediction
from apps.analytics.models.reports import ReportJob, WeakAreaReport
from apps.analytics.models.statistics import (
    CohortStatistic,
    FoldedScore,
    FormStatistic,
    ItemStatistic,
    OptionStatistic,
    StatisticDelta,
)

__all__ = [
    "AuditFinding",
    "Calibration",
    "CohortStatistic",
    "FoldedScore",
    "FormStatistic",
    "ItemStatistic",
    "Mastery",
    "OptionStatistic",
    "Outcome",
    "Prediction",
    "ReportJob",
    "StatisticDelta",
    "WeakAreaReport",
]
