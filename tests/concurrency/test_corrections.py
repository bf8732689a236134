"""A key that is corrected while attempts end and are scored, each race with a control without its lock."""

import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models.query import QuerySet

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.bank.models import ItemVersion
from apps.delivery.services import submit_attempt
from apps.exams.models import FormItem
from apps.scoring.models import KeyCorrection, RescoreJob, Score
from apps.scoring.queries.corrections import Change
from apps.scoring.services import correct_key, corrections, score_attempts, scores, settle_corrections
from tests import world as worlds
from tests.concurrency.acts import Held, Waiting, together

pytestmark = pytest.mark.django_db(transaction=True)


def credit_everybody(version: ItemVersion, by: User) -> KeyCorrection:
    """Correct the first key of a version."""
    return correct_key(
        version,
        Change(KeyCorrection.Action.CREDIT_ALL),
        since=version.keys.order_by("revision")[0],
        only_if_higher=True,
        reason="It has two right answers.",
        by=by,
    )


def ends_while_corrected() -> tuple[bool, bool]:
    """Let an attempt end and read the old key just before a correction, and write its score after it.

    Says whether the correction waited for the score, and whether the attempt has the new key in the end.
    """
    world, instructor = worlds.build(), worlds.person("instructor")
    version = FormItem.objects.get(form=world.form, position=1).version
    attempt = worlds.sitting(world)

    def end_and_score() -> None:
        # One transaction: nobody else sees that the attempt has ended before its score is there.
        submit_attempt(attempt, clients={})
        score_attempts([attempt.pk])

    scoring = Held(end_and_score)
    correcting = Waiting(lambda: credit_everybody(version, instructor))
    waited = correcting.is_waiting()
    scoring.finish()
    correction = correcting.collect()
    assert isinstance(correction, KeyCorrection)
    while settle_corrections():
        pass
    return waited, correction.new_key_id in Score.objects.current().get(attempt=attempt).key_ids


def test_r20_an_attempt_scored_while_its_key_is_corrected_ends_with_the_new_key() -> None:
    assert ends_while_corrected() == (True, True)


def test_control_without_the_lock_on_the_keys_it_keeps_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "share_keys", lambda _forms: None)
    assert ends_while_corrected() == (False, False)


def test_a_scorer_that_meets_a_correction_waits_for_the_new_key() -> None:
    world, instructor = worlds.build(), worlds.person("instructor")
    version = FormItem.objects.get(form=world.form, position=1).version
    attempt = submit_attempt(worlds.sitting(world), clients={})
    Score.objects.filter(attempt=attempt).delete()
    correcting = Held(lambda: credit_everybody(version, instructor))
    scoring = Waiting(lambda: score_attempts([attempt.pk]))
    assert scoring.is_waiting()
    correction = correcting.finish()
    assert scoring.collect() == 1
    assert correction.new_key_id in Score.objects.current().get(attempt=attempt).key_ids
    # Its row finds nothing left to do.
    while settle_corrections():
        pass
    assert Score.objects.filter(attempt=attempt).count() == 1


def corrected_twice() -> list[Any]:
    """Let two instructors correct one key at the same moment, one crediting and one dropping."""
    world = worlds.build()
    version = FormItem.objects.get(form=world.form, position=1).version
    since = version.keys.get()

    def act(action: KeyCorrection.Action, by: User) -> Any:
        return lambda: correct_key(
            version, Change(action), since=since, only_if_higher=True, reason="It is wrong.", by=by
        )

    one, two = worlds.person("instructor"), worlds.person("instructor")
    return together(act(KeyCorrection.Action.CREDIT_ALL, one), act(KeyCorrection.Action.DROP, two))


def test_two_corrections_at_once_are_one_and_a_refusal() -> None:
    results = corrected_twice()
    assert sorted(type(result).__name__ for result in results) == ["KeyCorrection", "ValidationError"]
    assert KeyCorrection.objects.count() == 1


def test_control_without_the_lock_on_the_item_the_database_has_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    met = threading.Barrier(2)
    write = record_event

    def both_have_looked(*args: Any, **how: Any) -> Any:
        met.wait(10)
        return write(*args, **how)

    monkeypatch.setattr(corrections, "record_event", both_have_looked)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self.all())
    refused = [result for result in corrected_twice() if isinstance(result, Exception)]
    assert [type(result) for result in refused] in ([IntegrityError], [ValidationError])


def test_the_same_form_sent_twice_at_once_is_one_correction() -> None:
    world, instructor = worlds.build(), worlds.person("instructor")
    version = FormItem.objects.get(form=world.form, position=1).version
    attempt = submit_attempt(worlds.sitting(world), clients={})
    score_attempts([attempt.pk])
    sent = together(*[lambda: credit_everybody(version, instructor)] * 3)
    assert {result.pk for result in sent} == {KeyCorrection.objects.get().pk}
    assert RescoreJob.objects.count() == 1


def test_many_workers_reach_each_attempt_once() -> None:
    world, instructor = worlds.build(), worlds.person("instructor")
    version = FormItem.objects.get(form=world.form, position=1).version
    for _ in range(6):
        score_attempts([submit_attempt(worlds.sitting(world), clients={}).pk])
    correction = credit_everybody(version, instructor)

    def work() -> int:
        done = 0
        while reached := settle_corrections(limit=2):
            done += reached
        return done

    assert sum(together(work, work, work)) == 6
    correction.refresh_from_db()
    assert correction.effect["attempts"] == 6
    assert Score.objects.filter(correction=correction).count() == 6
