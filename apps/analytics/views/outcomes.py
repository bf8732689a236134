"""How the real exam went: a learner's own entries, and what instructors see of all."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import instructors, signed_in
from apps.accounts.http import UserRequest
from apps.analytics.forms import DayForm, OutcomeForm, outcome_start
from apps.analytics.queries.outcomes import LEAST_TO_SHOW, outcomes_of, told_outcomes
from apps.analytics.services import forget_outcome, tell_outcome
from apps.bank.access import certification_read
from apps.core.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def outcomes(request: UserRequest, certification: str) -> HttpResponse:
    """Show a person's own entries for a certification, and take or change one."""
    exam = certification_read(request.user, certification)
    entries = list(outcomes_of(request.user, exam))
    if request.method == "POST":
        form = OutcomeForm(request.POST, certification=exam)
        if form.is_valid():
            try:
                tell_outcome(request.user, certification=exam, **form.to_outcome())
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, "Saved. Thank you: it makes the predictions better for everybody.")
                return go_to(request, "analytics:outcomes", exam.code)
    else:
        # ?change= names the entry by its day.
        days = {f"{entry.sat_on:%Y-%m-%d}": entry for entry in entries}
        chosen = days.get(request.GET.get("change", ""))
        form = OutcomeForm(initial=outcome_start(chosen) if chosen else None, certification=exam)
    context = {"exam": exam, "entries": entries, "form": form, "is_change": bool(form["was"].value())}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "analytics/outcomes.html", context, partial="form", status=status)


@require_POST
@signed_in
def outcome_remove(request: UserRequest, certification: str) -> HttpResponse:
    """Delete a person's own entry."""
    exam = certification_read(request.user, certification)
    form = DayForm(request.POST)
    if form.is_valid() and forget_outcome(request.user, certification=exam, sat_on=form.cleaned_data["sat_on"]):
        messages.success(request, "Deleted. It is no longer used anywhere.")
    else:
        messages.error(request, "There is no such entry any more.")
    return go_to(request, "analytics:outcomes", exam.code)


@require_GET
@never_cache
@instructors
def outcomes_told(request: UserRequest) -> HttpResponse:
    """Show instructors how many told of the real exam, and the share that passed where enough did."""
    context = {"rows": told_outcomes(), "least": LEAST_TO_SHOW}
    return render_page(request, "analytics/outcomes_told.html", context)
