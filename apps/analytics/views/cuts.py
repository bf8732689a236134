"""What the cuts of forms rest on."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.analytics.queries.cuts import cut_page, forms_with_counts
from apps.core.http import render_page
from apps.exams.access import form_read


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
