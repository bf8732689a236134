"""Celery's way into scoring."""

from celery import shared_task

from apps.scoring import services


@shared_task
def score(attempt_id: int) -> None:
    """Settle the score that this attempt is owed."""
    services.settle_owed(attempt_ids=[attempt_id])
