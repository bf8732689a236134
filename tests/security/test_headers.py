"""S-30: every answer carries the policy of the house, errors, files, the API and the save included."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.delivery.access import issue_ticket
from tests import world as worlds
from tests.security.crawler import sign_in

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
    "frame-ancestors": "'none'",
}  # fmt: skip


def problems(answer: Any, *, relaxed: bool = False) -> list[str]:
    """Return what an answer lacks."""
    policy = dict(part.strip().split(" ", 1) for part in answer.get("Content-Security-Policy", "").split(";") if part)
    wanted = {**POLICY, **({"style-src": "'self' 'unsafe-inline'"} if relaxed else {})}
    found = [] if policy == wanted else [f"policy {policy}"]
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }.items():
        if answer.get(name) != value:
            found.append(f"{name}: {answer.get(name)}")
    return found


def test_s30_every_answer_carries_the_policy(world: worlds.World) -> None:
    owner = worlds.person()
    attempt = worlds.sitting(world, owner)
    client, stranger, strict = sign_in(owner), Client(), Client(enforce_csrf_checks=True)
    event = {"n": 1, "seq": 1, "position": 1, "kind": "flag", "value": True}
    saved = json.dumps({"ticket": issue_ticket(attempt), "client": "page", "events": [event]})
    paper = reverse("delivery:paper", args=[attempt.uuid])
    asked: dict[str, Callable[[], Any]] = {
        "200 paper": lambda: client.get(paper),
        "200 fragment": lambda: client.get("/", headers={"HX-Request": "true"}),
        "302 sign in": lambda: stranger.get(paper),
        "303 done": lambda: client.post(reverse("delivery:start", args=[world.assignment.uuid])),
        "404 nowhere": lambda: client.get("/nowhere/"),
        "404 foreign": lambda: client.get(paper.replace(str(attempt.uuid), str(world.assignment.uuid))),
        "405 wrong way": lambda: client.get(reverse("delivery:start", args=[world.assignment.uuid])),
        "403 no token": lambda: strict.post("/accounts/login/", {"login": "x"}),
        "400 host": lambda: client.get("/", headers={"Host": "evil.example"}),
        "422 unconfirmed": lambda: client.post(reverse("delivery:submit", args=[attempt.uuid])),
        "200 save": lambda: stranger.post("/save/", saved, content_type="application/json"),
        "400 save": lambda: stranger.post("/save/", "{", content_type="application/json"),
        "204 clock": lambda: stranger.post("/clock/", issue_ticket(attempt), content_type="text/plain"),
        "200 api": lambda: client.get("/api/v1/attempts/"),
        "403 api": lambda: stranger.get("/api/v1/attempts/"),
        "400 api": lambda: client.post("/api/v1/attempts/", "{", content_type="application/json"),
        "200 schema": lambda: client.get("/api/schema/"),
        "200 file": lambda: client.get(staticfiles_storage.url("js/durable.js")),
        "404 file": lambda: client.get("/static/nothing.js"),
        "200 health": lambda: stranger.get("/healthz"),
    }
    for what, ask in asked.items():
        answer = ask()
        assert answer.status_code == int(what[:3]), what
        assert problems(answer) == [], what
    assert problems(client.get("/api/schema/swagger-ui/"), relaxed=True) == []
    assert client.get(paper)["Cache-Control"].count("no-store") == 1


def test_s30_a_broken_server_says_nothing_and_keeps_the_policy(world: worlds.World) -> None:
    client = sign_in(worlds.person())
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE delivery_assignment RENAME TO delivery_away")
    answer = client.get("/")
    assert answer.status_code == 500
    assert problems(answer) == []
    for word in ("delivery_assignment", "SELECT", "Traceback", str(settings.BASE_DIR)):
        assert word not in answer.text


@pytest.mark.parametrize("lacking", ["Content-Security-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options"])
def test_s40_a_missing_header_is_noticed(db: None, client: Client, lacking: str) -> None:
    answer = client.get("/accounts/login/")
    assert problems(answer) == []
    del answer[lacking]
    assert problems(answer)
