"""Two who end, steer or score an attempt at the same moment, each with a control without the lock on its row."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.accounts.services import database_now
from apps.delivery.models import Attempt, AttemptQuerySet, TimeGrant
from apps.delivery.services import (
    Event,
    attempts,
    close_attempt,
    close_overdue,
    grant_time,
    journal,
    late,
    save_events,
    start_attempt,
    submit_attempt,
)
from apps.scoring.models import ItemScore, Score
from apps.scoring.services import accept_late_and_rescore, score_attempts, scores
from tests import world as worlds
from tests.concurrency.acts import Held, Waiting, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock on the attempt's row away, for controls."""
    monkeypatch.setattr(AttemptQuerySet, "select_for_update", lambda self, **_: self.all())


def sweep_beside_a_save() -> tuple[str, int | None]:
    """Let the sweeper pass and the score be made while a save in time is held open.

    Returns the save's verdict and the credit of its answer at the end.
    """
    world = worlds.build()
    started = database_now() - timedelta(minutes=60, seconds=30)
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    position = worlds.positions(world.form)[0]
    events = [Event(1, 1, position, "answer", worlds.tokens(attempt, position))]
    # It came in a minute ago, and has waited since: in time, whatever the sweeper does.
    age = timedelta(seconds=60)
    save = Held(lambda: save_events(worlds.ticket(attempt), client="page", events=events, age=age))
    close_overdue()
    score_attempts([attempt.pk])
    receipt = save.finish()
    close_overdue()
    score_attempts([attempt.pk])
    credit = ItemScore.objects.get(score__attempt=attempt, form_item__position=position).credit
    return receipt.verdicts[0].disposition, credit


def test_r10_a_save_and_a_sweep_lose_nothing() -> None:
    assert sweep_beside_a_save() == ("accepted", 1000)


def test_control_without_the_shared_lock_the_sweeper_loses_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_SAVE", journal._SAVE.replace("FOR SHARE", ""))
    assert sweep_beside_a_save() == ("accepted", 0)


def test_r18_control_without_the_lock_two_submits_end_twice(unlocked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = worlds.sitting(worlds.build())
    met = threading.Barrier(2)

    def both_have_looked(*_: Any) -> int:
        met.wait(10)
        return 0

    monkeypatch.setattr(attempts, "_missing", both_have_looked)
    ends = together(*[lambda: submit_attempt(attempt, clients={})] * 2)
    assert len({ended.submitted_at for ended in ends}) == 2


def test_r04_control_without_the_lock_two_scorings_collide(unlocked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = submit_attempt(worlds.sitting(worlds.build()), clients={})
    Score.objects.all().delete()
    met, write = threading.Barrier(2), scores._score

    def both_have_looked(*args: Any) -> None:
        met.wait(10)
        write(*args)

    monkeypatch.setattr(scores, "_score", both_have_looked)
    results = together(*[lambda: score_attempts([attempt.pk])] * 2)
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


def grant_beside_a_close() -> tuple[bool, Any]:
    """Give time while an instructor's close is held open; says whether the grant waited, and what became of it."""
    attempt = worlds.sitting(worlds.build())
    instructor = worlds.person("instructor")
    close = Held(lambda: close_attempt(attempt, by=instructor, reason=""))
    grant = Waiting(lambda: grant_time(attempt, extra=timedelta(minutes=5), by=instructor))
    waited = grant.is_waiting()
    close.finish()
    return waited, grant.collect()


def test_a_grant_that_meets_a_close_is_refused() -> None:
    waited, result = grant_beside_a_close()
    assert waited
    assert isinstance(result, ValidationError)
    assert not TimeGrant.objects.exists()


def test_control_without_the_lock_an_ended_attempt_is_given_time(unlocked: None) -> None:
    grant_beside_a_close()
    assert Attempt.objects.get().submitted_at is not None
    assert TimeGrant.objects.exists()


def test_a_grant_that_meets_the_sweeper_stands_and_the_attempt_goes_on() -> None:
    world = worlds.build()
    started = database_now() - timedelta(minutes=60, seconds=30)
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=started)
    instructor = worlds.person("instructor")
    grant = Held(lambda: grant_time(attempt, extra=timedelta(minutes=5), by=instructor))
    assert close_overdue() == 0, "the sweeper passes by what somebody holds"
    grant.finish()
    assert close_overdue() == 0
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def accept_two_at_once() -> Any:
    """Let one late answer count while the acceptance of another is held open; returns the second one's result."""
    world = worlds.build()
    attempt = submit_attempt(worlds.sitting(world), clients={})
    score_attempts([attempt.pk])
    instructor = worlds.person("instructor")
    events = [
        Event(n, n, position, "answer", worlds.tokens(attempt, position))
        for n, position in enumerate(worlds.positions(world.form)[:2], 1)
    ]
    save_events(worlds.ticket(attempt), client="late", events=events)

    def accept(n: int) -> bool:
        return accept_late_and_rescore(attempt, events=[("late", n)], by=instructor, reason="The network was away.")

    first = Held(lambda: accept(1))
    second = Waiting(lambda: accept(2))
    second.is_waiting()
    first.finish()
    return second.collect()


def test_r16_two_acceptances_at_once_both_count() -> None:
    assert accept_two_at_once() is True
    (current,) = Score.objects.current()
    assert current.revision == 3
    assert current.items.filter(credit=1000).count() == 2


def test_control_without_the_lock_the_second_acceptance_fails(unlocked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # The audit trail takes one writer at a time, and would hide what the row's lock is for.
    monkeypatch.setattr(late, "record_event", lambda *_, **__: None)
    assert isinstance(accept_two_at_once(), IntegrityError)
