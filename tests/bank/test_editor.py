"""The item list and the item editor."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.bank.models import Item, ItemVersion, Key, Service
from apps.exams.models import FormItem
from tests import world as worlds

SignIn = Callable[[User], Client]


def posted(page: Any) -> dict[str, Any]:
    """Return what a browser would send from an editor page."""
    sent: dict[str, Any] = {}
    for form in (page.context["form"], page.context["options"].management_form, *page.context["options"]):
        for field in form:
            value = field.value()
            if value is True:
                sent[field.html_name] = "on"
            elif isinstance(value, list):
                sent[field.html_name] = [str(getattr(part, "pk", part)) for part in value]
            elif value not in (None, False):
                sent[field.html_name] = str(getattr(value, "pk", value)).replace("\n", "\r\n")
    return sent


def test_the_list_filters_searches_and_says_when_nothing_matches(
    world: worlds.World, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-list")
    everything = client.get(url).text
    assert "7 items" in everything
    assert "1 item<" in client.get(url, {"q": "question demo-c01-22"}).text
    assert "2 items" in client.get(url, {"state": "pilot"}).text
    assert "3 items" in client.get(url, {"domain": "demo-c01-domain-2"}).text
    assert "1 item<" in client.get(url, {"kind": "multiple"}).text
    assert "No item matches" in client.get(url, {"q": "nowhere"}).text
    fragment = client.get(url, {"state": "pilot"}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "HX-Request" in fragment["Vary"]


def test_saving_unchanged_makes_no_version(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-edit", args=["demo-c01-11"])
    response = client.post(url, posted(client.get(url)), follow=True)
    assert "Nothing had changed" in response.text
    assert ItemVersion.objects.filter(item__code="demo-c01-11").count() == 1
    assert Key.objects.filter(version__item__code="demo-c01-11").count() == 1


def test_a_new_stem_is_a_new_version_and_frozen_forms_keep_theirs(
    world: worlds.World, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-edit", args=["demo-c01-11"])
    sent = posted(client.get(url)) | {"stem": "Another question, with `code`."}
    response = client.post(url, sent, follow=True)
    assert "version 2" in response.text.lower()
    assert [v.number for v in ItemVersion.objects.filter(item__code="demo-c01-11").order_by("number")] == [1, 2]
    assert FormItem.objects.get(version__item__code="demo-c01-11").version.number == 1
    assert AuditEvent.objects.filter(verb="item.edited").exists()


def test_a_corrected_key_is_a_new_revision(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-edit", args=["demo-c01-11"])
    sent = posted(client.get(url))
    del sent["options-0-is_keyed"]
    sent |= {"options-1-is_keyed": "on"}
    client.post(url, sent)
    version = ItemVersion.objects.get(item__code="demo-c01-11")
    assert [key.revision for key in version.keys.order_by("revision")] == [1, 2]


def test_errors_keep_what_was_written_and_name_the_place(
    world: worlds.World, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-edit", args=["demo-c01-11"])
    sent = posted(client.get(url)) | {"constraints": "no id here", "takeaway": "My own words."}
    del sent["options-0-is_keyed"]
    response = client.post(url, sent)
    assert response.status_code == 422
    assert "Line 1 is not like" in response.text
    assert "Mark the keyed options" in response.text
    assert "My own words." in response.text
    assert 'role="alert"' in response.text
    assert ItemVersion.objects.filter(item__code="demo-c01-11").count() == 1


def test_a_new_item_and_a_taken_code(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    source = posted(client.get(reverse("bank:item-edit", args=["demo-c01-11"])))
    url = reverse("bank:item-new", args=["demo-c01"])
    assert "There is an item with this code already" in client.post(url, source).text
    client.post(url, source | {"code": "demo-c01-99", "state": "draft"})
    assert Item.objects.get(code="demo-c01-99").state == "draft"


def test_findings_and_preview_come_while_writing(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    sent = posted(client.get(reverse("bank:item-edit", args=["demo-c01-11"])))
    sent |= {"stem": "Short, with `code` and <script>alert(1)</script>.", "lead_in": "Which does NOT work?"}
    url = reverse("bank:item-check", args=["demo-c01"])
    fragment = client.post(url, sent, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "It asks for what is not so" in fragment.text
    assert "<code>code</code>" in fragment.text
    assert "<script>alert" not in fragment.text
    assert ItemVersion.objects.filter(item__code="demo-c01-11").count() == 1


def test_the_editor_knows_the_life_cycle_of_services(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    Service.objects.create(slug="row-mirror", name="Row Mirror", status=Service.Status.CLOSED)
    client = signed_in(instructor)
    sent = posted(client.get(reverse("bank:item-edit", args=["demo-c01-11"])))
    sent |= {"options-0-is_keyed": "on", "options-0-text": "Use Row Mirror."}
    fragment = client.post(reverse("bank:item-check", args=["demo-c01"]), sent, headers={"HX-Request": "true"})
    assert "The key names Row Mirror, which is closed to new customers." in fragment.text


def test_a_policy_with_values_is_kept_and_shown_again(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    url = reverse("bank:item-edit", args=["demo-c01-11"])
    page = client.get(url)
    assert "All or nothing: right when exactly the keyed options are chosen" in page.text
    sent = posted(page) | {"policy": "mapped", "map_high": "2"}
    assert "Give at least one option a value" in client.post(url, sent).text
    assert "above the least sum" in client.post(url, sent | {"map_high": "0", "options-0-value": "1"}).text
    client.post(url, sent | {"options-0-value": "1.5", "options-1-value": "-0.25"})
    key = Key.objects.get(version__item__code="demo-c01-11", revision=2)
    assert (key.policy, key.map_high) == ("mapped", Decimal(2))
    assert [option.value and float(option.value) for option in key.options.all()] == [1.5, -0.25, None, None]
    again = client.get(url)
    client.post(url, posted(again))
    assert Key.objects.filter(version__item__code="demo-c01-11").count() == 2
    # Values of a policy that was left are not the item's any more.
    client.post(url, posted(again) | {"policy": "coverage"})
    key = Key.objects.get(version__item__code="demo-c01-11", revision=3)
    assert (key.policy, [option.value for option in key.options.all()]) == ("coverage", [None] * 4)
