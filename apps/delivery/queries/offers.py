"""Who has what to sit, and on which terms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.dateformat import format as date_format
from django.utils.timezone import localtime

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.delivery.access import assignments_for
from apps.delivery.clock import OwnTime
from apps.delivery.models import Accommodation, Assignment, Attempt
from apps.delivery.queries.content import form_shape


def open_attempts(user: User) -> "QuerySet[Attempt]":
    """Return the attempts that the person could go on with."""
    return Attempt.objects.open().filter(candidate=user).select_related("assignment", "form")


def with_use(assignments: "QuerySet[Assignment]", user: User) -> "QuerySet[Any]":
    """Annotate assignments with how often the person has started them: attempts_used."""
    used = (
        Attempt.objects.filter(assignment=OuterRef("pk"), candidate=user)
        .order_by()
        .values("assignment")
        .annotate(used=Count("pk"))
    )
    return assignments.annotate(attempts_used=Coalesce(Subquery(used.values("used")), 0))


def accommodations_of(user: User) -> dict[int | None, Accommodation]:
    """Return the person's accommodations by assignment; the general one under None."""
    return {found.assignment_id: found for found in Accommodation.objects.filter(user=user)}


def applying(found: dict[int | None, Accommodation], assignment: Assignment) -> Accommodation:
    """Return the accommodation that applies: the assignment's own replaces the general one; without any, no change."""
    return found.get(assignment.pk) or found.get(None) or Accommodation()


def window_state(assignment: Assignment, now: datetime) -> str:
    """Return whether an assignment opens "later", is "open" or is "closed"."""
    if assignment.opens_at and now < assignment.opens_at:
        return "later"
    return "closed" if assignment.closes_at and now >= assignment.closes_at else "open"


def window_words(assignment: Assignment, now: datetime) -> str:
    """Return when an assignment can be started, in words."""
    state = window_state(assignment, now)
    if state == "later" and assignment.opens_at:
        until = f", closes {_moment(assignment.closes_at)}" if assignment.closes_at else ""
        return f"Opens {_moment(assignment.opens_at)}{until}"
    if assignment.closes_at:
        return f"{'Closed' if state == 'closed' else 'Open until'} {_moment(assignment.closes_at)}"
    return "Open"


def why_not(assignment: Assignment, *, used: int, now: datetime) -> str:
    """Return why somebody who has started `used` times cannot start now, or nothing when they can."""
    allowed = assignment.attempts_allowed
    if assignment.form_id is None:
        return "This assignment has no form yet. Ask your instructor to publish one."
    state = window_state(assignment, now)
    if assignment.opens_at and state == "later":
        return f"This exam opens on {_moment(assignment.opens_at)}."
    if assignment.closes_at and state == "closed":
        return f"This exam closed on {_moment(assignment.closes_at)}."
    if allowed is not None and used >= allowed:
        return f"You have used {f'all {allowed} attempts' if allowed > 1 else 'the one attempt'} of this exam."
    return ""


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "j F Y, H:i T")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may sit, with the own time and the number of attempts started."""

    assignment: Assignment
    own_time: OwnTime
    used: int
    state: str
    when: str


def offers(user: User) -> list[Offer]:
    """Return what is offered to the person, soon or now, with attempts left; what is being sat is not among it.

    What closes first comes first; the others by title.
    """
    now = database_now()
    accommodations = accommodations_of(user)
    rows = (
        with_use(assignments_for(user), user)
        .filter(Q(closes_at=None) | Q(closes_at__gt=now))
        .filter(Q(attempts_allowed=None) | Q(attempts_allowed__gt=F("attempts_used")))
        .exclude(attempts__in=open_attempts(user))
        .order_by(F("closes_at").asc(nulls_last=True), "title", "pk")
    )
    return [
        Offer(
            assignment=found,
            own_time=applying(accommodations, found).own_time(found.form.time_limit),
            used=found.attempts_used,
            state=window_state(found, now),
            when=window_words(found, now),
        )
        for found in rows
        if found.form
    ]


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a candidate should know before starting."""

    item_count: int
    multiple_count: int
    own_time: OwnTime | None
    open_attempt: Attempt | None
    used: int
    has_ended: bool
    state: str
    when: str
    why_not: str


def instructions(assignment: Assignment, user: User) -> Instructions:
    """Return the facts of an assignment for one candidate."""
    attempts = list(assignment.attempts.filter(candidate=user))
    now = database_now()
    form = assignment.form
    items = form_shape(form.pk).values() if form else ()
    return Instructions(
        item_count=len(items),
        multiple_count=sum(item.choose > 1 for item in items),
        own_time=applying(accommodations_of(user), assignment).own_time(form.time_limit) if form else None,
        open_attempt=next((attempt for attempt in attempts if attempt.submitted_at is None), None),
        used=len(attempts),
        has_ended=any(attempt.submitted_at for attempt in attempts),
        state=window_state(assignment, now),
        when=window_words(assignment, now),
        why_not=why_not(assignment, used=len(attempts), now=now),
    )
