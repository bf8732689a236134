"""Judging a form: each judge's estimates, and the cut that three judges give (level L1)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.bank.services import rate_versions
from apps.core.http import go_to, render_page
from apps.exams.access import form_read, form_write
from apps.scoring import services
from apps.scoring.forms import JudgementForm
from apps.scoring.queries.judging import items_to_judge


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def judge(request: UserRequest, code: str) -> HttpResponse:
    """Show a form's items with the person's own estimates, never those of others, and keep what is sent."""
    form = form_read(request.user, code)
    items = items_to_judge(form, judge=request.user)
    estimates = JudgementForm(request.POST or None, items=items)
    if request.method == "POST" and estimates.is_valid():
        count = rate_versions(estimates.to_estimates(), judge=request.user)
        messages.success(request, f"Kept: {count} of {len(items)} questions have your estimate.")
        return go_to(request, "scoring:judge", form.code)
    context = {"form": form, "items": items, "estimates": estimates}
    status = 422 if estimates.errors else 200
    return render_page(request, "scoring/judge.html", context, status=status)


@require_POST
@instructors
def set_cut(request: UserRequest, code: str) -> HttpResponse:
    """Set a draft's cut by its judges' estimates, or say why they do not carry one yet."""
    form = form_write(request.user, code)
    try:
        estimate = services.set_cut_by_angoff(form, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"The cut is {float(estimate.cut):.1%} now, by {estimate.n} judges.")
    return go_to(request, "analytics:cut", form.code)
