"""Pages of a sitting: instructions, paper, pause, review, submit, and what was done when."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import database_now
from apps.core.http import go_to, render_page
from apps.delivery import queries, services
from apps.delivery.access import assignment_read, attempt_look, attempt_read, attempt_write, issue_ticket
from apps.delivery.forms import BadInput, read_clients
from apps.delivery.models import Attempt
from apps.delivery.views.saving import take_paper

FILTERS = (("all", "All"), ("open", "Unanswered"), ("flagged", "Flagged"), ("unsure", "Unsure"))
KEYS = (
    ("A to H", "choose an option"),
    ("Shift + A to H", "strike an option out"),
    ("S", "strike out the option that has the focus"),
    ("N, P", "next and previous question"),
    ("F", "flag, where there is no option F"),
    ("M", "highlight the selected passage"),
    ("?", "this list"),
)


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


@csrf_exempt  # a posted paper is let in by its ticket, which no other site can know
@require_http_methods(["GET", "POST"])
@never_cache
def paper(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Show the paper; without JavaScript, take it back as one posted form."""
    return take_paper(request, uuid) if request.method == "POST" else _show_paper(request, uuid)


@signed_in
def _show_paper(request: UserRequest, uuid: UUID) -> HttpResponse:
    attempt = attempt_read(request.user, uuid)
    now, last_seq = queries.clock_and_order(attempt)
    if services.close_if_overdue(attempt, now=now):
        return go_to(request, "analytics:report", attempt.uuid)
    if attempt.paused_left is not None:
        return render_page(request, "delivery/paused.html", {"attempt": attempt})
    context = {
        **_clock(attempt, now),
        "attempt": attempt,
        "items": queries.paper(attempt),
        "last_seq": last_seq,
        "ticket": issue_ticket(attempt),
        "nonce": secrets.token_urlsafe(12),
        "phase": "blind" if attempt.is_in_blind_review else "timed",
        "filters": FILTERS,
        "keys": KEYS,
    }
    return render_page(request, "delivery/paper.html", context)


def _clock(attempt: Attempt, now: datetime) -> dict[str, Any]:
    left = None if attempt.is_in_blind_review else queries.remaining(attempt, now)
    return {"remaining": left, "remaining_ms": None if left is None else left // timedelta(milliseconds=1)}


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
    context = {
        **_clock(attempt, database_now()),
        "attempt": attempt,
        "items": items,
        "unanswered": [item for item in items if not item.is_answered],
        "incomplete": [item for item in items if item.is_incomplete],
        "flagged": [item for item in items if item.is_flagged],
        "unsure": [item for item in items if item.confidence in {"unsure", "guess"}],
        "missing": missing,
        "unconfirmed": unconfirmed,
    }
    return render_page(request, "delivery/review.html", context, status=status)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def submit(request: UserRequest, uuid: UUID) -> HttpResponse:
    """End the attempt, provided that the person confirms it or the time is over, and every answer has arrived.

    GET is where a person lands who had to sign in again in between; it leads back to the review.
    """
    attempt = attempt_write(request.user, uuid)
    if request.method == "GET":
        return go_to(request, "delivery:review", attempt.uuid)
    if "confirm" not in request.POST and not attempt.submitted_at and not _time_is_over(attempt):
        return _review(request, attempt, unconfirmed=True, status=422)
    try:
        ended = services.submit_attempt(attempt, clients=read_clients(request.POST.get("clients", "")))
    except services.AnswersMissing as error:
        return _review(request, attempt, missing=error.missing, status=409)
    except BadInput as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return go_to(request, "analytics:report" if ended.submitted_at else "delivery:paper", attempt.uuid)


def _time_is_over(attempt: Attempt) -> bool:
    return not attempt.is_in_blind_review and queries.remaining(attempt, database_now()) == timedelta(0)


@require_POST
@signed_in
def pause(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Stop the clock, or let it run on."""
    attempt = attempt_write(request.user, uuid)
    try:
        if "resume" in request.POST:
            services.resume_attempt(attempt)
        else:
            services.pause_attempt(attempt)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return go_to(request, "delivery:paper", attempt.uuid)


@require_GET
@never_cache
@signed_in
def replay(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show what was done when: to its owner after the attempt, to instructors at any time."""
    attempt = attempt_look(request.user, uuid)
    moments = queries.replay(attempt)
    late = [moment for moment in moments if moment.is_late and not moment.is_counted]
    context = {
        "attempt": attempt,
        "moments": moments,
        "late": late if request.user.is_instructor and attempt.submitted_at else [],
        "grants": queries.grants(attempt),
        "receipt": queries.answer_receipt(attempt) if attempt.timed_closed_at else None,
        "is_own": attempt.candidate_id == request.user.pk,
    }
    return render_page(request, "delivery/replay.html", context)
