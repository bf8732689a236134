"""Several folders at once count a score once; without the queue's guard they do not."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError

from apps.analytics.models import FoldedScore, ItemStatistic, StatisticDelta
from apps.analytics.queries import statistics as queries
from apps.analytics.services import fold_statistics, owe_missing_statistics, owe_statistics, statistics
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.models import Score
from apps.scoring.services import accept_late_and_rescore, score_attempts
from tests import world as worlds
from tests.concurrency.acts import Held, Waiting, together

pytestmark = pytest.mark.django_db(transaction=True)


def _scored(world: worlds.World) -> Score:
    attempt = worlds.sitting(world)
    worlds.answer(attempt, dict.fromkeys(range(1, 8), True))
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return Score.objects.current().get(attempt=attempt)


def _counts() -> set[int]:
    return set(ItemStatistic.objects.values_list("n", flat=True))


def test_two_folders_at_once_count_once() -> None:
    world = worlds.build()
    for _ in range(6):
        _scored(world)
    assert StatisticDelta.objects.count() == 6, "the receiver has queued them"
    folded = together(*[lambda: fold_statistics(limit=2)] * 3)
    assert sum(folded) == 6
    assert _counts() == {6}
    assert not StatisticDelta.objects.exists()


def test_a_folder_passes_by_what_another_one_holds() -> None:
    _scored(worlds.build())
    held = Held(fold_statistics)
    assert together(fold_statistics) == [0]
    assert held.finish() == 1
    assert _counts() == {1}


def test_control_without_taking_from_the_queue_only_the_key_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    _scored(worlds.build())
    looked = threading.Barrier(2)
    original = queries.journals

    def late(*args: Any) -> Any:
        looked.wait(5)
        return original(*args)

    monkeypatch.setattr(statistics, "_CLAIM", "SELECT score_id FROM analytics_statisticdelta ORDER BY id LIMIT %s")
    monkeypatch.setattr(statistics, "journals", late)
    results = together(fold_statistics, fold_statistics)
    assert sorted(map(type, results), key=str) == [IntegrityError, int]
    assert _counts() == {1}


def test_a_score_that_is_replaced_while_it_is_folded_goes_out_again() -> None:
    world, instructor = worlds.build(), worlds.person("instructor")
    score = _scored(world)
    late = [Event(1, 99, 1, "answer", worlds.tokens(score.attempt, 1, right=False))]
    save_events(worlds.ticket(score.attempt), client="late", events=late)
    held = Held(fold_statistics)
    # The message of the new score queues the old one again, and waits for the folder that holds it.
    rescore = Waiting(
        lambda: accept_late_and_rescore(score.attempt, events=[("late", 1)], by=instructor, reason="The network.")
    )
    assert rescore.is_waiting()
    assert held.finish() == 1
    assert rescore.collect() is True
    assert fold_statistics() == 2, "one out, one in"
    assert [folded.score.revision for folded in FoldedScore.objects.all()] == [2]
    assert _counts() == {1}
    owe_statistics([score.pk])
    assert (fold_statistics(), owe_missing_statistics()) == (0, 0)
