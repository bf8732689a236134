"""What exam pages send and ask without a session: saves, and whether their time has changed."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.delivery import queries, services
from apps.delivery.access import read_ticket
from apps.delivery.forms import BadInput, read_save

logger = logging.getLogger(__name__)
T = TypeVar("T")


@csrf_exempt
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Append a batch of events; answers 200 with a verdict each, only after commit.

    Takes the page's ticket instead of a session. 401 for a ticket that is not ours, 400 for a body that cannot be read,
    404 for an attempt that is gone, 429 when its journal is full, 503 when the database fails twice: the page keeps its
    queue and tries again.
    """
    came = time.monotonic()
    try:
        sent = read_save(request.body)
    except BadInput as error:
        logger.warning("A save that no exam page sends came from %s: %s", request.META.get("REMOTE_ADDR"), error)
        return JsonResponse({"error": str(error)}, status=400)
    ticket = read_ticket(sent.ticket)
    if ticket is None:
        logger.warning("A save with a ticket that is not ours came from %s.", request.META.get("REMOTE_ADDR"))
        return JsonResponse({"error": "This page is not signed in to its attempt. Reload it."}, status=401)

    def append() -> services.Receipt | None:
        age = timedelta(seconds=time.monotonic() - came)
        return services.save_events(ticket, client=sent.client, events=sent.to_events(), age=age)

    try:
        receipt = _twice(append)
    except (OperationalError, InterfaceError):
        words = "The answers could not be stored yet. The page keeps them and tries again."
        return JsonResponse({"error": words}, status=503, headers={"Retry-After": "2"})
    if receipt is None:
        return JsonResponse({"error": "There is no such attempt."}, status=404)
    if receipt.is_full:
        logger.warning("The journal of attempt %s is full.", ticket.attempt)
        words = "This attempt holds as many changes as one may have. The page keeps what is new."
        return JsonResponse({"error": words}, status=429, headers={"Retry-After": "60"})
    body = {
        "receipts": [{"n": verdict.n, "disposition": verdict.disposition} for verdict in receipt.verdicts],
        "seq": receipt.last_seq,
        "remaining_ms": None if receipt.remaining is None else receipt.remaining // timedelta(milliseconds=1),
        "closed": receipt.is_closed,
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})


def _twice(act: Callable[[], T]) -> T:
    # A pooled connection may have died since its last use; the pool has no health checks, because they cost each save
    # a second round trip.
    try:
        return act()
    except (OperationalError, InterfaceError):
        connection.close()
        return act()


@csrf_exempt
@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Say what changed about the time of the ticket's attempt lately; 204 when nothing did, without any query."""
    ticket = read_ticket(request.body[:200].decode("ascii", errors="replace"))
    if ticket is None:
        return JsonResponse({"error": "This page is not signed in to its attempt. Reload it."}, status=401)
    news = queries.clock_news(ticket.attempt)
    if news is None:
        return HttpResponse(status=204)
    body = {
        "remaining_ms": None if news.remaining is None else news.remaining // timedelta(milliseconds=1),
        "closed": news.is_closed,
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})
