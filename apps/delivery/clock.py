"""Arithmetic of exam time. Pure: `now` and every other instant are read from the database by the caller (R-03)."""

from datetime import datetime, timedelta

# A save that arrived in time may still wait inside its statement, for at most the statement time-out of five seconds.
# Closing only after that leaves no such answer outside.
SETTLE = timedelta(seconds=5)
# An abandoned blind review must not hold back the score for ever.
BLIND_LASTS = timedelta(hours=24)
# A shorter silence is a restart; from here on it is an outage that candidates are given back.
OUTAGE = timedelta(seconds=30)


def deadline(
    started_at: datetime,
    limit: timedelta,
    *,
    percent: int = 100,
    extra: timedelta = timedelta(0),
    untimed: bool = False,
    closes_at: datetime | None = None,
) -> datetime | None:
    """Return when the timed phase ends: the limit times `percent` plus `extra`, capped by the window's end.

    None means that there is no end: untimed and no window.
    """
    if untimed:
        return closes_at
    end = started_at + limit * percent / 100 + extra
    return min(end, closes_at) if closes_at else end


def remaining(deadline_at: datetime | None, now: datetime) -> timedelta | None:
    """Return the time left, never negative; None when untimed."""
    return None if deadline_at is None else max(deadline_at - now, timedelta(0))


def is_past(deadline_at: datetime | None, now: datetime) -> bool:
    """Whether the deadline itself has come: a submit from now on ends at the deadline, not later."""
    return deadline_at is not None and now >= deadline_at


def is_overdue(deadline_at: datetime | None, now: datetime, grace: timedelta) -> bool:
    """Whether whoever touches the attempt must close it: no answer can arrive in time any more."""
    return deadline_at is not None and now > deadline_at + grace + SETTLE
