"""Setting up assignments."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.core.http import go_to, render_page
from apps.delivery import queries, services
from apps.delivery.access import assignment_watch
from apps.delivery.forms import AssignmentForm

PAGE_SIZE = 40


@require_GET
@never_cache
@instructors
def assignments(request: UserRequest) -> HttpResponse:
    """List what is offered to whom, and how many are sitting it."""
    search = request.GET.get("search", "")[:100]
    page = Paginator(queries.assignment_list(search), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": queries.assignment_rows(page), "search": search}
    return render_page(request, "delivery/assignments.html", context, partial="list")


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def assignment_new(request: UserRequest) -> HttpResponse:
    """Offer a published form."""
    form = AssignmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_assignment(form.to_content(), by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"“{made.title}” is set up.")
            return go_to(request, "delivery:assignments")
    return _form(request, {"form": form})


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def assignment_edit(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Change an assignment, as far as it may still change."""
    assignment = assignment_watch(request.user, uuid)
    is_sat = queries.is_sat(assignment)
    form = AssignmentForm(request.POST or None, assignment=assignment, is_sat=is_sat)
    if request.method == "POST" and form.is_valid():
        try:
            extended = services.change_assignment(assignment, form.to_content(), by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            longer = f" Attempts that run now and have more time by it: {extended}." if extended else ""
            messages.success(request, f"Saved.{longer}")
            return go_to(request, "delivery:assignment-edit", assignment.uuid)
    (row,) = queries.assignment_rows([assignment])
    return _form(request, {"form": form, "assignment": assignment, "is_sat": is_sat, "row": row})


def _form(request: UserRequest, context: dict[str, object]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render_page(request, "delivery/assignment_edit.html", context, partial="form", status=status)


@require_POST
@instructors
def assignment_close(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Let nobody start any more."""
    assignment = assignment_watch(request.user, uuid)
    try:
        services.close_assignment(assignment, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"“{assignment.title}” is closed. Whoever is sitting keeps the time they have.")
    return go_to(request, "delivery:assignment-edit", assignment.uuid)


@require_POST
@instructors
def assignment_delete(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Remove an assignment that nobody has sat."""
    assignment = assignment_watch(request.user, uuid)
    try:
        services.delete_assignment(assignment, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return go_to(request, "delivery:assignment-edit", assignment.uuid)
    messages.success(request, f"“{assignment.title}” is deleted.")
    return go_to(request, "delivery:assignments")
