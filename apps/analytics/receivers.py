"""What happens in analytics when attempts have their scores."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from apps.analytics import services, tasks
from apps.core.broker import wake
from apps.scoring.signals import attempts_scored


@receiver(attempts_scored)
def owe_reports(score_ids: Sequence[int], **_kwargs: Any) -> None:
    """Note which weak-area reports are owed and wake a worker for them."""
    services.owe_reports(score_ids)
    wake(tasks.report, list(score_ids))


@receiver(attempts_scored)
def owe_statistics(score_ids: Sequence[int], **_kwargs: Any) -> None:
    """Note that the statistics have to look at these scores; the sweeper folds them in within seconds."""
    services.owe_statistics(score_ids)
