"""From the submitted attempt to its score, and the review that follows."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.bank.models import Key
from apps.bank.services import write_item
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import Event, save_events, submit_attempt
from apps.exams.models import FormItem
from apps.scoring import engine, services
from apps.scoring.models import ItemScore, Score, ScoreJob
from tests import world as worlds

SignIn = Callable[[User], Client]


def scored(world: worlds.World, right: dict[int, bool], candidate: User | None = None) -> Score:
    """Sit, submit and score."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, right)
    submit_attempt(attempt, clients={})
    services.score_attempts([attempt.pk])
    return Score.objects.get(attempt=attempt)


def test_the_score_is_the_weighted_mean_of_the_domains(world: worlds.World) -> None:
    first, second = (worlds.positions(world.form, domain=number) for number in (1, 2))
    score = scored(world, {first[0]: True, first[1]: True, first[2]: False, second[0]: True, second[1]: False})
    # .6·2/3 + .4·1/2 = .6; 100 + 650·.6/.72 = 641.67
    assert score.raw == Fraction(3, 5)
    assert (score.scaled, score.passed, score.item_count, score.answered_count) == (642, False, 5, 5)
    assert [(d.domain.number, d.item_count, d.credit) for d in score.domains.order_by("domain__number")] == [
        (1, 3, 2000),
        (2, 2, 1000),
    ]


def test_pilots_get_a_credit_and_never_count(world: worlds.World) -> None:
    everything = dict.fromkeys(worlds.positions(world.form), True)
    pilots = worlds.positions(world.form, scored=False)
    without = scored(world, everything)
    with_them = scored(world, everything | dict.fromkeys(pilots, True))
    assert (without.scaled, with_them.scaled) == (1000, 1000)
    for score, credit in ((without, 0), (with_them, 1000)):
        rows = ItemScore.objects.filter(score=score, form_item__is_scored=False)
        assert [row.credit for row in rows] == [credit, credit]


def test_scoring_twice_changes_nothing(world: worlds.World) -> None:
    score = scored(world, {1: True})
    assert services.score_attempts([score.attempt_id]) == 0
    assert Score.objects.get().digest == score.digest


def test_an_open_attempt_is_not_scored(world: worlds.World) -> None:
    attempt = worlds.sitting(world)
    assert services.score_attempts([attempt.pk]) == 0
    assert not Score.objects.exists()


@pytest.mark.promise("R-19")
def test_what_is_owed_is_found_without_any_message(world: worlds.World) -> None:
    attempt = submit_attempt(worlds.sitting(world), clients={})
    ScoreJob.objects.all().delete()
    assert services.owe_missing() == 1
    assert services.owe_missing() == 0
    assert services.settle_owed() == 1
    assert Score.objects.get().attempt_id == attempt.pk
    assert not ScoreJob.objects.exists()


def test_one_poisoned_attempt_holds_up_no_other(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = [submit_attempt(worlds.sitting(world), clients={}) for _ in range(3)]
    ScoreJob.objects.all().delete()
    services.owe_missing()
    from apps.scoring.services import scores

    original = scores._score_form

    def poisoned(form_id: int, batch: list[Attempt], revisions: dict[int, int]) -> list[Score]:
        if any(attempt.pk == attempts[1].pk for attempt in batch):
            raise ValueError("poison")
        return original(form_id, batch, revisions)

    monkeypatch.setattr(scores, "_score_form", poisoned)
    assert services.settle_owed() == 2
    job = ScoreJob.objects.get()
    assert (job.attempt_id, job.tries) == (attempts[1].pk, 1)
    assert "poison" in job.error
    for _ in range(6):
        services.settle_owed()
    job.refresh_from_db()
    assert job.failed_at is not None
    assert job.tries == 5


def test_a_score_pins_the_keys_that_it_used(world: worlds.World) -> None:
    score = scored(world, {1: True})
    version = FormItem.objects.get(form=world.form, position=1).version
    assert score.key_ids[0] == version.keys.get().pk
    content = worlds.item(version.item.code, domain=version.item.objective.domain.number)
    write_item(content, certification=world.certification)
    assert Score.objects.get().key_ids == score.key_ids


def test_the_review_shows_key_reason_and_violated_requirement(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    score = scored(world, {1: False, 2: True}, student)
    page = signed_in(student).get(reverse("analytics:review", args=[score.attempt.uuid]))
    assert page.status_code == 200
    for position in range(1, 8):
        code = FormItem.objects.get(form=world.form, position=position).version.item.code
        assert f"secret reason 0 of {code}" in page.text
        assert f"secret takeaway of {code}" in page.text
    assert "It meets requirements." in page.text
    missed = signed_in(student).get(reverse("analytics:review", args=[score.attempt.uuid]), {"show": "wrong"})
    assert missed.text.count("secret takeaway of") == 6


@pytest.mark.parametrize("policy", [Assignment.ReviewPolicy.NEVER])
def test_keys_stay_inside_until_the_policy_allows_them(
    world: worlds.World, student: User, signed_in: SignIn, policy: str
) -> None:
    Assignment.objects.update(review_policy=policy)
    score = scored(world, dict.fromkeys(range(1, 8), False), student)
    client = signed_in(student)
    assert client.get(reverse("analytics:review", args=[score.attempt.uuid])).status_code == 404
    for name in ("analytics:report", "analytics:weak-areas"):
        assert "secret" not in client.get(reverse(name, args=[score.attempt.uuid])).text
    for url in (f"/api/v1/attempts/{score.attempt.uuid}/", f"/api/v1/attempts/{score.attempt.uuid}/score/"):
        assert "secret" not in client.get(url).text


def test_an_open_attempt_has_no_review(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    assert signed_in(student).get(reverse("analytics:review", args=[attempt.uuid])).status_code == 404


def test_bank_and_engine_share_one_vocabulary() -> None:
    assert [one.value for one in engine.Policy] == Key.Policy.values
    assert [one.value for one in engine.Treatment] == Key.Treatment.values


@pytest.mark.parametrize(
    ("policy", "values", "credit"),
    [
        ("exact", {}, 0),
        # One of two keyed options, and one distractor, of five options.
        ("net_correct", {}, 0),
        ("each_answer", {}, 600),
        ("coverage", {}, 250),
        ("mapped", {0: "0.5", 1: "0.5", 2: "-0.25"}, 250),
    ],
)
def test_each_policy_gives_its_credit(world: worlds.World, policy: str, values: dict[int, str], credit: int) -> None:
    row = next(row for row in FormItem.objects.filter(form=world.form) if row.version.choose == 2)
    code = row.version.item.code
    content = worlds.item(code, domain=2, choose=2)
    options = tuple(
        replace(option, value=Decimal(values[place]) if place in values else None)
        for place, option in enumerate(content.options)
    )
    write_item(replace(content, policy=policy, options=options), certification=world.certification)
    attempt = worlds.sitting(world)
    tokens = [row.version.options.get(position=place).token for place in (0, 2)]
    save_events(worlds.ticket(attempt), client="page", events=[Event(1, 1, row.position, "answer", tokens)])
    submit_attempt(attempt, clients={})
    services.score_attempts([attempt.pk])
    assert ItemScore.objects.get(score__attempt=attempt, form_item=row).credit == credit
    assert services.verify_scores().differences == ()
