"""S-06 and S-08: whoever may not write an object is told the same as if it were not there, whatever they send."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import AuditEvent, Cohort, User
from apps.bank.models import Item, ItemReport
from apps.bank.services import report_problem
from apps.delivery.access import issue_ticket
from apps.delivery.models import Assignment, Attempt, ResponseEvent
from apps.delivery.services import submit_attempt
from apps.scoring.models import Score
from apps.scoring.services import score_attempts
from tests import world as worlds
from tests.project.test_access import WANTED
from tests.security.crawler import sign_in

# Masked anew in every page that has a form.
_TOKEN = re.compile(rb'(?<=value=")[A-Za-z0-9]{64}(?=")')
UNSAFE = ("post", "put", "patch", "delete")
# Where a role may write an object of somebody else, by the name of the address.
INSTRUCTORS = {
    "delivery:steer",
    "scoring:accept-late",
    "scoring:correct",
    "scoring:judge",
    "bank:item-edit",
    "bank:item-new",
    "bank:item-check",
    "bank:problem-reply",
    "analytics:calibration-run",
}
# Addresses without an object in them.
OWN = {name for name in WANTED if name.endswith("-list") or name in {"home", "healthz", "readyz"}}
EVERY_FIELD = sorted({field.name for model in apps.get_models() for field in model._meta.get_fields()})


@pytest.fixture
def scene(world: worlds.World) -> tuple[Attempt, Attempt]:
    """Return an open and a scored attempt of somebody."""
    owner = worlds.person(email="owner@example.com")
    ended = submit_attempt(worlds.sitting(world, owner), clients={})
    score_attempts([ended.pk])
    Cohort.objects.create(code="team", name="Team")
    report_problem(world.form.items.get(position=1).version, by=owner, text="It is wrong.")
    return worlds.sitting(world, owner), ended


def objects(world: worlds.World, scene: tuple[Attempt, Attempt]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, address of an object, address of the same kind where nothing is)."""
    for name in WANTED:
        kinds: list[tuple[list[Any], list[Any]]] = [
            *(([attempt.uuid], [uuid4()]) for attempt in scene),
            ([Item.objects.order_by("code")[0].code], ["no-such-item"]),
            ([world.certification.code], ["no-such-certification"]),
            ([scene[1].uuid, 1], [uuid4(), 1]),
            ([ItemReport.objects.get().uuid], [uuid4()]),
            ([world.form.code], ["no-such-form"]),
        ]
        for real, missing in kinds:
            try:
                yield name, reverse(name, args=real), reverse(name, args=missing)
            except NoReverseMatch:
                continue


def state() -> list[Any]:
    """Return everything that a request might change."""
    models = (User, Assignment, Attempt, ResponseEvent, Score, Item, ItemReport, AuditEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def answer(client: Any, method: str, url: str, body: dict[str, Any]) -> tuple[int, str, bytes]:
    """Return what a request is told, without the address that it named."""
    sent: Any = body if method == "post" and not url.startswith("/api/") else json.dumps(body)
    how = {} if isinstance(sent, dict) else {"content_type": "application/json"}
    said = getattr(client, method)(url, sent, **how)
    return (
        said.status_code,
        said.get("Location", "").replace(url, "~"),
        _TOKEN.sub(b"~", said.content.replace(url.encode(), b"~")),
    )


@pytest.mark.parametrize("role", ["nobody", "student", "instructor", "admin"])
def test_s06_foreign_and_missing_objects_answer_alike(
    role: str, world: worlds.World, scene: tuple[Attempt, Attempt]
) -> None:
    client = sign_in(None if role == "nobody" else worlds.person(role))
    body = {"confirm": "yes", "clients": {}, "client": "x", "events": [], "minutes": "5", "close": "1", "reason": "x"}
    before, compared = state(), 0
    for name, real, missing in objects(world, scene):
        if name in {"delivery:live", "delivery:instructions", "delivery:start"}:
            continue  # these name assignments, and an attempt's id is none of those
        if name in {"analytics:outcomes", "analytics:outcome-remove"}:
            continue  # these name certifications, which everybody knows, and hold the own entries alone
        if name in INSTRUCTORS and role in {"instructor", "admin"}:
            continue
        for method in UNSAFE:
            assert answer(client, method, real, body) == answer(client, method, missing, body), f"{method} {real}"
            compared += 1
    assert compared > 40
    assert state() == before


def test_s08_every_field_of_every_model_changes_nothing(world: worlds.World, scene: tuple[Attempt, Attempt]) -> None:
    open_attempt, _ = scene
    client = sign_in(open_attempt.candidate)
    before = state()
    extra = dict.fromkeys(EVERY_FIELD, "1")
    writes: dict[str, dict[str, Any]] = {
        "api:attempt-list": {"assignment": str(world.assignment.uuid)},
        "api:attempt-save": {
            "client": "x",
            "events": [{"n": 1, "seq": 1, "position": 1, "kind": "flag", "value": True}],
        },
        "api:attempt-submit": {"clients": {}},
    }
    for name, body in writes.items():
        url = reverse(name, args=[] if name.endswith("list") else [open_attempt.uuid])
        for field in set(EVERY_FIELD) - set(body):
            said = client.post(url, json.dumps({**body, field: "1"}), content_type="application/json")
            assert said.status_code == 400, f"{name} takes {field}"
            assert field in said.text
    assert state() == before
    start = reverse("delivery:start", args=[world.assignment.uuid])
    client.post(start, extra)
    client.post(reverse("delivery:pause", args=[open_attempt.uuid]), extra)
    client.post(reverse("delivery:submit", args=[open_attempt.uuid]), {**extra, "clients": "{}"})
    assert state() == before
    paper = reverse("delivery:paper", args=[open_attempt.uuid])
    ticket = issue_ticket(open_attempt)
    client.post(paper, {**extra, "ticket": ticket, "flag": "2", "answer-1": worlds.tokens(open_attempt, 1)})
    after = state()
    changed = [place for place, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
    assert changed == [3], "the journal alone"
    assert {event.disposition for event in ResponseEvent.objects.all()} == {"accepted"}


def test_s04_options_are_named_by_random_tokens(world: worlds.World) -> None:
    names = [token for position in range(1, 8) for token in worlds.tokens(worlds.sitting(world), position)]
    names += [
        token for position in range(1, 8) for token in worlds.tokens(worlds.sitting(world), position, right=False)
    ]
    assert all(len(name) == 8 and not name.isdecimal() for name in names)
    assert len(set(names)) == len(names)
    again = worlds.build("again")
    assert not set(names) & {token for p in range(1, 8) for token in worlds.tokens(worlds.sitting(again), p)}


def test_s04_pages_of_an_attempt_are_kept_nowhere(world: worlds.World, scene: tuple[Attempt, Attempt]) -> None:
    open_attempt, ended = scene
    client = sign_in(open_attempt.candidate)
    for name in WANTED:
        if "attempt" not in str(reverse_or_nothing(name, open_attempt)):
            continue
        for attempt in (open_attempt, ended):
            said = client.get(reverse_or_nothing(name, attempt))
            if said.status_code == 200:
                assert "no-store" in said.get("Cache-Control", ""), name


def reverse_or_nothing(name: str, attempt: Attempt) -> str:
    """Return the address of an attempt under this name, or nothing."""
    try:
        return reverse(name, args=[attempt.uuid])
    except NoReverseMatch:
        return ""
