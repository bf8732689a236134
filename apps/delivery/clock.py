"""Arithmetic of exam time. Pure: `now` and every other instant are read from the database by the caller (R-03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A save that arrived in time may still wait inside its statement, for at most the statement time-out of five seconds.
# Closing only after that leaves no such answer outside.
SETTLE = timedelta(seconds=5)
# An abandoned blind review must not hold back the score for ever.
BLIND_LASTS = timedelta(hours=24)
# A shorter silence is a restart; from here on it is an outage that candidates are given back.
OUTAGE = timedelta(seconds=30)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OwnTime:
    """The time that one candidate has for a form: its limit times `percent` plus `extra`, or no limit at all."""

    limit: timedelta
    percent: int = 100
    extra: timedelta = timedelta(0)
    untimed: bool = False

    @property
    def allowed(self) -> timedelta | None:
        """How long that is; None when untimed."""
        return None if self.untimed else self.limit * self.percent / 100 + self.extra

    @property
    def is_more(self) -> bool:
        """Whether it is another time than the form's own."""
        return self.allowed != self.limit

    @property
    def minutes(self) -> int | None:
        """The time in whole minutes, for people; None when untimed."""
        return None if self.allowed is None else self.allowed // _MINUTE

    @property
    def offered(self) -> str:
        """The time as the candidate reads it before the start."""
        if self.untimed:
            return "untimed, as was arranged for you"
        return f"{self.minutes} minutes, with your extra time" if self.is_more else f"{self.minutes} minutes"

    @property
    def change(self) -> str:
        """What is done to the form's own time: × 1.5 + 30 min."""
        if self.untimed:
            return "untimed"
        factor = f"× {self.percent / 100:g}" if self.percent != 100 else ""
        more = f"+ {self.extra // _MINUTE} min" if self.extra else ""
        return f"{factor} {more}".strip()

    @property
    def reckoning(self) -> str:
        """How it comes about, in minutes: 180 min × 1.5 + 30 min."""
        return self.change if self.untimed else f"{self.limit // _MINUTE} min {self.change}".strip()


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
    allowed = OwnTime(limit, percent, extra, untimed).allowed
    if allowed is None:
        return closes_at
    return min(started_at + allowed, closes_at) if closes_at else started_at + allowed


def regained(cut: timedelta, deadline_at: datetime, closes_at: datetime | None) -> timedelta:
    """Return how much of what the window took (`cut`) comes back when it closes at `closes_at`, None being never.

    Nothing is ever taken: a window that closes earlier leaves those who sit the time that they were promised.
    """
    return cut if closes_at is None else min(cut, max(closes_at - deadline_at, timedelta(0)))


def remaining(deadline_at: datetime | None, now: datetime) -> timedelta | None:
    """Return the time left, never negative; None when untimed."""
    return None if deadline_at is None else max(deadline_at - now, timedelta(0))


def is_past(deadline_at: datetime | None, now: datetime) -> bool:
    """Whether the deadline itself has come: a submit from now on ends at the deadline, not later."""
    return deadline_at is not None and now >= deadline_at


def is_overdue(deadline_at: datetime | None, now: datetime, grace: timedelta) -> bool:
    """Whether whoever touches the attempt must close it: no answer can arrive in time any more."""
    return deadline_at is not None and now > deadline_at + grace + SETTLE
