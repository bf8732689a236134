"""An instructor changes an assignment while somebody starts it."""

import threading
import time

import pytest
from django.db import connection

from apps.accounts.models import Role
from apps.accounts.services import database_now
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import AssignmentContent, attempts, change_assignment, start_attempt
from apps.exams.services import assemble_form, publish_form
from tests import world as worlds
from tests.concurrency.acts import Held

pytestmark = pytest.mark.django_db(transaction=True)


def _start_during_a_change() -> Attempt:
    """Start an attempt while another form is being put into the assignment and not committed yet."""
    world = worlds.build()
    other = publish_form(assemble_form(world.blueprint, code="other", title="Mock B", seed=8))
    instructor, candidate = worlds.person(Role.INSTRUCTOR), worlds.person()
    read_before = Assignment.objects.select_related("form").get()
    content = AssignmentContent(
        title="Mock", form=other, audience="everyone", cohorts=(), people=(), opens_at=None, closes_at=None,
        attempts_allowed=None, mode="exam", blind_review=False, pause_allowed=False, review_policy="submit",
    )  # fmt: skip
    change = Held(lambda: change_assignment(world.assignment, content, by=instructor))

    def start() -> None:
        start_attempt(read_before, candidate=candidate)
        connection.close()

    starting = threading.Thread(target=start)
    starting.start()
    _wait_for_somebody_who_waits()
    change.finish()
    starting.join(10)
    return Attempt.objects.select_related("assignment").get()


def _wait_for_somebody_who_waits() -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for the change")


def test_a_start_waits_for_the_change_and_takes_its_form() -> None:
    attempt = _start_during_a_change()
    assert attempt.form_id == attempt.assignment.form_id


def test_control_without_reading_anew_the_attempt_has_the_old_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_read_terms", lambda _assignment, now: now or database_now())
    attempt = _start_during_a_change()
    assert attempt.form_id != attempt.assignment.form_id
