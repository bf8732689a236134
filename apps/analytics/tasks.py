"""Celery's way into analytics."""

from celery import shared_task

from apps.analytics import services
from apps.analytics.audit import all_findings


@shared_task
def report(score_id: int) -> None:
    """Make the weak-area report that this score is owed."""
    services.settle_owed_reports(score_ids=[score_id])


@shared_task
def audit() -> None:
    """Run the nightly self-audit."""
    services.record_findings(all_findings())
