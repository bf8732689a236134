"""Home, report and cohort pages."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.access import admins, cohort_read, signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import database_now
from apps.analytics.queries.cohorts import cohort_page, cohort_summaries
from apps.analytics.queries.home import home as student_home
from apps.analytics.queries.report import report as report_of
from apps.analytics.queries.report import weak_areas as weak_areas_of
from apps.core.http import go_to, render_page
from apps.delivery.access import attempt_read
from apps.delivery.models import Attempt
from apps.delivery.services import close_if_overdue
from apps.scoring.access import ended_attempt_read, may_review, withheld_items
from apps.scoring.models import Score
from apps.scoring.queries import current_score
from apps.scoring.services import owe_score, settle_owed

# After this a score is computed where it is asked for, worker or no worker.
PATIENCE = timedelta(seconds=3)


@require_GET
@never_cache
@signed_in
def home(request: UserRequest) -> HttpResponse:
    """Show students their mocks; take instructors to the items and admins to the cohorts."""
    if request.user.is_admin:
        return go_to(request, "analytics:cohort-list")
    if request.user.is_instructor:
        return go_to(request, "bank:item-list")
    return render_page(request, "analytics/home.html", {"home": student_home(request.user)})


@require_GET
@never_cache
@signed_in
def report(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show the report of an ended attempt, or wait for its score."""
    attempt = attempt_read(request.user, uuid)
    if not close_if_overdue(attempt):
        return go_to(request, "delivery:paper", attempt.uuid)
    score = _score(attempt)
    if score is None:
        return render_page(request, "analytics/waiting.html", {"attempt": attempt}, partial="waiting")
    if request.htmx and not request.htmx.history_restore_request:
        return go_to(request, "analytics:report", attempt.uuid)
    context = {
        "attempt": attempt,
        "report": report_of(score),
        "weak": weak_areas_of(score, withheld=withheld_items(request.user)),
        "may_review": may_review(attempt),
    }
    return render_page(request, "analytics/report.html", context)


@require_GET
@never_cache
@signed_in
def weak_areas(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show the weak areas alone; the report page asks until they are there."""
    attempt = ended_attempt_read(request.user, uuid)
    score = _score(attempt)
    weak = weak_areas_of(score, withheld=withheld_items(request.user)) if score else None
    context = {"attempt": attempt, "weak": weak}
    return render_page(request, "analytics/weak_areas.html", context, partial="weak-areas")


def _score(attempt: Attempt) -> Score | None:
    score = current_score(attempt)
    if score is None and attempt.submitted_at and database_now() - attempt.submitted_at > PATIENCE:
        owe_score(attempt.pk)
        settle_owed(attempt_ids=[attempt.pk])
        score = current_score(attempt)
    return score


@require_GET
@admins
def cohort_list(request: UserRequest) -> HttpResponse:
    """Compare the cohorts."""
    return render_page(request, "analytics/cohort_list.html", {"cohorts": cohort_summaries()})


@require_GET
@admins
def cohort(request: UserRequest, code: str) -> HttpResponse:
    """Show one cohort."""
    page = cohort_page(cohort_read(request.user, code))
    return render_page(request, "analytics/cohort.html", {"page": page})
