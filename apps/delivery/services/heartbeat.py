"""Signs of life."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from apps.accounts.services import database_now
from apps.delivery.models import Heartbeat
from apps.delivery.services.time import beat_and_credit

logger = logging.getLogger(__name__)

WEB = "web"
BEAT_SECONDS = 5.0


def beat(name: str) -> None:
    """Note that the process called `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": Now()})


def is_alive(name: str, *, within: timedelta) -> bool:
    """Whether the process called `name` has given a sign of life lately."""
    return Heartbeat.objects.filter(name=name, beat_at__gte=database_now() - within).exists()


def silence_of(name: str) -> timedelta | None:
    """Return how long the process called `name` has been silent; None when it never gave a sign."""
    last = Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()
    return None if last is None else database_now() - last


def keep_beating(*chores: Callable[[], object]) -> threading.Thread:
    """Beat as a web process from a thread of its own, as long as the process lives; returns the thread.

    A beat that fails is the sign that the database is away; the next one that works finds the gap and gives it back.
    `chores` are done after each beat: what the process should have ready before somebody waits for it.
    """

    def beat_for_ever() -> None:
        pause = threading.Event()
        while True:
            try:
                beat_and_credit(WEB)
                for chore in chores:
                    chore()
            except DatabaseError:
                logger.warning("The database does not answer the heartbeat.")
            finally:
                connection.close()  # back to the pool; requests need it more
            pause.wait(BEAT_SECONDS)

    thread = threading.Thread(target=beat_for_ever, name="heartbeat", daemon=True)
    thread.start()
    return thread
