"""Pages of a sitting: instructions, paper, review, submit; and the save."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import database_now
from apps.core.http import go_to, render_page
from apps.delivery import queries, services
from apps.delivery.access import assignment_read, attempt_read, attempt_write, issue_ticket, read_ticket
from apps.delivery.forms import BadInput, read_clients, read_form, read_save
from apps.delivery.models import Attempt

T = TypeVar("T")


@require_GET
@signed_in
def instructions(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Say what the exam is like, and offer to start or to go on."""
    assignment = assignment_read(request.user, uuid)
    summary = queries.instructions(assignment, request.user)
    return render_page(request, "delivery/instructions.html", {"assignment": assignment, "summary": summary})


@require_POST
@signed_in
def start(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Start the attempt, or go on with the open one."""
    assignment = assignment_read(request.user, uuid)
    try:
        attempt = services.start_attempt(assignment, candidate=request.user)
    except services.NotAllowed as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "delivery:instructions", assignment.uuid)
    return go_to(request, "delivery:paper", attempt.uuid)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def paper(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show the paper; without JavaScript, take it back as one posted form."""
    came = time.monotonic()
    attempt = attempt_read(request.user, uuid)
    if request.method == "POST":
        _take_form(request, attempt, came)
    if services.close_if_overdue(attempt):
        return go_to(request, "analytics:report", attempt.uuid)
    if request.method == "POST":
        return go_to(request, "delivery:review" if "review" in request.POST else "delivery:paper", attempt.uuid)
    left = queries.remaining(attempt, database_now())
    context = {
        "attempt": attempt,
        "items": queries.paper(attempt),
        "remaining": left,
        "remaining_ms": None if left is None else left // timedelta(milliseconds=1),
        "last_seq": queries.last_seq(attempt),
        "ticket": issue_ticket(attempt),
        "nonce": secrets.token_urlsafe(12),
    }
    return render_page(request, "delivery/paper.html", context)


def _take_form(request: UserRequest, attempt: Attempt, came: float) -> None:
    answers, flags = read_form(request.POST)
    age = timedelta(seconds=time.monotonic() - came)
    receipt = services.save_form(
        attempt, answers=answers, flags=flags, nonce=request.POST.get("nonce", "")[:40], age=age
    )
    refused = [verdict for verdict in receipt.verdicts if verdict.disposition != "accepted"] if receipt else []
    if any(verdict.disposition == "invalid" for verdict in refused):
        messages.error(request, "An item has more options chosen than it asks for. Choose fewer and save again.")
    elif refused:
        messages.error(request, "These answers came after the time was over. They are kept, but they do not count.")
    else:
        messages.success(request, f"Saved {receipt.arrived_at:%H:%M:%S} UTC" if receipt else "Nothing to save.")


@require_GET
@never_cache
@signed_in
def review(request: UserRequest, uuid: UUID) -> HttpResponse:
    """List what is unanswered and flagged before the attempt is ended."""
    attempt = attempt_read(request.user, uuid)
    if services.close_if_overdue(attempt):
        return go_to(request, "analytics:report", attempt.uuid)
    return _review(request, attempt)


def _review(
    request: UserRequest, attempt: Attempt, *, missing: int = 0, unconfirmed: bool = False, status: int = 200
) -> HttpResponse:
    items = queries.paper(attempt)
    left = queries.remaining(attempt, database_now())
    context = {
        "attempt": attempt,
        "items": items,
        "unanswered": [item for item in items if not item.is_answered],
        "incomplete": [item for item in items if item.is_incomplete],
        "flagged": [item for item in items if item.is_flagged],
        "remaining": left,
        "remaining_ms": None if left is None else left // timedelta(milliseconds=1),
        "missing": missing,
        "unconfirmed": unconfirmed,
    }
    return render_page(request, "delivery/review.html", context, status=status)


@require_POST
@never_cache
@signed_in
def submit(request: UserRequest, uuid: UUID) -> HttpResponse:
    """End the attempt, provided that the person confirms it or the time is over, and every answer has arrived."""
    attempt = attempt_write(request.user, uuid)
    left = queries.remaining(attempt, database_now())
    if not attempt.submitted_at and left != timedelta(0) and "confirm" not in request.POST:
        return _review(request, attempt, unconfirmed=True, status=422)
    try:
        services.submit_attempt(attempt, clients=read_clients(request.POST.get("clients", "")))
    except services.AnswersMissing as error:
        return _review(request, attempt, missing=error.missing, status=409)
    except BadInput as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return go_to(request, "analytics:report", attempt.uuid)


@csrf_exempt
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Append a batch of events; answers 200 with a verdict each, only after commit.

    Takes the page's ticket instead of a session. 401 for a ticket that is not ours, 400 for a body that cannot be read,
    404 for an attempt that is gone, 503 when the database fails twice: the page keeps its queue and tries again.
    """
    came = time.monotonic()
    try:
        sent = read_save(request.body)
    except BadInput as error:
        return JsonResponse({"error": str(error)}, status=400)
    ticket = read_ticket(sent.ticket)
    if ticket is None:
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
