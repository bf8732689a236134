"""Starting a drill."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from apps.accounts.access import signed_in
from apps.accounts.http import UserRequest
from apps.core.http import go_to
from apps.delivery.services import NotAllowed
from apps.practice import services
from apps.practice.access import area_read


@require_POST
@signed_in
def drill(request: UserRequest, certification: str) -> HttpResponse:
    """Start a drill of the posted area, such as objective/1.4, and go to its paper, or say why there can be none."""
    kind, _, code = request.POST.get("area", "").replace("\0", "").partition("/")
    found = area_read(request.user, certification, kind, code)
    try:
        attempt = services.start_drill(found, learner=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        return go_to(request, "delivery:paper", attempt.uuid)
    try:
        return go_to(request, "analytics:report", UUID(request.POST.get("report", "")))
    except ValueError:
        return go_to(request, "home")
