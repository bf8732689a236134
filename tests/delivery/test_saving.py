"""The save: one statement, no session, and a verdict for every event."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.services import database_now
from apps.delivery.access import issue_ticket
from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.queries import folded_responses
from apps.delivery.services import Event, close_if_overdue, close_overdue, save_events, start_attempt, submit_attempt
from tests import world as worlds


def send(attempt: Attempt, *events: dict[str, Any], client: str = "page", ticket: str | None = None) -> Any:
    """Post a batch as a page does, with no cookie at all."""
    body = {"ticket": issue_ticket(attempt) if ticket is None else ticket, "client": client, "events": events}
    return Client(enforce_csrf_checks=True).post("/save/", json.dumps(body), content_type="application/json")


def event(n: int, position: int, value: Any, *, kind: str = "answer", seq: int | None = None) -> dict[str, Any]:
    """Return an event as a page sends it."""
    return {"n": n, "seq": seq or n, "position": position, "kind": kind, "value": value}


def held(attempt: Attempt) -> dict[int, list[str]]:
    """Return what counts, by position."""
    return {response.position: sorted(response.chosen) for response in folded_responses([attempt.pk])}


@pytest.mark.promise("R-10", "P2")
def test_save_is_one_statement_and_asks_no_session(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    answer = worlds.tokens(attempt, 1)
    send(attempt, event(1, 1, answer))  # the frozen content of the form is read once per process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = send(attempt, event(2, 1, answer), event(3, 2, worlds.tokens(attempt, 2)))
    assert response.status_code == 200
    assert len(queries) == 1
    statement = queries[0]["sql"]
    assert "django_session" not in statement
    assert "accounts_user" not in statement
    assert not response.cookies


@pytest.mark.promise("R-11")
def test_receipt_names_every_event_the_clock_and_the_order(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    answer = send(
        attempt, event(1, 1, worlds.tokens(attempt, 1)), event(2, 9, []), event(3, 1, True, kind="flag")
    ).json()
    assert [(r["n"], r["disposition"]) for r in answer["receipts"]] == [
        (1, "accepted"),
        (2, "invalid"),
        (3, "accepted"),
    ]
    assert answer["seq"] == 3
    assert 0 < answer["remaining_ms"] <= 60 * 60 * 1000
    assert answer["closed"] is False


@pytest.mark.promise("R-10", "R-11")
def test_sending_again_stores_once_and_gives_the_same_verdict(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    answer = worlds.tokens(attempt, 1)
    first = send(attempt, event(1, 1, answer)).json()
    second = send(attempt, event(1, 1, answer), event(2, 2, worlds.tokens(attempt, 2))).json()
    assert second["receipts"][0] == first["receipts"][0]
    assert attempt.events.count() == 2


def test_the_greatest_lamport_number_wins_whatever_arrives_last(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    right, wrong = worlds.tokens(attempt, 1), worlds.tokens(attempt, 1, right=False)
    send(attempt, event(1, 1, right, seq=9), client="tab-b")
    send(attempt, event(1, 1, wrong, seq=4), client="tab-a")
    assert held(attempt)[1] == sorted(right)


def test_equal_lamport_numbers_are_settled_by_the_client(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    right, wrong = worlds.tokens(attempt, 1), worlds.tokens(attempt, 1, right=False)
    send(attempt, event(1, 1, right, seq=5), client="tab-b")
    send(attempt, event(1, 1, wrong, seq=5), client="tab-a")
    assert held(attempt)[1] == sorted(right)


def test_clearing_an_answer_is_an_answer(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    send(attempt, event(1, 1, worlds.tokens(attempt, 1)), event(2, 1, []))
    assert held(attempt)[1] == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "answer"), (["nowhere"], "answer"), (True, "answer"), (["a", 1], "answer"), ("yes", "flag"), ([], "flag")],
)
def test_impossible_values_are_kept_and_do_not_count(world: worlds.World, value: Any, kind: str) -> None:
    attempt = worlds.sitting(world)
    receipt = send(attempt, event(1, 1, value, kind=kind)).json()["receipts"][0]
    assert receipt["disposition"] == "invalid"
    assert ResponseEvent.objects.get(attempt=attempt).value == value
    assert not held(attempt).get(1)


def test_more_options_than_asked_for_are_invalid(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    both = worlds.tokens(attempt, 1) + worlds.tokens(attempt, 1, right=False)
    assert send(attempt, event(1, 1, [*both, *both[:1]])).json()["receipts"][0]["disposition"] == "invalid"


@pytest.mark.promise("R-16")
def test_an_answer_after_the_end_is_kept_and_does_not_count(world: worlds.World) -> None:
    attempt = submit_attempt(worlds.sitting(world), clients={})
    answer = send(attempt, event(1, 1, worlds.tokens(attempt, 1))).json()
    assert answer["receipts"][0]["disposition"] == "closed"
    assert answer["closed"] is True
    assert held(attempt) == {}
    assert attempt.events.count() == 1


@pytest.mark.promise("R-15")
@pytest.mark.parametrize(("late_by", "disposition"), [(-1, "accepted"), (9, "accepted"), (11, "late")])
def test_the_grace_decides_at_the_last_second(world: worlds.World, late_by: int, disposition: str) -> None:
    candidate = worlds.person()
    started = database_now() - timedelta(minutes=60, seconds=late_by)
    attempt = start_attempt(world.assignment, candidate=candidate, now=started)
    events = [Event(1, 1, 1, "answer", worlds.tokens(attempt, 1))]
    receipt = save_events(worlds.ticket(attempt), client="page", events=events)
    assert receipt is not None
    assert [verdict.disposition for verdict in receipt.verdicts] == [disposition]


@pytest.mark.promise("R-15")
def test_arrival_counts_and_not_how_long_the_statement_waited(world: worlds.World) -> None:
    # One second late with a grace of ten, and the statement a minute after that.
    started = database_now() - timedelta(minutes=60, seconds=61)
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    events = [Event(1, 1, 1, "answer", worlds.tokens(attempt, 1))]
    receipt = save_events(worlds.ticket(attempt), client="page", events=events, age=timedelta(seconds=60))
    assert receipt is not None
    assert receipt.verdicts[0].disposition == "accepted"


@pytest.mark.promise("R-03", "S-09")
def test_forged_foreign_and_broken_requests_write_nothing(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    good = event(1, 1, worlds.tokens(attempt, 1))
    assert send(attempt, good, ticket=issue_ticket(attempt)[:-2] + "xx").status_code == 401
    assert send(attempt, good, ticket="").status_code in (400, 401)
    assert send(attempt).status_code == 400
    assert send(attempt, good, client="bad name!").status_code == 400
    assert send(attempt, *[event(n, 1, []) for n in range(1, 102)]).status_code == 400
    assert send(attempt, {**good, "extra": 1}).status_code == 400
    assert Client().post("/save/", "{", content_type="application/json").status_code == 400
    assert Client().get("/save/").status_code == 405
    assert ResponseEvent.objects.count() == 0


def test_bad_input_says_where_and_never_echoes_a_stack(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    response = send(attempt, {**event(1, 1, []), "n": 0})
    assert response.status_code == 400
    assert "events" in response.json()["error"]
    assert "Traceback" not in response.text


@pytest.mark.promise("R-05", "R-17")
def test_the_clock_closes_on_touch_and_by_the_sweeper(world: worlds.World) -> None:
    started = database_now() - timedelta(minutes=61)
    touched = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    swept = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    fresh = worlds.sitting(world)
    assert close_if_overdue(touched)
    assert close_overdue() == 1
    for attempt in (touched, swept, fresh):
        attempt.refresh_from_db()
    assert fresh.submitted_at is None
    for attempt in (touched, swept):
        assert attempt.closed_by == Attempt.ClosedBy.CLOCK
        assert attempt.submitted_at == attempt.deadline_at


def test_nothing_closes_within_the_grace(world: worlds.World) -> None:
    started = database_now() - timedelta(minutes=60, seconds=8)
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    assert not close_if_overdue(attempt)
    assert close_overdue() == 0
