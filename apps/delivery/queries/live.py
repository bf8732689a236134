"""Who is sitting right now, for instructors; and what exam pages must hear of without saving."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from apps.accounts.services import database_now
from apps.delivery import clock
from apps.delivery.models import Assignment, Attempt, ResponseEvent, TimeGrant

PAGE = 50
# How long a grant or a closing is told to pages that ask; they ask every fifteen seconds.
_LATELY = timedelta(minutes=10)
_FRESH_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ClockNews:
    """What changed about an attempt's time lately; `remaining` is None when it is untimed or paused."""

    remaining: timedelta | None
    is_closed: bool


def clock_news(attempt: UUID) -> ClockNews | None:
    """Return what an open page should know about its time, or None when nothing changed lately.

    Every process reads the few attempts that changed at most once in three seconds, so that ten thousand pages that ask
    cost next to nothing.
    """
    board = clock_board(int(time.monotonic() / _FRESH_SECONDS))
    if attempt not in board.changed:
        return None
    deadline_at, is_closed = board.changed[attempt]
    now = board.now + timedelta(seconds=time.monotonic() - board.read_at)
    return ClockNews(clock.remaining(deadline_at, now), is_closed)


@dataclass(frozen=True, slots=True)
class ClockBoard:
    """The attempts whose time changed lately, as of `now` of the database and `read_at` of this process."""

    read_at: float
    now: datetime
    changed: dict[UUID, tuple[datetime | None, bool]]


@lru_cache(maxsize=1)
def clock_board(_tick: int) -> ClockBoard:
    """Read the attempts whose time changed lately, once in each tick of three seconds."""
    now = database_now()
    since = now - _LATELY
    granted = TimeGrant.objects.filter(made_at__gt=since).values("attempt_id")
    rows = Attempt.objects.filter(
        Q(pk__in=granted) | Q(closed_by=Attempt.ClosedBy.INSTRUCTOR, timed_closed_at__gt=since)
    ).values_list("uuid", "deadline_at", "timed_closed_at")
    changed = {uuid: (deadline_at, closed_at is not None) for uuid, deadline_at, closed_at in rows}
    return ClockBoard(time.monotonic(), now, changed)


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One candidate who is sitting, as the live view shows it."""

    attempt: Attempt
    answered: int
    flagged: int
    refused: int
    last_save_at: datetime | None
    remaining: timedelta | None


@dataclass(frozen=True, slots=True)
class LiveView:
    """A page of the open attempts of an assignment; `sitting` counts all of them, `found` those that match."""

    rows: tuple[LiveRow, ...]
    sitting: int
    found: int
    item_count: int
    page: int
    read_at: datetime

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // PAGE))


_PROGRESS = """
SELECT attempt_id,
       count(*) FILTER (WHERE kind = 'answer' AND value <> '[]'),
       count(*) FILTER (WHERE kind = 'flag' AND value = 'true')
FROM (
    SELECT DISTINCT ON (attempt_id, position, kind) attempt_id, kind, value
    FROM delivery_responseevent
    WHERE attempt_id = ANY(%(attempts)s) AND attempt_month = ANY(%(months)s)
        AND kind IN ('answer', 'flag') AND disposition = 'accepted'
    ORDER BY attempt_id, position, kind, seq DESC, client COLLATE "C" DESC
) held GROUP BY attempt_id
"""


def live_view(assignment: Assignment, *, search: str = "", page: int = 1) -> LiveView:
    """Return who is sitting, those with the least time first, a page of fifty at a time.

    Only the journals of the attempts on the page are folded, so the cost does not grow with how many are sitting.
    """
    now = database_now()
    sitting = assignment.attempts.open()
    shown = _matching(sitting, search).select_related("candidate").order_by("deadline_at", "pk")
    attempts = list(shown[(page - 1) * PAGE : page * PAGE])
    with connection.cursor() as cursor:
        cursor.execute(
            _PROGRESS,
            {
                "attempts": [attempt.pk for attempt in attempts],
                "months": list({attempt.month for attempt in attempts}),
            },
        )
        progress = {attempt_id: (answered, flagged) for attempt_id, answered, flagged in cursor.fetchall()}
    saves = {
        row["attempt_id"]: row
        for row in ResponseEvent.objects.filter(attempt__in=attempts)
        .values("attempt_id")
        .annotate(refused=Count("n", filter=~Q(disposition="accepted")), last=Max("arrived_at"))
    }
    rows = []
    for attempt in attempts:
        answered, flagged = progress.get(attempt.pk, (0, 0))
        saved = saves.get(attempt.pk)
        rows.append(
            LiveRow(
                attempt=attempt,
                answered=answered,
                flagged=flagged,
                refused=saved["refused"] if saved else 0,
                last_save_at=saved["last"] if saved else None,
                remaining=attempt.paused_left or clock.remaining(attempt.deadline_at, now),
            )
        )
    items = assignment.form.items.count() if assignment.form else 0
    return LiveView(tuple(rows), sitting.count(), shown.count(), items, page, now)


def _matching(attempts: "QuerySet[Attempt]", search: str) -> "QuerySet[Attempt]":
    if not search:
        return attempts
    return attempts.filter(Q(candidate__email__icontains=search) | Q(candidate__name__icontains=search))
