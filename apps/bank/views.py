"""The instructors' pages: item list, item editor and the inbox of reported problems."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import instructors, signed_in
from apps.accounts.http import UserRequest
from apps.accounts.services import record_event
from apps.bank import forms, queries, services
from apps.bank.access import certification_write, item_read, item_write, own_problem_write, problem_write
from apps.bank.lint import lint_item
from apps.bank.models import Certification
from apps.bank.services import Written
from apps.core.http import go_to, render_page

PAGE_SIZE = 40


@require_GET
@instructors
def item_list(request: UserRequest) -> HttpResponse:
    """List the items; filters and search stand in the address."""
    form = forms.FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    versions = queries.item_list(
        search=chosen.get("q", ""),
        domain=chosen.get("domain", ""),
        objective=chosen.get("objective", ""),
        state=chosen.get("state", ""),
        kind=chosen.get("kind", ""),
    )
    page = Paginator(versions, PAGE_SIZE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {"form": form, "page": page, "kept": kept.urlencode(), "certifications": queries.certifications()}
    return render_page(request, "bank/item_list.html", context, partial="items")


@require_http_methods(["GET", "POST"])
@instructors
def item_edit(request: UserRequest, code: str) -> HttpResponse:
    """Show an item for editing; what is saved is a new version or a new key revision."""
    item = item_write(request.user, code)
    version = queries.current_version(item)
    content = queries.item_content(version)
    start, options = forms.initial(content, item.objective)
    if request.method == "POST":
        return _save(request, item.certification, version_title=str(version), code=item.code)
    item_form = forms.ItemForm(initial=start, certification=item.certification)
    option_forms = forms.OptionFormSet(initial=options, prefix="options")
    context = {
        "version": version,
        "certification": item.certification,
        "form": item_form,
        "options": option_forms,
        "content": content,
        "findings": lint_item(content, queries.life_cycles(), timezone.localdate()),
    }
    return render_page(request, "bank/item_edit.html", context)


@require_http_methods(["GET", "POST"])
@instructors
def item_new(request: UserRequest, certification: str) -> HttpResponse:
    """Write a new item."""
    owner = certification_write(request.user, certification)
    if request.method == "POST":
        return _save(request, owner, version_title="New item")
    context = {
        "certification": owner,
        "form": forms.ItemForm(initial={"state": "draft", "angoff": 0.6}, certification=owner),
        "options": forms.OptionFormSet(prefix="options"),
    }
    return render_page(request, "bank/item_edit.html", context)


def _save(request: UserRequest, owner: Certification, *, version_title: str, code: str | None = None) -> HttpResponse:
    item_form = forms.ItemForm(request.POST, certification=owner)
    option_forms = forms.sent_options(request.POST)
    if forms.are_valid(item_form, option_forms):
        content = forms.to_content(item_form, option_forms)
        if code is not None and content.code != code:
            item_form.add_error("code", "The code of an item never changes.")
        elif code is None and queries.item_exists(content.code):
            item_form.add_error("code", "There is an item with this code already.")
        else:
            try:
                written = services.write_item(content, certification=owner, by=request.user)
            except ValidationError as error:
                item_form.add_error(None, error)
            else:
                return _saved(request, content.code, written)
    context = {"certification": owner, "form": item_form, "options": option_forms, "title": version_title}
    return render_page(request, "bank/item_edit.html", context, status=422)


def _saved(request: UserRequest, code: str, written: Written) -> HttpResponse:
    if written is Written.UNCHANGED:
        messages.info(request, "Nothing had changed, so nothing was saved.")
    else:
        record_event(request.user, verb="item.edited", subject=f"bank.item:{code}")
        version = queries.current_version(item_read(request.user, code))
        messages.success(request, f"Saved as {version}. Attempts on earlier versions keep theirs.")
    return go_to(request, "bank:item-edit", code)


@require_POST
@instructors
def item_check(request: UserRequest, certification: str) -> HttpResponse:
    """Show preview and lint findings of what stands in the editor, saved or not."""
    owner = certification_write(request.user, certification)
    item_form = forms.ItemForm(request.POST, certification=owner)
    option_forms = forms.sent_options(request.POST)
    context: dict[str, object] = {"certification": owner, "form": item_form, "options": option_forms}
    if forms.are_valid(item_form, option_forms):
        content = forms.to_content(item_form, option_forms)
        context |= {"content": content, "findings": lint_item(content, queries.life_cycles(), timezone.localdate())}
    else:
        context["incomplete"] = True
    return render_page(request, "bank/item_edit.html", context, partial="check")


def _reply_form(data: QueryDict | None = None) -> forms.ProblemForm:
    help_text = "The reporter reads it beside the question in the review, and on the first page until it is read."
    return forms.ProblemForm(data, label="Your reply", help_text=help_text)


@require_GET
@never_cache
@instructors
def problem_list(request: UserRequest) -> HttpResponse:
    """List the reported problems that wait for a reply, or those that have it."""
    answered = request.GET.get("show") == "answered"
    page = Paginator(queries.problems(answered=answered), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "answered": answered, "waiting": queries.waiting_problems()}
    return render_page(request, "bank/problem_list.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def problem_reply(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Show one reported problem with its question, and answer it."""
    report = problem_write(request.user, uuid)
    form = _reply_form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.reply_to_problem(report, by=request.user, text=form.cleaned_data["text"])
        except ValidationError as refusal:
            form.add_error("text", refusal)
        else:
            messages.success(request, f"Your reply about {report.version} was sent.")
            return go_to(request, "bank:problem-list")
    context = {"report": report, "form": form}
    return render_page(request, "bank/problem.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def problem_seen(request: UserRequest, uuid: UUID) -> HttpResponse:
    """Take a reply that its reporter has read off the first page."""
    services.see_reply(own_problem_write(request.user, uuid))
    return go_to(request, "home")
