"""The pages of analytics, by what they are about."""

from apps.analytics.views.cuts import cut, form_list
from apps.analytics.views.learning import calibration, calibration_list, calibration_run, predictions
from apps.analytics.views.outcomes import outcome_remove, outcomes, outcomes_told
from apps.analytics.views.pages import (
    cohort,
    cohort_list,
    health,
    home,
    metrics,
    problem,
    report,
    report_pdf,
    retry,
    review,
    weak_areas,
)

__all__ = [
    "calibration",
    "calibration_list",
    "calibration_run",
    "cohort",
    "cohort_list",
    "cut",
    "form_list",
    "health",
    "home",
    "metrics",
    "outcome_remove",
    "outcomes",
    "outcomes_told",
    "predictions",
    "problem",
    "report",
    "report_pdf",
    "retry",
    "review",
    "weak_areas",
]
