"""The review of an attempt's items, with the keys."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.access import signed_in
from apps.accounts.http import UserRequest
from apps.core.http import go_to, render_page
from apps.scoring import queries
from apps.scoring.access import review_read


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
