"""Whether an answer can be stored here and kept."""

import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import DatabaseError, InterfaceError, transaction

from apps.core.queries import disks, undurable_settings
from apps.delivery.services.heartbeat import beat

# The row of the heartbeat table that the check writes.
READY = "ready"
_FRESH_SECONDS = 2.0
# A segment of the write-ahead log: with less, the next answer may find no place.
_LEAST_FREE = 16 * 2**20
# SQLSTATE of the errors that say more than that a write failed.
_SAID = {
    "25006": ("read-only", "The database takes no writes: it is read-only or a standby."),
    "53100": ("disk-full", "The database's disk is full."),
    "42P01": ("database", "The database has no tables yet. Run: manage.py migrate"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why exams must not be served: a code that stays the same, and a sentence."""

    code: str
    message: str


def check_ready() -> tuple[Trouble, ...]:
    """Return what stands against serving exams here (R-28); at most two seconds old.

    The check writes, and anybody may ask for it: each process answers from one verdict per tick of two seconds, so that
    asking often costs nothing. A load balancer asks less often than that.
    """
    return readiness(int(time.monotonic() / _FRESH_SECONDS))


@lru_cache(maxsize=1)
def readiness(_tick: int) -> tuple[Trouble, ...]:
    """Write a row, and look at durability and at the database's disk, once in each tick."""
    try:
        with transaction.atomic():
            beat(READY)
        undurable = undurable_settings()
        full = [disk for disk in disks() if disk.is_database and disk.free < _LEAST_FREE]
    except (DatabaseError, InterfaceError) as error:
        state = getattr(error.__cause__, "sqlstate", None) or ""
        return (Trouble(*_SAID.get(state, ("database", "The database does not answer."))),)
    return (
        *(Trouble("durability", words_for(name)) for name in undurable),
        *(Trouble(*_SAID["53100"]) for _ in full[:1]),
    )


def words_for(setting: str) -> str:
    """Return what it means that this setting of PostgreSQL is off, and the remedy."""
    return f"{setting} is off: a saved answer would not survive a crash. Set {setting} = on in PostgreSQL."
