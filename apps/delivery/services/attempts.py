"""Starting and ending attempts."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.core.queries import DURABILITY, undurable
from apps.delivery import clock, queries
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services.readiness import words_for
from apps.delivery.signals import attempt_submitted

logger = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The attempt cannot be started; the message says why and what to do."""


class AnswersMissing(Exception):
    """A submit came before all of its answers; `missing` counts them, and the page sends them again (R-14)."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} answers have not arrived yet.")
        self.missing = missing


@transaction.atomic
def start_attempt(assignment: Assignment, *, candidate: User, now: datetime | None = None) -> Attempt:
    """Return the candidate's open attempt, or start one.

    Raises NotAllowed outside the window, after the last allowed attempt, for an assignment without a form, and while
    the database would not keep an answer through a crash (R-01).
    """
    with connection.cursor() as cursor:
        # Two tabs that start at once queue here; the second finds the first one's attempt.
        cursor.execute(f"SELECT pg_advisory_xact_lock(%s, %s), {DURABILITY}", [assignment.pk, candidate.pk])
        _, *kept = cursor.fetchone()
    now = _read_terms(assignment, now)
    open_attempt = assignment.attempts.open().filter(candidate=candidate).first()
    if open_attempt and not close_if_overdue(open_attempt, now=now):
        return open_attempt
    if at_risk := undurable(kept):
        logger.error("No exam is started: %s", " ".join(map(words_for, at_risk)))
        raise NotAllowed("Exams cannot be started now: this server would not keep your answers. Tell your instructor.")
    _check_allowed(assignment, candidate, now)
    form = assignment.form
    assert form is not None  # noqa: S101 - _check_allowed has refused it
    granted = queries.applying(queries.accommodations_of(candidate), assignment)
    allowed = granted.own_time(form.time_limit).allowed
    deadline_at = clock.deadline(
        now,
        form.time_limit,
        percent=granted.percent,
        extra=granted.extra,
        untimed=granted.untimed,
        closes_at=assignment.closes_at,
    )
    attempt = Attempt(
        assignment=assignment,
        form=form,
        candidate=candidate,
        shuffle_seed=random.SystemRandom().getrandbits(62),
        started_at=now,
        deadline_at=deadline_at,
        time_percent=granted.percent,
        time_extra=granted.extra,
        untimed=granted.untimed,
        window_cut=now + allowed - deadline_at if allowed and deadline_at else timedelta(0),
    )
    attempt.save(force_insert=True)
    return attempt


def _read_terms(assignment: Assignment, now: datetime | None) -> datetime:
    """Read anew what decides about a start, hold it until the start is done, and return the instant.

    FOR SHARE lets starts run side by side and makes them wait for an instructor who is changing the assignment: without
    it an attempt could begin on the form that the assignment has just left, or on one that has just been deleted.
    """
    found = Assignment.objects.raw(
        "SELECT *, statement_timestamp() AS read_at FROM delivery_assignment WHERE id = %s FOR SHARE", [assignment.pk]
    )
    terms: Any = next(iter(found), None)
    if terms is None:
        raise NotAllowed("This exam is no longer offered.")
    for name in ("form_id", "opens_at", "closes_at", "attempts_allowed"):
        setattr(assignment, name, getattr(terms, name))
    read_at: datetime = terms.read_at
    return now or read_at


def _check_allowed(assignment: Assignment, candidate: User, now: datetime) -> None:
    is_limited = assignment.attempts_allowed is not None
    used = assignment.attempts.filter(candidate=candidate).count() if is_limited else 0
    if refusal := queries.why_not(assignment, used=used, now=now):
        raise NotAllowed(refusal)


@transaction.atomic
def submit_attempt(attempt: Attempt, *, clients: Mapping[str, int], now: datetime | None = None) -> Attempt:
    """End an attempt, or its timed phase when blind review follows, and return it; what has ended stays as it is.

    `clients` has the last n that each page has sent. Raises AnswersMissing, and ends nothing, when one of 1..n has not
    arrived. From the deadline on the finish time is the deadline, and the clock has closed it.
    """
    # Saves hold this row FOR SHARE: all that are acknowledged are in before the lock is ours.
    locked = Attempt.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=attempt.pk)
    if locked.submitted_at:
        return locked
    if missing := _missing(locked, clients):
        raise AnswersMissing(missing)
    now = now or database_now()
    if locked.is_in_blind_review:
        return _end(locked, at=now)
    if clock.is_past(locked.deadline_at, now):
        return _close(locked, at=locked.deadline_at or now, by=Attempt.ClosedBy.CLOCK)
    return _close(locked, at=now, by=Attempt.ClosedBy.CANDIDATE)


@transaction.atomic
def close_attempt(attempt: Attempt, *, by: User, reason: str, now: datetime | None = None) -> Attempt:
    """Let an instructor end a running attempt, blind review included; ended ones stay as they are."""
    locked = Attempt.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=attempt.pk)
    if locked.submitted_at:
        return locked
    now = now or database_now()
    if not locked.is_in_blind_review:
        _close(locked, at=min(now, locked.deadline_at or now), by=Attempt.ClosedBy.INSTRUCTOR)
    if not locked.submitted_at:
        _end(locked, at=now)
    record_event(by, verb="attempt.closed", subject=f"delivery.attempt:{locked.uuid}", detail={"reason": reason})
    return locked


_MISSING = """
SELECT coalesce(sum(last - held), 0) FROM (
    SELECT sent.last, count(event.n) AS held
    FROM unnest(%s::text[], %s::int[]) AS sent(client, last)
    LEFT JOIN delivery_responseevent event ON event.attempt_month = %s AND event.attempt_id = %s
        AND event.client = sent.client AND event.n <= sent.last
    GROUP BY sent.client, sent.last
) counted
"""


def _missing(attempt: Attempt, clients: Mapping[str, int]) -> int:
    if not clients:
        return 0
    # No text of the database holds a NUL or half a surrogate pair; a client of such a name has sent nothing.
    names = [name if name.isascii() and name.isprintable() else "" for name in clients]
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [names, list(clients.values()), attempt.month, attempt.pk])
        return int(cursor.fetchone()[0])


def close_if_overdue(attempt: Attempt, *, now: datetime | None = None) -> bool:
    """Close the attempt if its time is over, and say whether it has ended (R-17)."""
    if attempt.submitted_at:
        return True
    now = now or database_now()
    if not _is_due(attempt, now):
        return False
    with transaction.atomic():
        locked = Attempt.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=attempt.pk)
        if not locked.submitted_at and _is_due(locked, now):
            _close_due(locked, now)
    attempt.refresh_from_db()
    return attempt.submitted_at is not None


def _is_due(attempt: Attempt, now: datetime) -> bool:
    if attempt.timed_closed_at:
        return now > attempt.timed_closed_at + clock.BLIND_LASTS
    return clock.is_overdue(attempt.deadline_at, now, settings.GRACE)


@transaction.atomic
def close_overdue(*, limit: int = 200) -> int:
    """Close a batch of overdue attempts and return how many; any number of sweepers may do this at once."""
    now = database_now()
    due = (
        Attempt.objects.open()
        .filter(
            Q(timed_closed_at=None, deadline_at__lt=now - settings.GRACE - clock.SETTLE)
            | Q(timed_closed_at__lt=now - clock.BLIND_LASTS)
        )
        .order_by("deadline_at")
        .select_related("assignment")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    for attempt in due:
        _close_due(attempt, now)
    return len(due)


def _close_due(attempt: Attempt, now: datetime) -> None:
    if attempt.timed_closed_at:
        _end(attempt, at=now)
    else:
        _close(attempt, at=attempt.deadline_at or now, by=Attempt.ClosedBy.CLOCK)


def _close(attempt: Attempt, *, at: datetime, by: Attempt.ClosedBy) -> Attempt:
    attempt.timed_closed_at = at
    attempt.closed_by = by
    attempt.paused_left = None
    return _end(attempt, at=None if attempt.assignment.blind_review else at)


def _end(attempt: Attempt, *, at: datetime | None) -> Attempt:
    attempt.submitted_at = at
    attempt.save(update_fields=["timed_closed_at", "closed_by", "paused_left", "submitted_at"])
    if at is not None:

        def tell() -> None:
            attempt_submitted.send(sender=Attempt, attempt_id=attempt.pk)

        transaction.on_commit(tell, robust=True)
    return attempt
