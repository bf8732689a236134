"""The review of an attempt's items, with the keys; and scoring again when late answers are let count."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import instructors, signed_in
from apps.accounts.http import UserRequest
from apps.core.http import go_to, render_page
from apps.delivery.access import attempt_watch
from apps.scoring import queries, services
from apps.scoring.access import review_read
from apps.scoring.forms import read_event_name


@require_GET
@never_cache
@signed_in
def review(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show every item with the own answer, the key and a rationale per option, once the policy allows it."""
    attempt = review_read(request.user, uuid)
    score = queries.current_score(attempt)
    if score is None:
        return go_to(request, "analytics:report", attempt.uuid)
    items = queries.reviewed_items(score)
    shown = request.GET.get("show", "all")
    chosen = {
        "wrong": [item for item in items if not item.is_right],
        "right": [item for item in items if item.is_right],
        "flagged": [item for item in items if item.shown.is_flagged],
        "all": items,
    }
    context = {
        "attempt": attempt,
        "items": chosen.get(shown, items),
        "shown": shown if shown in chosen else "all",
        "counts": {name: len(found) for name, found in chosen.items()},
    }
    return render_page(request, "scoring/review.html", context)


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
