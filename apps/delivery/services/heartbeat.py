"""Signs of life."""

from datetime import timedelta

from django.db.models.functions import Now

from apps.accounts.services import database_now
from apps.delivery.models import Heartbeat


def beat(name: str) -> None:
    """Note that the process called `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})


def is_alive(name: str, *, within: timedelta) -> bool:
    """Whether the process called `name` has given a sign of life lately."""
    return Heartbeat.objects.filter(name=name, beat_at__gte=database_now() - within).exists()
