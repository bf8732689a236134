"""Whether exams may be served here, for load balancers."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from apps.delivery.services import check_ready


@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 503 with the reasons when an answer could not be stored and kept here, 200 otherwise (R-28).

    What is merely degraded is told by /api/status/: taking web nodes out for it would lose the exam for its cure.
    """
    found = check_ready()
    body = {"status": "failed" if found else "ok", "reasons": [trouble.message for trouble in found]}
    return JsonResponse(body, status=503 if found else 200)
