"""Signs of life."""

from django.db.models.functions import Now

from apps.delivery.models import Heartbeat


def beat(name: str) -> None:
    """Note that the process called `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})
