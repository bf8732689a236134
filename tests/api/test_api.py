"""/api/v1/: the same acts, without keys."""

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.delivery.models import Attempt
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    """Post JSON."""
    return client.post(path, json.dumps(body), content_type="application/json")


def test_a_whole_sitting(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    (offer,) = client.get("/api/v1/assignments/").json()["results"]
    started = post(client, "/api/v1/attempts/", {"assignment": offer["uuid"]})
    assert started.status_code == 201
    attempt = f"/api/v1/attempts/{started.json()['uuid']}/"
    detail = client.get(attempt).json()
    assert len(detail["items"]) == 7
    events = [
        {"n": n, "seq": n, "position": item["position"], "kind": "answer",
         "value": [option["token"] for option in item["options"]][: item["choose"]]}
        for n, item in enumerate(detail["items"], 1)
    ]  # fmt: skip
    receipt = post(client, f"{attempt}save/", {"client": "script", "events": events}).json()
    assert {verdict["disposition"] for verdict in receipt["receipts"]} == {"accepted"}
    early = post(client, f"{attempt}submit/", {"clients": {"script": 9}})
    assert (early.status_code, early.json()["missing"]) == (409, 2)
    done = post(client, f"{attempt}submit/", {"clients": {"script": 7}})
    assert done.status_code == 200
    assert client.get(f"{attempt}score/").status_code == 404
    score_attempts(list(Attempt.objects.values_list("pk", flat=True)))
    score = client.get(f"{attempt}score/").json()
    assert {"scaled", "scaled_low", "scaled_high", "passed", "cut_evidence", "item_count"} <= set(score)
    assert len(score["domains"]) == 2
    assert client.get("/api/v1/scores/").json()["results"][0]["scaled"] == score["scaled"]


def test_no_answer_says_anything_of_the_key(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    for path in (
        "/api/v1/certifications/",
        "/api/v1/forms/",
        "/api/v1/assignments/",
        "/api/v1/attempts/",
        f"/api/v1/attempts/{attempt.uuid}/",
    ):
        response = client.get(path)
        assert response.status_code == 200
        # Which parts of the review an assignment opens is no part of a key.
        said = response.text.replace('"review_parts":["correctness","key","rationale","peers"]', "")
        for word in ("secret", "keyed", "rationale", "is_scored", "pilot", "angoff"):
            assert word not in said, path


def test_foreign_attempts_do_not_exist(world: worlds.World, student: User, signed_in: SignIn) -> None:
    foreign = worlds.sitting(world)
    client = signed_in(student)
    base = f"/api/v1/attempts/{foreign.uuid}/"
    assert client.get(base).status_code == 404
    assert client.get(f"{base}score/").status_code == 404
    assert post(client, f"{base}save/", {"client": "x", "events": [
        {"n": 1, "seq": 1, "position": 1, "kind": "flag", "value": True}]}).status_code == 404  # fmt: skip
    assert post(client, f"{base}submit/", {"clients": {}}).status_code == 404
    assert foreign.events.count() == 0


def test_strangers_are_refused(world: worlds.World, client: Client) -> None:
    for path in ("certifications", "forms", "assignments", "attempts", "scores"):
        assert client.get(f"/api/v1/{path}/").status_code in (401, 403)


def test_bad_input_names_the_field(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    attempt = worlds.sitting(world, student)
    response = post(client, f"/api/v1/attempts/{attempt.uuid}/save/", {"client": "x", "events": [{"n": 0}]})
    assert response.status_code == 400
    assert "events" in response.json()
    unknown = post(client, "/api/v1/attempts/", {"assignment": str(attempt.uuid), "surprise": 1})
    assert unknown.status_code == 400
    assert "surprise" in unknown.text
    assert (
        client.post(f"/api/v1/attempts/{attempt.uuid}/save/", "{", content_type="application/json").status_code == 400
    )


def test_the_schema_describes_every_endpoint_and_swagger_is_served_from_here(student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert set(schema["paths"]) >= {
        "/api/v1/certifications/",
        "/api/v1/attempts/{uuid}/save/",
        "/api/v1/attempts/{uuid}/submit/",
        "/api/v1/attempts/{uuid}/score/",
    }
    page = client.get("/api/schema/swagger-ui/")
    assert page.status_code == 200
    assert "https://" not in page.text.replace("https://spec.openapis.org", "")
    assert "'unsafe-inline'" not in page["Content-Security-Policy"].partition("style-src")[0]
