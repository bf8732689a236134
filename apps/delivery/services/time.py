"""Giving time: by an instructor and for an outage; and stopping the clock."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.delivery import clock
from apps.delivery.models import Attempt, Heartbeat, Outage, TimeGrant

MOST = timedelta(hours=8)


@transaction.atomic
def grant_time(attempt: Attempt, *, extra: timedelta, by: User, reason: str = "") -> Attempt:
    """Move a running attempt's deadline by `extra` and return it; its page hears of it within 15 seconds.

    Raises ValidationError when there is no deadline to move (untimed, paused, timed phase over) or `extra` is not
    positive and at most eight hours.
    """
    if not timedelta(0) < extra <= MOST:
        raise ValidationError("Give between one minute and eight hours.")
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.timed_closed_at:
        raise ValidationError("The time of this attempt is over; it cannot be given more.")
    if locked.deadline_at is None:
        raise ValidationError("This attempt has no deadline now: it is untimed or paused.")
    locked.deadline_at += extra
    locked.save(update_fields=["deadline_at"])
    _note(locked, TimeGrant.Kind.INSTRUCTOR, extra, reason=reason, by=by)
    record_event(
        by,
        verb="attempt.time-granted",
        subject=f"delivery.attempt:{locked.uuid}",
        detail={"seconds": int(extra.total_seconds()), "reason": reason},
    )
    return locked


@transaction.atomic
def pause_attempt(attempt: Attempt, *, now: datetime | None = None) -> Attempt:
    """Stop the clock of a running attempt; pausing twice is pausing once.

    Raises ValidationError when the assignment allows no pause or the timed phase is over.
    """
    locked = Attempt.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=attempt.pk)
    if not locked.assignment.pause_allowed:
        raise ValidationError("This exam cannot be paused.")
    now = now or database_now()
    if locked.timed_closed_at or clock.is_past(locked.deadline_at, now):
        raise ValidationError("The time of this attempt is over.")
    if locked.paused_left is not None or locked.deadline_at is None:
        return locked
    locked.paused_left, locked.deadline_at = locked.deadline_at - now, None
    locked.save(update_fields=["paused_left", "deadline_at"])
    return locked


@transaction.atomic
def resume_attempt(attempt: Attempt, *, now: datetime | None = None) -> Attempt:
    """Let the clock of a paused attempt run on with the time that was left, but not beyond the window's end.

    Time that was granted counts beyond the window's end too, as it did before the pause.
    """
    locked = Attempt.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=attempt.pk)
    if locked.paused_left is None:
        return locked
    now = now or database_now()
    closes_at = locked.assignment.closes_at
    own_left = locked.paused_left + locked.window_cut
    locked.deadline_at = clock.deadline(
        now, own_left, untimed=locked.untimed, closes_at=closes_at + granted_beyond(locked) if closes_at else None
    )
    if locked.deadline_at and not locked.untimed:
        locked.window_cut = now + own_left - locked.deadline_at
    locked.paused_left = None
    locked.save(update_fields=["paused_left", "deadline_at", "window_cut"])
    return locked


def end_pauses(*, limit: int = 200, now: datetime | None = None) -> int:
    """End the pauses that have outlasted their windows, and return how many (R-05).

    Such an attempt has its deadline at the window's end again, so the next round of the sweeper closes it there.
    """
    now = now or database_now()
    paused = Attempt.objects.open().filter(paused_left__isnull=False, assignment__closes_at__lt=now)
    over = [
        attempt
        for attempt in paused.select_related("assignment")[:limit]
        if attempt.assignment.closes_at and now > attempt.assignment.closes_at + granted_beyond(attempt)
    ]
    for attempt in over:
        resume_attempt(attempt, now=now)
    return len(over)


def granted_beyond(attempt: Attempt) -> timedelta:
    """Return how far grants may carry an attempt beyond its window's end; a later end is no such grant."""
    found = attempt.grants.exclude(kind=TimeGrant.Kind.WINDOW).aggregate(extra=Sum("extra"))["extra"]
    return found or timedelta(0)


@transaction.atomic
def beat_and_credit(name: str, *, now: datetime | None = None) -> int:
    """Note that a web process lives; after a silence of over 30 s give its length to the attempts open in it (R-22).

    Returns how many attempts were given time. Whoever beats first after the silence gives it, once: the heartbeat's row
    is locked, and the next one finds it fresh.
    """
    now = now or database_now()
    last = Heartbeat.objects.select_for_update().filter(name=name).values_list("beat_at", flat=True).first()
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})
    if last is None or now - last <= clock.OUTAGE:
        return 0
    missed = now - last
    held = list(
        Attempt.objects.open()
        .filter(timed_closed_at=None, deadline_at__gt=last, started_at__lt=last)
        .order_by("pk")
        .select_for_update()
    )
    if not held:
        return 0
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in held]).update(deadline_at=F("deadline_at") + missed)
    TimeGrant.objects.bulk_create(
        [TimeGrant(attempt=attempt, kind=TimeGrant.Kind.OUTAGE, extra=missed, made_at=now) for attempt in held]
    )
    Outage.objects.create(started_at=last, ended_at=now, credited_count=len(held))
    record_event(
        None,
        verb="outage.credited",
        subject=f"delivery.outage:{last:%Y-%m-%dT%H:%M:%S}",
        detail={"seconds": int(missed.total_seconds()), "attempts": len(held)},
    )
    return len(held)


def _note(attempt: Attempt, kind: TimeGrant.Kind, extra: timedelta, *, reason: str, by: User) -> None:
    TimeGrant.objects.create(attempt=attempt, kind=kind, extra=extra, reason=reason, made_by=by, made_at=Now())
