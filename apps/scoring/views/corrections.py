"""Correcting the key of an item: what it would change, and then the act."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.access import instructors
from apps.accounts.http import UserRequest
from apps.bank.access import item_read
from apps.bank.queries import current_key
from apps.core.broker import wake
from apps.core.http import go_to, render_page
from apps.scoring import services, tasks
from apps.scoring.forms import CorrectionForm
from apps.scoring.queries.corrections import corrections_of, versions_to_correct

# More attempts than this are counted and not listed.
MOST_LISTED = 200


@require_http_methods(["GET", "POST"])
@never_cache
@instructors
def correct(request: UserRequest, code: str) -> HttpResponse:
    """Show what a correction of an item's key would change, and correct it; a fragment tells how far it has come."""
    item = item_read(request.user, code)
    versions = list(versions_to_correct(item))
    numbers = {str(version.number): version for version in versions}
    version = numbers.get(request.GET.get("version", ""), versions[0] if versions else None)
    corrections = corrections_of(item)
    context: dict[str, object] = {
        "item": item,
        "versions": versions,
        "version": version,
        "corrections": corrections,
        "is_running": any(one.owed for one in corrections),
    }
    if version is None:
        return render_page(request, "scoring/correct.html", context, partial="corrections")
    key = current_key(version)
    form = CorrectionForm(request.POST or None, key=key)
    context |= {"key": key, "form": form, "listed": MOST_LISTED}
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            if "apply" in request.POST:
                correction = services.correct_key(
                    version,
                    form.to_change(),
                    since=sent["since"],
                    only_if_higher=sent["only_if_higher"],
                    reason=sent["reason"],
                    by=request.user,
                )
                wake(tasks.correct, correction.pk)
                messages.success(request, "The key is corrected. Scores that were given follow now, as told below.")
                return go_to(request, "scoring:correct", item.code)
            context["effect"] = services.preview_correction(
                version, form.to_change(), only_if_higher=sent["only_if_higher"]
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
    status = 422 if form.errors else 200
    return render_page(request, "scoring/correct.html", context, partial="corrections", status=status)
