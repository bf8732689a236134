"""Celery's way into analytics."""

from celery import shared_task

from apps.analytics import services
from apps.analytics.audit import all_findings


@shared_task
def report(score_ids: list[int]) -> None:
    """Make the weak-area reports that these scores are owed, and take the scores into their learners' mastery."""
    while services.settle_owed_reports(score_ids=score_ids):
        pass


@shared_task
def calibrate(certification_id: int) -> None:
    """Do the calibration that somebody asked for."""
    services.calibrate_asked(certification_id)


@shared_task
def calibrate_nightly() -> None:
    """Calibrate every certification that has new data."""
    services.calibrate_all()


@shared_task
def audit() -> None:
    """Run the nightly self-audit."""
    services.record_findings(all_findings())
