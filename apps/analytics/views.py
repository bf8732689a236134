"""Home, report, cohort and health pages."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from prometheus_client import CONTENT_TYPE_LATEST

from apps.accounts.access import admins, cohort_read, instructors, signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import database_now
from apps.analytics.access import failed_write, may_read_metrics
from apps.analytics.queries.cohorts import cohort_page, cohort_summaries
from apps.analytics.queries.cuts import cut_page, forms_with_counts
from apps.analytics.queries.health import history
from apps.analytics.queries.home import home as student_home
from apps.analytics.queries.report import report as report_of
from apps.analytics.queries.report import weak_areas as weak_areas_of
from apps.analytics.serializers import as_metrics
from apps.analytics.services import check_health, retry_failed
from apps.core.http import go_to, render_page
from apps.delivery.access import attempt_read
from apps.delivery.models import Attempt
from apps.delivery.services import close_if_overdue
from apps.exams.access import form_read
from apps.scoring.access import ended_attempt_read, may_review, withheld_items
from apps.scoring.models import Score
from apps.scoring.queries import changes_of, current_score, notices_of
from apps.scoring.services import note_seen, owe_score, settle_owed

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
    context = {"home": student_home(request.user), "notices": notices_of(request.user)}
    return render_page(request, "analytics/home.html", context)


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
    changes = changes_of(score)
    context = {
        "attempt": attempt,
        "report": report_of(score),
        "weak": weak_areas_of(score, withheld=withheld_items(request.user)),
        "may_review": may_review(attempt),
        "changes": changes,
    }
    if changes:
        note_seen(attempt)
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


@require_GET
@instructors
def form_list(request: UserRequest) -> HttpResponse:
    """List the forms with what their cuts rest on."""
    return render_page(request, "analytics/form_list.html", {"forms": forms_with_counts()})


@require_GET
@instructors
def cut(request: UserRequest, code: str) -> HttpResponse:
    """Show what a form's cut rests on, and what the next level lacks."""
    return render_page(request, "analytics/cut.html", {"page": cut_page(form_read(request.user, code))})


@require_GET
@never_cache
@admins
def health(request: UserRequest) -> HttpResponse:
    """Say in one sentence whether all is well, and then why."""
    return render_page(request, "analytics/health.html", {"health": check_health(), "history": history()})


@require_POST
@admins
def retry(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Let what has failed of an attempt be tried again; the sweeper takes it up within seconds."""
    attempt = failed_write(request.user, uuid)
    retry_failed(attempt, by=request.user)
    messages.success(request, "It is tried again within seconds. Reload the page to see what became of it.")
    return go_to(request, "analytics:health")


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus: by its token, or to an admin; 404 for everybody else."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(as_metrics(check_health()), content_type=CONTENT_TYPE_LATEST)
