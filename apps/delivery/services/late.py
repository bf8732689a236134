"""Letting events count that came too late (R-16)."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.delivery.models import Attempt, LateAcceptance, ResponseEvent


@transaction.atomic
def accept_late(attempt: Attempt, *, events: Sequence[tuple[str, int]], by: User, reason: str) -> int:
    """Let the named events (client, n) count from now on, and return how many did not before.

    The caller scores the attempt again. Raises ValidationError without a reason, before the attempt has ended, or for
    an event that is not one of its late ones.
    """
    if not reason.strip():
        raise ValidationError("Say why these answers shall count; the reason is kept.")
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if locked.submitted_at is None:
        raise ValidationError("The attempt is still running.")
    late = set(
        locked.events.filter(
            disposition__in=[ResponseEvent.Disposition.LATE, ResponseEvent.Disposition.CLOSED]
        ).values_list("client", "n")
    )
    if unknown := set(events) - late:
        raise ValidationError(f"{len(unknown)} of these events did not come late, or belong to another attempt.")
    before = locked.late_acceptances.count()
    now = database_now()
    LateAcceptance.objects.bulk_create(
        [
            LateAcceptance(attempt=locked, client=client, n=n, reason=reason.strip(), made_by=by, made_at=now)
            for client, n in events
        ],
        ignore_conflicts=True,
    )
    accepted = locked.late_acceptances.count() - before
    record_event(
        by,
        verb="attempt.late-accepted",
        subject=f"delivery.attempt:{locked.uuid}",
        detail={"events": [[client, n] for client, n in events], "reason": reason.strip()},
    )
    return accepted
