"""Who has what to sit."""

from dataclasses import dataclass

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries.content import form_shape


def open_attempts(user: User) -> "QuerySet[Attempt]":
    """Return the attempts that the person could go on with."""
    return Attempt.objects.open().filter(candidate=user).select_related("assignment", "form")


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a candidate should know before starting."""

    item_count: int
    multiple_count: int
    minutes: int
    open_attempt: Attempt | None
    used: int
    has_ended: bool


def instructions(assignment: Assignment, user: User) -> Instructions:
    """Return the facts of an assignment for one candidate."""
    attempts = list(assignment.attempts.filter(candidate=user))
    form = assignment.form
    items = form_shape(form.pk).values() if form else ()
    return Instructions(
        item_count=len(items),
        multiple_count=sum(item.choose > 1 for item in items),
        minutes=form.minutes if form else 0,
        open_attempt=next((attempt for attempt in attempts if attempt.submitted_at is None), None),
        used=len(attempts),
        has_ended=any(attempt.submitted_at for attempt in attempts),
    )
