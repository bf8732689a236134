"""The live view."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEvent, User
from apps.delivery.queries import live_view
from apps.delivery.services import Event, save_events
from tests import world as worlds

SignIn = Callable[[User], Client]


def test_it_says_who_is_sitting_and_how_far_they_are(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world)
    worlds.answer(attempt, {1: True, 2: False})
    cleared = [Event(3, 9, 2, "answer", []), Event(4, 10, 3, "flag", True), Event(5, 11, 99, "flag", True)]
    save_events(worlds.ticket(attempt), client="page", events=cleared)
    (row,) = live_view(world.assignment).rows
    assert (row.answered, row.flagged, row.refused) == (1, 1, 1)
    page = signed_in(instructor).get(f"/live/{world.assignment.uuid}/").content.decode()
    assert "1 of 7" in page
    assert "secret" not in page


def test_its_cost_does_not_grow_with_who_is_sitting(world: worlds.World) -> None:
    worlds.answer(worlds.sitting(world), {1: True})
    with CaptureQueriesContext(connection) as few:
        live_view(world.assignment)
    for _ in range(5):
        worlds.answer(worlds.sitting(world), {1: True})
    with CaptureQueriesContext(connection) as many:
        assert len(live_view(world.assignment).rows) == 6
    assert len(few) == len(many)


def test_an_instructor_gives_time_and_closes(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world)
    before = attempt.deadline_at
    client = signed_in(instructor)
    url = f"/live/attempts/{attempt.uuid}/"
    fragment = client.post(url, {"minutes": "15"}, headers={"HX-Request": "true"})
    assert "15 minutes more" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    attempt.refresh_from_db()
    assert before is not None
    assert attempt.deadline_at is not None
    assert (attempt.deadline_at - before).total_seconds() == 15 * 60
    refused = client.post(url, {"minutes": "9000"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    client.post(url, {"close": "1"}, headers={"HX-Request": "true"})
    attempt.refresh_from_db()
    assert attempt.closed_by == "instructor"
    again = client.post(url, {"minutes": "5"}, headers={"HX-Request": "true"})
    assert "is over" in again.content.decode()


def test_without_scripts_closing_is_asked_back(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world)
    client = signed_in(instructor)
    url = f"/live/attempts/{attempt.uuid}/"
    asked = client.post(url, {"close": "1"})
    attempt.refresh_from_db()
    assert asked.status_code == 200
    assert "cannot go on" in asked.text
    assert attempt.submitted_at is None
    client.post(url, {"close": "yes", "reason": "Left the room."})
    attempt.refresh_from_db()
    assert attempt.closed_by == "instructor"
    assert AuditEvent.objects.get(verb="attempt.closed").detail["reason"] == "Left the room."
