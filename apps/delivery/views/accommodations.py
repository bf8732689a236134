"""Accommodations: more time for one person."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import instructors, person_write
from apps.accounts.http import UserRequest
from apps.core.http import go_to, render_page
from apps.delivery import queries, services
from apps.delivery.forms import AccommodationForm, ScopeForm, accommodation_start

PAGE_SIZE = 40


@require_GET
@never_cache
@instructors
def accommodations(request: UserRequest) -> HttpResponse:
    """Find a person; without a search, list those who have an accommodation."""
    search = request.GET.get("search", "")[:100]
    page = Paginator(queries.people_to_accommodate(search), PAGE_SIZE).get_page(request.GET.get("page"))
    return render_page(request, "delivery/accommodations.html", {"page": page, "search": search}, partial="people")


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def accommodation_edit(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show a person's accommodations, and set one."""
    person = person_write(request.user, uuid)
    found = list(queries.accommodations_in_order(person))
    choices = queries.assignments_to_accommodate(person)
    if request.method == "POST":
        form = AccommodationForm(request.POST, assignments=choices)
        if form.is_valid():
            try:
                services.set_accommodation(person, **form.to_time(), by=request.user)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, f"Saved. It holds for what {person} starts from now on.")
                return go_to(request, "delivery:accommodation-edit", person.uuid)
    else:
        # ?change= names what stands in the list: an assignment, or “every” for the general one.
        names = {str(one.assignment.uuid) if one.assignment else "every": one for one in found}
        chosen = names.get(request.GET.get("change", ""))
        form = AccommodationForm(initial=accommodation_start(chosen) if chosen else None, assignments=choices)
    context = {
        "person": person,
        "accommodations": found,
        "running": queries.open_attempts(person),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "delivery/accommodation_edit.html", context, partial="form", status=status)


@require_POST
@instructors
def accommodation_remove(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Take an accommodation away."""
    person = person_write(request.user, uuid)
    form = ScopeForm(request.POST, assignments=queries.assignments_to_accommodate(person))
    if form.is_valid() and services.remove_accommodation(
        person, assignment=form.cleaned_data["assignment"], by=request.user
    ):
        messages.success(request, "Removed. Attempts that have started keep their time.")
    else:
        messages.error(request, "There is no such accommodation any more.")
    return go_to(request, "delivery:accommodation-edit", person.uuid)
