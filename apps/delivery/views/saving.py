"""What exam pages send and ask without a session: saves, posted papers, their time; and how they get a new ticket."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.services import database_now
from apps.core.http import go_to
from apps.delivery import queries, services
from apps.delivery.access import attempt_of, attempt_read, issue_ticket, read_ticket
from apps.delivery.forms import BadInput, read_form, read_save

logger = logging.getLogger(__name__)
T = TypeVar("T")
NO_TICKET = "This page is not signed in to its attempt. Reload it."


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
        return JsonResponse({"error": NO_TICKET}, status=401)

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


def take_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep what a whole posted paper says, and go on to the paper or the review: the way without JavaScript (W-13).

    The ticket that the form carries lets it in, so the answers are kept although the session has ended meanwhile; the
    next page asks for the sign-in and leads back. 404 for a ticket that is not of this attempt.
    """
    came = time.monotonic()
    ticket = read_ticket(request.POST.get("ticket", ""))
    if ticket is None or ticket.attempt != uuid:
        raise Http404
    attempt, marks, nonce = attempt_of(ticket), read_form(request.POST), request.POST.get("nonce", "")[:40]

    def keep() -> services.Receipt | None:
        return services.save_form(attempt, marks, nonce=nonce, age=timedelta(seconds=time.monotonic() - came))

    _say_what_became(request, _twice(keep))
    if request.user.is_authenticated and request.user.pk != ticket.candidate_id:
        messages.warning(request, "They belong to the person whose exam page it was; you are signed in as another one.")
        return go_to(request, "home")
    return go_to(request, "delivery:review" if "review" in request.POST else "delivery:paper", uuid)


def _say_what_became(request: HttpRequest, receipt: services.Receipt | None) -> None:
    refused = [verdict for verdict in receipt.verdicts if verdict.disposition != "accepted"] if receipt else []
    if receipt and receipt.is_full:
        messages.error(request, "Not saved: this attempt holds as many changes as one may have.")
    elif any(verdict.disposition == "invalid" for verdict in refused):
        messages.error(request, "An item has more options chosen than it asks for. Choose fewer and save again.")
    elif refused:
        messages.error(request, "These answers came after the time was over. They are kept, but they do not count.")
    else:
        messages.success(request, f"Saved {receipt.arrived_at:%H:%M:%S} UTC" if receipt else "Nothing to save.")


@require_GET
@never_cache
def renew_ticket(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Give an open page a new ticket and the time that is left, when its own person is signed in.

    401 for nobody and 404 for another person: so the page knows whom to ask before it goes on to what needs a session.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "Nobody is signed in."}, status=401)
    attempt = attempt_read(request.user, uuid)
    left = queries.remaining(attempt, database_now())
    body = {
        "ticket": issue_ticket(attempt),
        "remaining_ms": None if left is None else left // timedelta(milliseconds=1),
        "closed": attempt.timed_closed_at is not None,
    }
    return JsonResponse(body)


@csrf_exempt
@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Say what changed about the time of the ticket's attempt lately; 204 when nothing did, without any query."""
    ticket = read_ticket(request.body[:200].decode("ascii", errors="replace"))
    if ticket is None:
        return JsonResponse({"error": NO_TICKET}, status=401)
    news = queries.clock_news(ticket.attempt)
    if news is None:
        return HttpResponse(status=204)
    body = {
        "remaining_ms": None if news.remaining is None else news.remaining // timedelta(milliseconds=1),
        "closed": news.is_closed,
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})
