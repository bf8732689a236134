"""Computing every score again, and what differs."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from apps.bank.services import write_item
from apps.delivery.models import ResponseEvent
from apps.delivery.services import submit_attempt
from apps.scoring.models import Score, ScoreJob
from apps.scoring.services import score_attempts, verify_scores
from tests import world as worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def scores(world: worlds.World) -> list[Score]:
    """Return the scores of three attempts."""
    made = []
    for right in ({1: True}, {1: False, 2: True}, {3: True}):
        attempt = worlds.sitting(world)
        worlds.answer(attempt, right)
        submit_attempt(attempt, clients={})
        score_attempts([attempt.pk])
        made.append(Score.objects.get(attempt=attempt))
    return made


def test_equal_scores_and_nothing_written(scores: list[Score]) -> None:
    found = verify_scores(batch=2)
    assert (found.checked, found.other_engine, found.differences) == (3, 0, ())
    assert Score.objects.count() == 3


def test_blind_scores_are_verified_too(world: worlds.World) -> None:
    world.assignment.blind_review = True
    world.assignment.save()
    attempt = worlds.sitting(world)
    worlds.answer(attempt, {1: True})
    submit_attempt(attempt, clients={})
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    assert verify_scores().checked == 2
    assert verify_scores().differences == ()


def test_an_answer_that_was_lost_is_noticed(scores: list[Score]) -> None:
    ResponseEvent.objects.filter(attempt=scores[1].attempt, position=2).delete()
    (difference,) = verify_scores().differences
    assert (difference.attempt, difference.stored) == (scores[1].attempt.uuid, scores[1].digest)


def test_a_score_that_cannot_be_computed_hides_no_other(scores: list[Score]) -> None:
    Score.objects.filter(pk=scores[0].pk).update(key_ids=[10**9])
    Score.objects.filter(pk=scores[2].pk).update(digest="0" * 64)
    found = {difference.attempt: difference.found for difference in verify_scores().differences}
    assert set(found) == {scores[0].attempt.uuid, scores[2].attempt.uuid}
    assert found[scores[0].attempt.uuid].startswith("nothing: ValueError")
    assert found[scores[2].attempt.uuid] == scores[2].digest


def test_scores_are_verified_by_the_keys_that_they_were_computed_with(world: worlds.World, scores: list[Score]) -> None:
    first = worlds.item("demo-c01-11", domain=1)
    wrong = [replace(option, is_keyed=place == 1) for place, option in enumerate(first.options)]
    write_item(replace(first, options=tuple(wrong)), certification=world.certification)
    assert verify_scores().differences == ()


def test_another_engine_is_counted_and_left(scores: list[Score]) -> None:
    Score.objects.filter(pk=scores[0].pk).update(engine_version=0, digest="old")
    found = verify_scores()
    assert (found.checked, found.other_engine, found.differences) == (2, 1, ())


def test_the_command_ends_with_1_and_a_list(scores: list[Score]) -> None:
    out = StringIO()
    call_command("score", "--verify", stdout=out)
    assert "3 scores computed again, 0 differ" in out.getvalue()
    Score.objects.filter(pk=scores[0].pk).update(digest="forged")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("score", verify=True, as_json=True, stdout=out)
    assert end.value.code == 1
    assert [d["stored"] for d in json.loads(out.getvalue())["differences"]] == ["forged"]


def test_the_command_settles_what_is_owed(world: worlds.World) -> None:
    submit_attempt(worlds.sitting(world), clients={})
    ScoreJob.objects.all().delete()
    out = StringIO()
    call_command("score", as_json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"scored": 1}
