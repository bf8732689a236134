"""Home, report, review, cohort and health pages."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from prometheus_client import CONTENT_TYPE_LATEST

from apps.accounts.access import admins, cohort_read, signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import database_now
from apps.analytics.access import failed_write, may_read_metrics, reviewed_version_read
from apps.analytics.queries.cohorts import cohort_page, cohort_summaries
from apps.analytics.queries.health import history
from apps.analytics.queries.home import home as student_home
from apps.analytics.queries.mastery import mastery_view
from apps.analytics.queries.report import report as report_of
from apps.analytics.queries.report import weak_areas as weak_areas_of
from apps.analytics.queries.review import review as review_of
from apps.analytics.serializers import as_metrics
from apps.analytics.services import check_health, retry_failed
from apps.bank.forms import ProblemForm
from apps.bank.services import report_problem
from apps.core.http import SeeOther, go_to, render_page, wants_fragment
from apps.core.pdf import is_available, to_pdf
from apps.delivery.access import attempt_read
from apps.delivery.models import Attempt
from apps.delivery.services import close_if_overdue
from apps.scoring.access import ended_attempt_read, review_read, withheld_items
from apps.scoring.models import Score
from apps.scoring.queries import notices_of, standing_scores
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
    context = {
        "home": student_home(request.user, code=request.GET.get("exam", "")),
        "notices": notices_of(request.user),
    }
    return render_page(request, "analytics/home.html", context)


@require_GET
@never_cache
@signed_in
def report(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show the report of an ended attempt, or wait for its score."""
    attempt = attempt_read(request.user, uuid)
    if not close_if_overdue(attempt):
        return go_to(request, "delivery:paper", attempt.uuid)
    score, blind = _scores(attempt)
    if score is None:
        return render_page(request, "analytics/waiting.html", {"attempt": attempt}, partial="waiting")
    if request.htmx and not request.htmx.history_restore_request:
        return go_to(request, "analytics:report", attempt.uuid)
    told = _told(score, blind)
    if told["report"].changes:
        note_seen(attempt)
    return render_page(request, "analytics/report.html", {**told, "has_pdf": is_available()})


@require_GET
@never_cache
@signed_in
def report_pdf(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Give the report of an ended attempt as a tagged PDF; 404 while there is no score, and where PDF is off."""
    attempt = ended_attempt_read(request.user, uuid)
    score, blind = _scores(attempt)
    if score is None or not is_available():
        raise Http404
    page = render_to_string("analytics/report_pdf.html", _told(score, blind))
    name = f"report-{attempt.form.code}-{attempt.started_at:%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(to_pdf(page), content_type="application/pdf", headers=headers)


def _told(score: Score, blind: Score | None) -> dict[str, Any]:
    told = report_of(score, blind)
    return {"attempt": score.attempt, "report": told, "weak": told.weak, "mastery": told.mastery}


@require_GET
@never_cache
@signed_in
def weak_areas(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show the weak areas alone; the report page asks until they are there."""
    attempt = ended_attempt_read(request.user, uuid)
    score, _ = _scores(attempt)
    context: dict[str, Any] = {"attempt": attempt, "weak": None, "mastery": None}
    if score:
        mastery = mastery_view(request.user, score.attempt.form.blueprint.certification)
        weak = weak_areas_of(score, withheld=withheld_items(request.user), mastery=mastery)
        context |= {"weak": weak, "mastery": mastery}
    return render_page(request, "analytics/weak_areas.html", context, partial="weak-areas")


@require_GET
@never_cache
@signed_in
def review(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show an ended attempt's items one by one, as far as its review is open."""
    attempt, parts = review_read(request.user, uuid)
    found = review_of(attempt, parts, show=request.GET.get("show", "all"))
    if found is None:
        return go_to(request, "analytics:report", attempt.uuid)
    return render_page(request, "analytics/review.html", {"attempt": attempt, "review": found})


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def problem(request: UserRequest, uuid: UUID, position: int) -> HttpResponse:
    """Report a problem with an item of one's review; in the page for htmx, on a page of its own without."""
    attempt, version = reviewed_version_read(request.user, uuid, position)
    help_text = "Instructors read it and reply; the reply stands here, and on your first page until you have read it."
    sent = request.POST if request.method == "POST" else None
    form = ProblemForm(sent, label="What is wrong with this question?", help_text=help_text)
    context = {"attempt": attempt, "position": position, "form": form}
    if form.is_valid():
        try:
            context["problem"] = report_problem(version, by=request.user, text=form.cleaned_data["text"])
        except ValidationError as refusal:
            form.add_error("text", refusal)
        else:
            if wants_fragment(request):
                return render_page(request, "analytics/review.html", context, partial="problem")
            return SeeOther(f"{reverse('analytics:review', args=[uuid])}#item-{position}")
    status = 422 if form.errors else 200
    return render_page(request, "analytics/problem.html", context, partial="form", status=status)


def _scores(attempt: Attempt) -> tuple[Score | None, Score | None]:
    score, blind = standing_scores(attempt)
    if score is None and attempt.submitted_at and database_now() - attempt.submitted_at > PATIENCE:
        owe_score(attempt.pk)
        settle_owed(attempt_ids=[attempt.pk])
        return standing_scores(attempt)
    return score, blind


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
