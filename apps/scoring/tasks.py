"""Celery's way into scoring."""

from celery import shared_task

from apps.scoring import services


@shared_task
def score(attempt_id: int) -> None:
    """Settle the score that this attempt is owed."""
    services.settle_owed(attempt_ids=[attempt_id])


@shared_task
def correct(correction_id: int) -> None:
    """Bring a correction to the attempts that it has still to reach."""
    while services.settle_corrections(correction_id=correction_id):
        pass
