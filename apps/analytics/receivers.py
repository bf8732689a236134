"""What happens in analytics when an attempt has a score."""

from typing import Any

from django.dispatch import receiver

from apps.analytics import services, tasks
from apps.core.broker import wake
from apps.scoring.signals import attempt_scored


@receiver(attempt_scored)
def owe_report(score_id: int, **_kwargs: Any) -> None:
    """Note that a weak-area report is owed and wake a worker for it."""
    services.owe_report(score_id)
    wake(tasks.report, score_id)


@receiver(attempt_scored)
def owe_statistics(score_id: int, **_kwargs: Any) -> None:
    """Note that the statistics have to look at this score; the sweeper folds it in within seconds."""
    services.owe_statistics(score_id)
