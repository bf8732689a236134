"""Pages about the models: calibrations for instructors, and for everybody how good the predictions are."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import instructors, signed_in
from apps.accounts.http import UserRequest
from apps.analytics import tasks
from apps.analytics.queries.calibrations import calibration_page, certifications_with_runs
from apps.analytics.queries.predictions import prediction_chart, prediction_page
from apps.analytics.services import ask_calibration
from apps.bank.access import certification_read, certification_write
from apps.core.broker import wake
from apps.core.http import go_to, render_page


@require_GET
@never_cache
@signed_in
def predictions(request: UserRequest, certification: str) -> HttpResponse:
    """Show everybody how good the predictions of readiness have been."""
    page = prediction_page(certification_read(request.user, certification))
    context = {"page": page, "chart": prediction_chart(page.curve) if page.curve else None}
    return render_page(request, "analytics/predictions.html", context)


@require_GET
@never_cache
@instructors
def calibration_list(request: UserRequest) -> HttpResponse:
    """List the certifications with the state of their calibration."""
    return render_page(request, "analytics/calibration_list.html", {"rows": certifications_with_runs()})


@require_GET
@never_cache
@instructors
def calibration(request: UserRequest, certification: str) -> HttpResponse:
    """Show the runs of a certification and what the last one moved; the page asks again while one goes on."""
    page = calibration_page(certification_write(request.user, certification))
    return render_page(request, "analytics/calibration.html", {"page": page}, partial="runs")


@require_POST
@instructors
def calibration_run(request: UserRequest, certification: str) -> HttpResponse:
    """Ask for a calibration now."""
    owner = certification_write(request.user, certification)
    ask_calibration(owner, by=request.user)
    if not wake(tasks.calibrate, owner.pk):
        messages.warning(
            request, f"No worker can be woken now. Run “manage.py calibrate {owner.code}”, or wait for the night."
        )
    return go_to(request, "analytics:calibration", owner.code)
