"""Races between real connections, each with a control that shows the race when the guard is taken away."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections

from apps.accounts.models import AuditEvent
from apps.accounts.services import audit_digest, record_event
from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.services import Event, journal, save_events, start_attempt, submit_attempt
from apps.scoring.models import ItemScore, Score
from apps.scoring.services import score_attempts
from tests import world as worlds
from tests.concurrency.acts import Held, together

pytestmark = pytest.mark.django_db(transaction=True)


def _acknowledged_but_not_scored(world: worlds.World) -> bool:
    """Hold a judged save open while the attempt is submitted and scored; say whether its answer was lost."""
    attempt = worlds.sitting(world)
    position = worlds.positions(world.form)[0]
    events = [Event(1, 1, position, "answer", worlds.tokens(attempt, position))]
    save = Held(lambda: save_events(worlds.ticket(attempt), client="page", events=events))
    done = threading.Event()

    def end() -> None:
        submit_attempt(attempt, clients={})
        score_attempts([attempt.pk])
        done.set()
        connections["default"].close()

    ending = threading.Thread(target=end)
    ending.start()
    done.wait(1.5)
    receipt = save.finish()
    ending.join(10)
    assert receipt.verdicts[0].disposition == "accepted"
    return ItemScore.objects.get(score__attempt=attempt, form_item__position=position).credit != 1000


@pytest.mark.promise("R-01", "R-10")
def test_an_acknowledged_answer_is_always_in_the_score() -> None:
    assert not _acknowledged_but_not_scored(worlds.build())


def test_control_without_the_shared_lock_the_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_SAVE", journal._SAVE.replace("FOR SHARE", ""))
    assert _acknowledged_but_not_scored(worlds.build())


def test_a_save_that_waits_for_a_submit_is_told_that_it_came_too_late() -> None:
    world = worlds.build()
    attempt = worlds.sitting(world)
    submit = Held(lambda: submit_attempt(attempt, clients={}))
    receipts: list[Any] = []

    def save() -> None:
        events = [Event(1, 1, 1, "answer", worlds.tokens(attempt, 1))]
        receipts.append(save_events(worlds.ticket(attempt), client="page", events=events))
        connections["default"].close()

    waiting = threading.Thread(target=save)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive(), "the save waits for the submit"
    submit.finish()
    waiting.join(10)
    assert receipts[0].verdicts[0].disposition == "closed"
    assert receipts[0].is_closed


def test_many_saves_and_a_submit_lose_nothing() -> None:
    world = worlds.build()
    attempt = worlds.sitting(world)
    position = worlds.positions(world.form)[0]
    right = worlds.tokens(attempt, position)

    def save(number: int) -> Callable[[], Any]:
        events = [Event(1, number, position, "answer", right)]
        return lambda: save_events(worlds.ticket(attempt), client=f"page-{number}", events=events)

    def end() -> None:
        submit_attempt(attempt, clients={})
        score_attempts([attempt.pk])

    results = together(*[save(n) for n in range(1, 9)], end)
    assert not [result for result in results if isinstance(result, Exception)]
    accepted = [r for r in results[:-1] if r.verdicts[0].disposition == "accepted"]
    credit = ItemScore.objects.get(score__attempt=attempt, form_item__position=position).credit
    assert credit == (1000 if accepted else 0)
    assert ResponseEvent.objects.filter(attempt=attempt).count() == 8


def test_the_same_event_sent_twice_at_once_is_one_row() -> None:
    world = worlds.build()
    attempt = worlds.sitting(world)
    events = [Event(1, 1, 1, "answer", worlds.tokens(attempt, 1))]
    receipts = together(*[lambda: save_events(worlds.ticket(attempt), client="page", events=events)] * 6)
    assert {v.disposition for receipt in receipts for v in receipt.verdicts} == {"accepted"}
    assert ResponseEvent.objects.filter(attempt=attempt).count() == 1


@pytest.mark.promise("R-18", "R-24")
def test_two_tabs_that_start_at_once_share_one_attempt() -> None:
    world, candidate = worlds.build(), worlds.person()
    started = together(*[lambda: start_attempt(world.assignment, candidate=candidate)] * 6)
    assert {attempt.pk for attempt in started} == {Attempt.objects.get().pk}


def test_control_without_the_advisory_lock_starting_at_once_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.delivery.services import attempts

    world, candidate = worlds.build(), worlds.person()
    met = threading.Barrier(4)

    original = attempts._check_allowed

    def late(*args: Any) -> None:
        original(*args)
        met.wait(5)

    monkeypatch.setattr(attempts, "_check_allowed", late)
    monkeypatch.setattr(attempts, "connection", _Deaf())
    results = together(*[lambda: start_attempt(world.assignment, candidate=candidate)] * 4)
    assert [r for r in results if isinstance(r, Exception)], "the unique constraint refuses all but one"
    assert Attempt.objects.count() == 1


class _Deaf:
    """A connection whose cursor does nothing, in the place of the one that takes the advisory lock."""

    def cursor(self) -> "_Deaf":
        return self

    def __enter__(self) -> "_Deaf":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, *_: object) -> None:
        return None

    def fetchone(self) -> tuple[None, bool, bool, bool]:
        return None, True, True, True


@pytest.mark.promise("R-18")
def test_submitting_at_once_ends_once() -> None:
    world = worlds.build()
    attempt = worlds.sitting(world)
    ends = together(*[lambda: submit_attempt(attempt, clients={})] * 5)
    assert len({ended.submitted_at for ended in ends}) == 1


@pytest.mark.promise("R-04", "R-18")
def test_scoring_at_once_gives_one_score() -> None:
    world = worlds.build()
    attempt = submit_attempt(worlds.sitting(world), clients={})
    Score.objects.all().delete()
    made = together(*[lambda: score_attempts([attempt.pk])] * 5)
    assert sum(made) == 1
    assert Score.objects.filter(attempt=attempt).count() == 1


def test_audit_events_written_at_once_form_one_chain() -> None:
    together(*[lambda: record_event(None, verb="test.happened", subject="test:1")] * 8)
    chain = list(AuditEvent.objects.order_by("pk"))
    assert len(chain) == 8
    for before, event in pairwise(chain):
        assert event.previous_digest == before.digest
        assert audit_digest(event) == event.digest
