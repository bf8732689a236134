"""Time that is added, stopped or given back, and how pages hear of it."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import database_now
from apps.delivery import queries
from apps.delivery.access import issue_ticket
from apps.delivery.models import Assignment, Attempt, Heartbeat, Outage, TimeGrant
from apps.delivery.services import (
    WEB,
    beat_and_credit,
    close_overdue,
    end_pauses,
    grant_time,
    pause_attempt,
    resume_attempt,
    start_attempt,
    submit_attempt,
)
from tests import world as worlds

MINUTE = timedelta(minutes=1)


def ask_clock(attempt: Attempt) -> tuple[int, dict[str, object]]:
    """Ask as an open page does, without a cookie."""
    response = Client(enforce_csrf_checks=True).post("/clock/", issue_ticket(attempt), content_type="text/plain")
    return response.status_code, response.json() if response.status_code == 200 else {}


def test_r_granted_time_moves_the_deadline_is_audited_and_reaches_the_page(
    world: worlds.World, instructor: User
) -> None:
    attempt = worlds.sitting(world)
    assert ask_clock(attempt) == (204, {})
    before = attempt.deadline_at
    assert before is not None
    granted = grant_time(attempt, extra=15 * MINUTE, by=instructor, reason="Fire alarm")
    assert granted.deadline_at == before + 15 * MINUTE
    queries.clock_board.cache_clear()  # three seconds later
    status, news = ask_clock(attempt)
    assert status == 200
    assert isinstance(news["remaining_ms"], int)
    assert 74 * 60_000 < news["remaining_ms"] <= 75 * 60_000
    assert news["closed"] is False
    assert AuditEvent.objects.filter(verb="attempt.time-granted", actor=instructor).count() == 1
    assert TimeGrant.objects.get().reason == "Fire alarm"


def test_asking_for_the_time_costs_no_query_and_takes_no_stranger(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    ask_clock(attempt)
    began = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(30):
            assert ask_clock(attempt)[0] == 204
    # The list is read anew in each tick of three seconds, with two statements, however many ask.
    ticks = (time.monotonic() - began) / 3 + 1
    assert len(asked) <= 2 * ticks
    assert Client().post("/clock/", "forged", content_type="text/plain").status_code == 401


@pytest.mark.parametrize("minutes", [0, -5, 8 * 60 + 1])
def test_odd_amounts_of_time_are_refused(world: worlds.World, instructor: User, minutes: int) -> None:
    attempt = worlds.sitting(world)
    with pytest.raises(ValidationError, match="between one minute and eight hours"):
        grant_time(attempt, extra=minutes * MINUTE, by=instructor)
    assert not TimeGrant.objects.exists()


def test_ended_attempts_get_no_more_time(world: worlds.World, instructor: User) -> None:
    attempt = submit_attempt(worlds.sitting(world), clients={})
    with pytest.raises(ValidationError, match="is over"):
        grant_time(attempt, extra=5 * MINUTE, by=instructor)


def test_r22_an_outage_is_given_back_once(world: worlds.World) -> None:
    now = database_now()
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=now - 30 * MINUTE)
    later = start_attempt(world.assignment, candidate=worlds.person(), now=now)
    beat_and_credit(WEB, now=now - 10 * MINUTE)
    assert beat_and_credit(WEB, now=now) == 1
    assert beat_and_credit(WEB, now=now) == 0
    before = attempt.deadline_at
    attempt.refresh_from_db()
    assert before is not None
    assert attempt.deadline_at == before + 10 * MINUTE
    unmoved = later.deadline_at
    later.refresh_from_db()
    assert later.deadline_at == unmoved
    assert (Outage.objects.get().credited_count, TimeGrant.objects.get().kind) == (1, "outage")


def test_r22_a_short_silence_is_a_restart_and_no_outage(world: worlds.World) -> None:
    now = database_now()
    start_attempt(world.assignment, candidate=worlds.person(), now=now - 30 * MINUTE)
    beat_and_credit(WEB, now=now - timedelta(seconds=30))
    assert beat_and_credit(WEB, now=now) == 0
    assert not Outage.objects.exists()


def test_r22_the_sweeper_lets_the_web_come_back_before_it_closes(world: worlds.World) -> None:
    now = database_now()
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=now - 61 * MINUTE)
    Heartbeat.objects.create(name=WEB, beat_at=now - 10 * MINUTE)
    call_command("sweep", once=True)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    beat_and_credit(WEB)
    call_command("sweep", once=True)
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert attempt.deadline_at is not None
    assert attempt.deadline_at > now


def test_a_pause_stops_the_clock_where_it_is_allowed(world: worlds.World) -> None:
    now = database_now()
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=now - 20 * MINUTE)
    with pytest.raises(ValidationError, match="cannot be paused"):
        pause_attempt(attempt)
    Assignment.objects.update(pause_allowed=True)
    paused = pause_attempt(attempt, now=now)
    assert (paused.paused_left, paused.deadline_at) == (40 * MINUTE, None)
    assert close_overdue() == 0
    resumed = resume_attempt(attempt, now=now + 90 * MINUTE)
    assert (resumed.paused_left, resumed.deadline_at) == (None, now + 130 * MINUTE)


def test_a_pause_does_not_outlast_the_window(world: worlds.World) -> None:
    now = database_now()
    Assignment.objects.update(pause_allowed=True, closes_at=now + 60 * MINUTE)
    world.assignment.refresh_from_db()
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=now)
    pause_attempt(attempt, now=now)
    assert resume_attempt(attempt, now=now + 50 * MINUTE).deadline_at == now + 60 * MINUTE


def test_r05_a_pause_that_outlasts_the_window_is_ended_and_the_attempt_closed_at_the_windows_end(
    world: worlds.World,
) -> None:
    now = database_now()
    closes_at = now - 30 * MINUTE
    Assignment.objects.update(pause_allowed=True)
    world.assignment.refresh_from_db()
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=now - 60 * MINUTE)
    pause_attempt(attempt, now=now - 50 * MINUTE)
    Assignment.objects.update(closes_at=now + 10 * MINUTE)
    assert end_pauses() == 0, "the window is open"
    Assignment.objects.update(closes_at=closes_at)
    grant = TimeGrant.objects.create(
        attempt=attempt, kind=TimeGrant.Kind.INSTRUCTOR, extra=40 * MINUTE, made_at=now - 55 * MINUTE
    )
    assert end_pauses() == 0, "granted time counts beyond the window"
    grant.delete()
    assert end_pauses() == 1
    assert close_overdue() == 1
    attempt.refresh_from_db()
    assert (attempt.timed_closed_at, attempt.closed_by) == (closes_at, Attempt.ClosedBy.CLOCK)
