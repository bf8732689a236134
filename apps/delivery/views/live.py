"""The live view: who is sitting, more time, and ending an attempt."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.core.http import go_to, render_page, wants_fragment
from apps.delivery import queries, services
from apps.delivery.access import assignment_watch, attempt_watch
from apps.delivery.forms import BadInput, read_page, read_steering

MINUTES_OFFERED = (5, 15, 30)


@require_GET
@never_cache
@instructors
def live(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show who is sitting an assignment; the table asks again every five seconds."""
    return _live(request, uuid)


def _live(request: UserRequest, uuid: UUID, *, said: str = "", error: str = "", status: int = 200) -> HttpResponse:
    assignment = assignment_watch(request.user, uuid)
    search = request.GET.get("search", "").replace("\0", "")[:100]
    view = queries.live_view(assignment, search=search, page=read_page(request.GET))
    context = {
        "assignment": assignment,
        "view": view,
        "search": search,
        "said": said,
        "error": error,
        "minutes_offered": MINUTES_OFFERED,
    }
    return render_page(request, "delivery/live.html", context, partial="table", status=status)


@require_POST
@instructors
def steer(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Give one candidate more time, or end the attempt, which a page without scripts asks back first."""
    attempt = attempt_watch(request.user, uuid)
    said, error = "", ""
    try:
        act = read_steering(request.POST)
        # The live view's script asks back by itself.
        if not act.is_sure and not wants_fragment(request):
            return render_page(request, "delivery/close.html", {"attempt": attempt})
        if act.minutes:
            extra = timedelta(minutes=act.minutes)
            services.grant_time(attempt, extra=extra, by=request.user, reason=act.reason)
            said = f"{attempt.candidate} has {act.minutes} minutes more."
        else:
            services.close_attempt(attempt, by=request.user, reason=act.reason)
            said = f"The attempt of {attempt.candidate} is closed."
    except BadInput as refusal:
        error = str(refusal)
    except ValidationError as refusal:
        error = " ".join(refusal.messages)
    if wants_fragment(request):
        return _live(request, attempt.assignment.uuid, said=said, error=error, status=422 if error else 200)
    if error:
        messages.error(request, error)
    else:
        messages.success(request, said)
    return go_to(request, "delivery:live", attempt.assignment.uuid)
