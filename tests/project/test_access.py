"""Every address for every role: what is not listed here fails."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.models import Cohort, User
from apps.bank.models import ItemReport
from apps.delivery.models import Attempt
from apps.delivery.services import submit_attempt
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]

# What a GET answers to nobody, a stranger among students, the owner, an instructor and an admin.
# "in" is the way to the login page; 403 is the API's way to say the same.
WANTED: dict[str, tuple[object, object, object, object, object]] = {
    "home": ("in", 200, 200, 303, 303),
    "delivery:instructions": ("in", 200, 200, 200, 200),
    "delivery:start": (405, 405, 405, 405, 405),
    "delivery:paper": ("in", 404, 200, 404, 404),
    "delivery:review": ("in", 404, 200, 404, 404),
    "delivery:submit": ("in", 404, 303, 404, 404),
    "delivery:ticket": (401, 404, 200, 404, 404),
    "delivery:pause": (405, 405, 405, 405, 405),
    "delivery:replay": ("in", 404, 200, 200, 200),
    "delivery:save": (405, 405, 405, 405, 405),
    "delivery:clock": (405, 405, 405, 405, 405),
    "delivery:assignments": ("in", 404, 404, 200, 200),
    "delivery:assignment-new": ("in", 404, 404, 200, 200),
    "delivery:assignment-edit": ("in", 404, 404, 200, 200),
    "delivery:assignment-close": (405, 405, 405, 405, 405),
    "delivery:assignment-delete": (405, 405, 405, 405, 405),
    "delivery:accommodations": ("in", 404, 404, 200, 200),
    "delivery:accommodation-edit": ("in", 404, 404, 200, 200),
    "delivery:accommodation-remove": (405, 405, 405, 405, 405),
    "delivery:live": ("in", 404, 404, 200, 200),
    "delivery:steer": (405, 405, 405, 405, 405),
    "scoring:accept-late": (405, 405, 405, 405, 405),
    "scoring:correct": ("in", 404, 404, 200, 200),
    "scoring:judge": ("in", 404, 404, 200, 200),
    "scoring:set-cut": (405, 405, 405, 405, 405),
    "analytics:report": ("in", 404, 200, 404, 404),
    "analytics:review": ("in", 404, 200, 404, 404),
    "analytics:problem": ("in", 404, 200, 404, 404),
    "analytics:report-pdf": ("in", 404, 200, 404, 404),
    "practice:drill": (405, 405, 405, 405, 405),
    "analytics:weak-areas": ("in", 404, 200, 404, 404),
    "analytics:outcomes": ("in", 200, 200, 200, 200),
    "analytics:outcome-remove": (405, 405, 405, 405, 405),
    "analytics:outcomes-told": ("in", 404, 404, 200, 200),
    "analytics:form-list": ("in", 404, 404, 200, 200),
    "analytics:cut": ("in", 404, 404, 200, 200),
    "analytics:cohort-list": ("in", 404, 404, 404, 200),
    "analytics:cohort": ("in", 404, 404, 404, 200),
    "analytics:health": ("in", 404, 404, 404, 200),
    "analytics:retry": (405, 405, 405, 405, 405),
    "analytics:metrics": (404, 404, 404, 404, 200),
    "analytics:predictions": ("in", 200, 200, 200, 200),
    "analytics:calibration-list": ("in", 404, 404, 200, 200),
    "analytics:calibration": ("in", 404, 404, 200, 200),
    "analytics:calibration-run": (405, 405, 405, 405, 405),
    "bank:item-list": ("in", 404, 404, 200, 200),
    "bank:item-edit": ("in", 404, 404, 200, 200),
    "bank:item-new": ("in", 404, 404, 200, 200),
    "bank:item-check": (405, 405, 405, 405, 405),
    "bank:problem-list": ("in", 404, 404, 200, 200),
    "bank:problem-reply": ("in", 404, 404, 200, 200),
    "bank:problem-seen": (405, 405, 405, 405, 405),
    "api:schema": (200, 200, 200, 200, 200),
    "api:swagger-ui": (200, 200, 200, 200, 200),
    "api:status": (403, 403, 403, 200, 200),
    "api:certification-list": (403, 200, 200, 200, 200),
    "api:form-list": (403, 200, 200, 200, 200),
    "api:assignment-list": (403, 200, 200, 200, 200),
    "api:attempt-list": (403, 200, 200, 200, 200),
    "api:attempt-detail": (403, 404, 200, 404, 404),
    "api:attempt-save": (403, 405, 405, 405, 405),
    "api:attempt-submit": (403, 405, 405, 405, 405),
    "api:attempt-review": (403, 404, 200, 404, 404),
    "api:score-list": (403, 200, 200, 200, 200),
    "api:report-data": (403, 404, 200, 404, 404),
    "api:score-detail": (403, 404, 200, 404, 404),
    "healthz": (200, 200, 200, 200, 200),
    "readyz": (200, 200, 200, 200, 200),
}
OPEN_ATTEMPT = {
    "delivery:paper", "delivery:review", "delivery:submit", "delivery:steer", "delivery:ticket", "api:attempt-save",
    "api:attempt-submit",
}  # fmt: skip


def names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield the names of all addresses that are this project's own."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if "allauth" in str(pattern.urlconf_name) or pattern.app_name == "admin":
                continue
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern.url_patterns, inner)
        else:
            yield f"{prefix}{pattern.name}"


def test_every_address_has_its_line() -> None:
    assert set(names(get_resolver().url_patterns)) == set(WANTED)


@pytest.fixture
def cast(world: worlds.World, instructor: User, admin: User) -> dict[str, User | None]:
    """Return the five visitors; the owner has a scored attempt."""
    owner = worlds.person(email="owner@example.com")
    ended = submit_attempt(worlds.sitting(world, owner), clients={})
    score_attempts([ended.pk])
    Cohort.objects.create(code="team", name="Team")
    return {
        "nobody": None,
        "stranger": worlds.person(email="stranger@example.com"),
        "owner": owner,
        "instructor": instructor,
        "admin": admin,
    }


@pytest.mark.parametrize("name", WANTED)
def test_who_may_see_what(name: str, world: worlds.World, cast: dict[str, User | None]) -> None:
    owner = cast["owner"]
    assert owner is not None
    if name in OPEN_ATTEMPT:
        # Only then: an open attempt keeps the keys of all attempts that ask the same items closed.
        worlds.sitting(world, owner)
    attempt = owner.attempts.filter(submitted_at__isnull=name in OPEN_ATTEMPT).get()
    arguments: dict[str, list[object]] = {
        "delivery:instructions": [world.assignment.uuid],
        "delivery:start": [world.assignment.uuid],
        "delivery:live": [world.assignment.uuid],
        "delivery:assignment-edit": [world.assignment.uuid],
        "delivery:assignment-close": [world.assignment.uuid],
        "delivery:assignment-delete": [world.assignment.uuid],
        "delivery:accommodation-edit": [owner.uuid],
        "delivery:accommodation-remove": [owner.uuid],
        "analytics:cohort": ["team"],
        "analytics:problem": [attempt.uuid, 2],
        "bank:problem-reply": [_problem(attempt).uuid],
        "bank:problem-seen": [_problem(attempt).uuid],
        "analytics:outcomes": ["demo-c01"],
        "analytics:outcome-remove": ["demo-c01"],
        "analytics:predictions": ["demo-c01"],
        "analytics:calibration": ["demo-c01"],
        "analytics:calibration-run": ["demo-c01"],
        "bank:item-edit": ["demo-c01-11"],
        "scoring:correct": ["demo-c01-11"],
        "scoring:judge": [world.form.code],
        "scoring:set-cut": [world.form.code],
        "analytics:cut": [world.form.code],
        "bank:item-new": ["demo-c01"],
        "bank:item-check": ["demo-c01"],
        "practice:drill": ["demo-c01"],
    }
    ours = arguments.get(name, [attempt.uuid] if "attempt" in _route(name) else [])
    url = reverse(name, args=ours)
    found = []
    for user in cast.values():
        client = Client()
        if user:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        response = client.get(url)
        is_login = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
        found.append("in" if is_login else response.status_code)
    assert tuple(found) == WANTED[name]


def _problem(attempt: Attempt) -> ItemReport:
    version = attempt.form.items.get(position=1).version
    return ItemReport.objects.get_or_create(version=version, reporter=attempt.candidate, text="It is wrong.")[0]


def _route(name: str) -> str:
    if name in {"api:attempt-list", "api:score-list"}:
        return ""
    return "attempt" if name.split(":")[-1] in {
        "paper", "review", "submit", "report", "report-pdf", "report-data", "weak-areas",
        "attempt-detail", "attempt-save", "attempt-submit",
        "attempt-review", "score-detail", "pause", "ticket", "replay", "steer", "accept-late", "retry",
    } else ""  # fmt: skip


def test_acts_on_foreign_attempts_change_nothing(world: worlds.World, student: User, signed_in: SignIn) -> None:
    foreign = worlds.sitting(world)
    client = signed_in(student)
    url = reverse("delivery:submit", args=[foreign.uuid])
    assert client.post(url, {"clients": "{}", "confirm": "yes"}).status_code == 404
    assert client.post(reverse("delivery:paper", args=[foreign.uuid]), {"answer-1": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.submitted_at is None
    assert foreign.events.count() == 0


def test_acts_of_instructors_are_closed_to_students(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    for act in ("assignment-close", "assignment-delete", "assignment-edit"):
        answer = client.post(reverse(f"delivery:{act}", args=[world.assignment.uuid]), {"title": "Mine"})
        assert answer.status_code == 404, act
    assert client.post(reverse("delivery:assignment-new"), {"title": "Mine"}).status_code == 404
    for act in ("accommodation-edit", "accommodation-remove"):
        sent = {"time": "untimed", "extra": "0"}
        assert client.post(reverse(f"delivery:{act}", args=[student.uuid]), sent).status_code == 404, act
    correction = {"action": "credit", "reason": "Mine", "since": "1", "apply": "1"}
    assert client.post(reverse("scoring:correct", args=["demo-c01-11"]), correction).status_code == 404
    for act in ("judge", "set-cut"):
        assert client.post(reverse(f"scoring:{act}", args=[world.form.code]), {"item-1": "0.5"}).status_code == 404
    world.assignment.refresh_from_db()
    assert (world.assignment.title, world.assignment.closes_at) == ("Mock A", None)
    assert not student.accommodations.exists()


def test_headers_that_every_page_carries(student: User, signed_in: SignIn) -> None:
    response = signed_in(student).get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"] or "max-age=0" in response["Cache-Control"]


def test_forms_want_their_token(student: User, world: worlds.World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(student, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(reverse("delivery:start", args=[world.assignment.uuid])).status_code == 403
