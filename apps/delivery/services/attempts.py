"""Starting and ending attempts."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Max, Q

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.core.queries import now_and_undurable
from apps.delivery import clock
from apps.delivery.models import Accommodation, Assignment, Attempt
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
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [assignment.pk, candidate.pk])
    clock_says, undurable = now_and_undurable()
    now = now or clock_says
    open_attempt = assignment.attempts.open().filter(candidate=candidate).first()
    if open_attempt and not close_if_overdue(open_attempt, now=now):
        return open_attempt
    if undurable:
        logger.error("No exam is started: %s", " ".join(map(words_for, undurable)))
        raise NotAllowed("Exams cannot be started now: this server would not keep your answers. Tell your instructor.")
    _check_allowed(assignment, candidate, now)
    form = assignment.form
    assert form is not None  # noqa: S101 - _check_allowed has refused it
    attempt = Attempt(
        assignment=assignment,
        form=form,
        candidate=candidate,
        shuffle_seed=random.SystemRandom().getrandbits(62),
        started_at=now,
        deadline_at=_deadline(assignment, candidate, now),
    )
    attempt.save(force_insert=True)
    return attempt


def _check_allowed(assignment: Assignment, candidate: User, now: datetime) -> None:
    if assignment.form is None:
        raise NotAllowed("This assignment has no form yet. Ask your instructor to publish one.")
    if assignment.opens_at and now < assignment.opens_at:
        raise NotAllowed(f"This exam opens on {assignment.opens_at:%d %B %Y at %H:%M}.")
    if assignment.closes_at and now >= assignment.closes_at:
        raise NotAllowed(f"This exam closed on {assignment.closes_at:%d %B %Y at %H:%M}.")
    allowed = assignment.attempts_allowed
    if allowed is not None and assignment.attempts.filter(candidate=candidate).count() >= allowed:
        raise NotAllowed(f"You have used all {allowed} attempts of this exam.")


def _deadline(assignment: Assignment, candidate: User, now: datetime) -> datetime | None:
    assert assignment.form is not None  # noqa: S101 - _check_allowed has refused it
    granted = (
        Accommodation.objects.filter(Q(assignment=assignment) | Q(assignment=None), user=candidate)
        .order_by(F("assignment").desc(nulls_last=True))  # the one for this assignment goes before the general one
        .first()
        or Accommodation()
    )
    return clock.deadline(
        now,
        assignment.form.time_limit,
        percent=granted.percent,
        extra=granted.extra,
        untimed=granted.untimed,
        closes_at=assignment.closes_at,
    )


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


def _missing(attempt: Attempt, clients: Mapping[str, int]) -> int:
    if not clients:
        return 0
    held = {
        row["client"]: row["held"]
        for row in attempt.events.filter(client__in=list(clients))
        .values("client")
        .annotate(held=Count("n"), most=Max("n"))
    }
    return sum(max(0, last - held.get(client, 0)) for client, last in clients.items())


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
