"""S-09 and R-11: what no page sends is refused one by one, and never stops what stands beside it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.delivery.access import issue_ticket
from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.queries import folded_responses
from apps.delivery.services import Event, journal, save_events
from tests import world as worlds

SignIn = Callable[[User], Client]
GOOD = {"n": 1, "seq": 1, "position": 1, "kind": "flag", "value": True}


def post(sent: Any, *, path: str = "/save/", client: Client | None = None) -> Any:
    """Post a body, given as data or as it stands."""
    body = sent if isinstance(sent, str | bytes) else json.dumps(sent)
    return (client or Client()).post(path, body, content_type="application/json")


def batch(attempt: Attempt, *events: Any, **more: Any) -> dict[str, Any]:
    """Return a save as a page sends it."""
    return {"ticket": issue_ticket(attempt), "client": "page", "events": list(events), **more}


def test_s09_impossible_events_are_refused_and_the_others_stand(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    two = next(p for p in range(1, 8) if len(worlds.tokens(attempt, p)) == 2)
    one = 1 if two != 1 else 2
    many = worlds.tokens(attempt, two) + worlds.tokens(attempt, two, right=False)[:1]
    bad: list[dict[str, Any]] = [
        {"position": 8, "kind": "flag", "value": True},  # not on the form
        {"position": 32767, "kind": "flag", "value": True},
        {"position": one, "kind": "answer", "value": worlds.tokens(attempt, two)[:1]},  # an option of another item
        {"position": two, "kind": "answer", "value": many},  # three picks on "choose two"
        {"position": one, "kind": "answer", "value": [1]},  # an id in the place of a token
        {"position": one, "kind": "score", "value": 1000},
        {"position": one, "kind": "answer", "value": worlds.tokens(attempt, one), "seq": 2**31 - 1},  # huge order
        {"position": 10**9, "kind": "flag", "value": True},
        {"position": "1", "kind": "flag", "value": True},
        {"position": one, "kind": "flag", "value": True, "score": 1000},
        {"position": one, "kind": "flag", "value": True, "elapsed": 1},
        {"position": one, "kind": "flag", "value": True, "seq": -1},
        {"position": one, "kind": ["flag"], "value": True},
        {"position": one, "kind": "flag"},
        {"position": one, "kind": "flag", "value": True, "phase": "after"},
        {"position": one, "kind": "note", "value": {"a": [[[[[[[[[["deep"]]]]]]]]]]}},
        {"position": one, "kind": "confi\0dence", "value": "sure"},
    ]
    events = [{"n": n, "seq": n, **event} for n, event in enumerate(bad, 1)]
    good = {"n": len(bad) + 1, "seq": 50, "position": one, "kind": "answer", "value": worlds.tokens(attempt, one)}
    answer = post(batch(attempt, *events, good))
    assert answer.status_code == 200
    verdicts = {receipt["n"]: receipt["disposition"] for receipt in answer.json()["receipts"]}
    assert verdicts == {**{event["n"]: "invalid" for event in events}, good["n"]: "accepted"}
    (held,) = folded_responses([attempt.pk])
    assert held.chosen == tuple(worlds.tokens(attempt, one))
    assert attempt.events.filter(disposition="invalid").count() == len(bad), "what was refused is on record"


@pytest.mark.parametrize("n", [0, -1, 2**31, 1.5, "1", None, True, [1]])
def test_r11_an_event_without_a_number_is_left_out(world: worlds.World, n: Any) -> None:
    attempt = worlds.sitting(world)
    answer = post(batch(attempt, {**GOOD, "n": n}, {**GOOD, "n": 2}, "text", None))
    assert [receipt["n"] for receipt in answer.json()["receipts"]] == [2]
    assert post(batch(attempt, {**GOOD, "n": n})).status_code == 400


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ('"a\\u0000b"', "a\N{REPLACEMENT CHARACTER}b"),
        ('"half \\ud83d"', "half \N{REPLACEMENT CHARACTER}"),
        ('"whole \\ud83d\\ude00"', "whole \N{GRINNING FACE}"),
    ],
)
def test_r11_a_note_that_the_database_cannot_hold_is_mended(
    world: worlds.World, student: User, signed_in: SignIn, note: str, kept: str
) -> None:
    attempt = worlds.sitting(world, student)
    event = json.dumps({**GOOD, "n": 2, "kind": "note", "value": "NOTE"}).replace('"NOTE"', note)
    body = json.dumps(batch(attempt, GOOD, "EVENT")).replace('"EVENT"', event)
    assert post(body).status_code == 200
    (held,) = folded_responses([attempt.pk])
    assert (held.note, held.is_flagged) == (kept, True)
    page = signed_in(student)
    sent = {"ticket": issue_ticket(attempt), "nonce": "a", "note-2": "x\0y", "flag": "1"}
    assert page.post(f"/attempts/{attempt.uuid}/", sent).status_code == 303
    assert {held.note for held in folded_responses([attempt.pk])} == {kept, "x\N{REPLACEMENT CHARACTER}y"}


@pytest.mark.parametrize("value", ["1e999", "-1e999", "NaN", "Infinity", "9" * 400, "9" * 5000, "[" * 150 + "]" * 150])
def test_r11_numbers_and_depths_that_the_database_cannot_hold(world: worlds.World, value: str) -> None:
    attempt = worlds.sitting(world)
    body = json.dumps(batch(attempt, {**GOOD, "value": "VALUE"}, {**GOOD, "n": 2})).replace('"VALUE"', value)
    answer = post(body)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert [r["disposition"] for r in answer.json()["receipts"]] == ["invalid", "accepted"]


def test_s09_a_ticket_opens_its_own_attempt_alone(world: worlds.World, caplog: pytest.LogCaptureFixture) -> None:
    mine, other = worlds.sitting(world), worlds.sitting(world)
    text = issue_ticket(mine)
    signature = text.rpartition(":")[2]
    forged = [
        text.replace(str(mine.uuid), str(other.uuid)),
        f"{other.uuid}.{other.candidate_id}.{other.form_id}:{signature}",
        f"{other.uuid}.{mine.candidate_id}.{mine.form_id}:{signature}",
        text[:-1], text + "x", "", ":", "\0", "x" * 200,
    ]  # fmt: skip
    for ticket in forged:
        caplog.clear()
        assert post(batch(mine, GOOD, ticket=ticket)).status_code == 401, ticket
        assert "not ours" in caplog.text
    for ticket in ("x" * 201, "\ud800"):
        assert post(batch(mine, GOOD, ticket=ticket)).status_code == 400
    assert Client().post("/clock/", "\ud800".encode("utf-8", "surrogatepass"), "text/plain").status_code == 401
    assert not ResponseEvent.objects.exists()
    assert post(batch(mine, GOOD)).status_code == 200


@pytest.mark.parametrize(
    "more", [{"score": 1}, {"elapsed": 1}, {"now": "2020-01-01"}, {"client": "a\n"}, {"client": ""}]
)
def test_s09_a_save_says_nothing_else(world: worlds.World, more: dict[str, Any]) -> None:
    assert post(batch(worlds.sitting(world), GOOD, **more)).status_code == 400
    assert not ResponseEvent.objects.exists()


BODIES = {
    "nothing": "", "no object": "[]", "a number": "1", "deep": "[" * 100_000, "deep object": '{"a":' * 50_000,
    "not text": b"\xff\xfe\x00", "gigantic": '{"a": "' + "x" * 300_000 + '"}',
    "more than Django reads": "x" * 3_000_000,
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_s09_bombs_are_refused(world: worlds.World, student: User, signed_in: SignIn, body: str | bytes) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    base = f"/api/v1/attempts/{attempt.uuid}/"
    for path in ("/save/", f"{base}save/", f"{base}submit/", "/api/v1/attempts/"):
        answer = post(body, path=path, client=client)
        assert answer.status_code in {400, 413} or (path.endswith("submit/") and not body), path
        assert "Traceback" not in answer.text
    assert not ResponseEvent.objects.exists()


CLIENTS = (
    "[" * 100_000, '{"a\\u0000": 1}', '{"\\ud800": 1}', '{"a": -1}', '{"a": "x"}', "[1]", '{"a": 1.5}',
    '{"a": 99999999999}',
)  # fmt: skip


@pytest.mark.parametrize("clients", CLIENTS)
def test_s09_odd_clients_end_nothing(world: worlds.World, student: User, signed_in: SignIn, clients: str) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    sent = client.post(f"/attempts/{attempt.uuid}/submit/", {"clients": clients, "confirm": "yes"})
    assert sent.status_code in {400, 409}
    body = f'{{"clients": {clients}}}'
    assert post(body, path=f"/api/v1/attempts/{attempt.uuid}/submit/", client=client).status_code in {400, 409}
    many = json.dumps({str(number): 1 for number in range(1001)})
    assert client.post(f"/attempts/{attempt.uuid}/submit/", {"clients": many, "confirm": "yes"}).status_code == 400
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_r14_a_number_above_the_last_fills_no_gap(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    post(batch(attempt, {**GOOD, "n": 1}, {**GOOD, "n": 3}))  # 2 is missing
    sent = {"clients": json.dumps({"page": 2}), "confirm": "yes"}
    assert signed_in(student).post(f"/attempts/{attempt.uuid}/submit/", sent).status_code == 409


def test_s09_a_forged_order_shuts_no_page_out(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    answer = post(batch(attempt, {**GOOD, "seq": 2**31 - 1}, client="forger"))
    assert answer.json()["receipts"][0]["disposition"] == "invalid"
    following = answer.json()["seq"] + 1
    assert following <= 2 * journal.LEAP
    answer = post(batch(attempt, {**GOOD, "seq": following}))
    assert answer.json()["receipts"][0]["disposition"] == "accepted"
    assert (journal.MOST_EVENTS + 100) * journal.LEAP < 2**31, "no number of jumps leads beyond what pages can send"


def test_s17_a_full_journal_takes_no_more_and_says_so(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    post(batch(attempt, GOOD))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_responseevent"
            " (attempt_month, attempt_id, client, n, seq, position, kind, value, phase, disposition, arrived_at)"
            " SELECT attempt_month, attempt_id, 'flood', number, seq, position, kind, value,"
            " phase, disposition, arrived_at FROM delivery_responseevent, generate_series(1, %s) AS number",
            [journal.MOST_EVENTS - 2],
        )
    assert post(batch(attempt, {**GOOD, "n": 2})).status_code == 200
    full = post(batch(attempt, {**GOOD, "n": 3}))
    assert (full.status_code, full["Retry-After"]) == (429, "60")
    client = signed_in(student)
    api = f"/api/v1/attempts/{attempt.uuid}/save/"
    assert post({"client": "page", "events": [{**GOOD, "n": 3}]}, path=api, client=client).status_code == 429
    sent = {"ticket": issue_ticket(attempt), "nonce": "a", "flag": "2"}
    page = client.post(f"/attempts/{attempt.uuid}/", sent, follow=True)
    assert "Not saved" in page.text
    assert attempt.events.count() == journal.MOST_EVENTS
    again = save_events(worlds.ticket(attempt), client="page", events=[Event(2, 1, 1, "flag", True)])
    assert again is not None
    assert again.verdicts[0].disposition == "accepted", "what was stored keeps its receipt"


def test_s09_instructors_pages_take_any_text(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world)
    client = signed_in(instructor)
    assert client.get(f"/live/{world.assignment.uuid}/", {"search": "a\0b", "page": "9" * 30}).status_code == 200
    assert client.get("/bank/items/", {"q": "a\0b", "page": "\0"}).status_code == 200
    assert client.post(f"/live/attempts/{attempt.uuid}/", {"minutes": "5", "reason": "a\0b"}).status_code == 303
    late = {"event": ["a\0/1", "/", "x/99999999999"], "reason": "a\0b"}
    assert client.post(f"/attempts/{attempt.uuid}/late/", late).status_code == 303
