"""Scoring again when late answers are let count."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.core.http import go_to
from apps.delivery.access import attempt_watch
from apps.scoring import services
from apps.scoring.forms import read_event_name


@require_POST
@instructors
def accept_late(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Let an attempt's late events count, with a reason, and score it again."""
    attempt = attempt_watch(request.user, uuid)
    events = [named for text in request.POST.getlist("event") if (named := read_event_name(text))]
    try:
        changed = services.accept_late_and_rescore(
            attempt, events=events, by=request.user, reason=request.POST.get("reason", "").replace("\0", "")[:300]
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        words = "the score has a new revision" if changed else "the score stays as it was"
        messages.success(request, f"{len(events)} late entries count now; {words}.")
    return go_to(request, "delivery:replay", attempt.uuid)
