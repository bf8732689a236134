"""What happens in scoring when an attempt ends."""

from typing import Any

from django.dispatch import receiver

from apps.core.broker import wake
from apps.delivery.signals import attempt_submitted
from apps.scoring import services, tasks


@receiver(attempt_submitted)
def owe_score(attempt_id: int, **_kwargs: Any) -> None:
    """Note that a score is owed and wake a worker for it."""
    services.owe_score(attempt_id)
    wake(tasks.score, attempt_id)
