"""Giving a person more time for attempts to come."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.delivery.models import Accommodation, Assignment

MOST = timedelta(hours=4)


@transaction.atomic
def set_accommodation(
    person: User,
    *,
    assignment: Assignment | None,
    percent: int,
    extra: timedelta,
    untimed: bool,
    reason: str,
    by: User,
) -> Accommodation:
    """Set a person's time on one assignment, or on all others with None, for attempts started from now on.

    The form's own time on one assignment takes a general accommodation away there. Raises ValidationError when
    `percent` is not within 100 to 400, `extra` not within 0 to four hours, or a general one would change nothing.
    """
    if not 100 <= percent <= 400:
        raise ValidationError({"percent": "Give between 100 and 400 percent."})
    if not timedelta(0) <= extra <= MOST:
        raise ValidationError({"minutes": "Give between 0 and 240 minutes more."})
    if assignment is None and percent == 100 and not extra and not untimed:
        raise ValidationError("This is the form's own time, so nothing would change. Remove the accommodation instead.")
    person = User.objects.select_for_update().get(pk=person.pk)
    before = Accommodation.objects.filter(user=person, assignment=assignment).first()
    time = {"percent": percent, "extra": extra, "untimed": untimed}
    found, _ = Accommodation.objects.update_or_create(
        user=person, assignment=assignment, defaults={**time, "reason": reason}
    )
    _record("accommodation.set", person, assignment, by, before=_facts(before), after=_facts(found))
    return found


@transaction.atomic
def remove_accommodation(person: User, *, assignment: Assignment | None, by: User) -> bool:
    """Take an accommodation away from attempts to come, and say whether there was one."""
    found = Accommodation.objects.select_for_update().filter(user=person, assignment=assignment).first()
    if found is None:
        return False
    before = _facts(found)
    found.delete()
    _record("accommodation.removed", person, assignment, by, before=before)
    return True


def _record(verb: str, person: User, assignment: Assignment | None, by: User, **detail: Any) -> None:
    detail["assignment"] = str(assignment.uuid) if assignment else None
    record_event(by, verb=verb, subject=f"accounts.user:{person.uuid}", detail=detail)


def _facts(accommodation: Accommodation | None) -> dict[str, Any] | None:
    """What the trail keeps: never the reason, which may speak of somebody's health and must stay deletable."""
    if accommodation is None:
        return None
    return {
        "percent": accommodation.percent,
        "extra_seconds": int(accommodation.extra.total_seconds()),
        "untimed": accommodation.untimed,
    }
