"""What a cut rests on: judges, equating and outcomes, each with what it lacks."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AuditEvent, User
from apps.analytics.models import Calibration, Outcome
from apps.analytics.queries.cuts import equated_cut, outcome_cut, reliability
from apps.analytics.queries.report import cut_words
from apps.bank.models import AngoffRating
from apps.bank.services import rate_versions
from apps.delivery.services import submit_attempt
from apps.exams.models import Form, FormItem
from apps.exams.services import assemble_form, publish_form
from apps.scoring.engine.cuts import Unsupported
from apps.scoring.models import Score
from apps.scoring.services import score_attempts, set_cut_by_angoff
from tests import world as worlds

SignIn = Callable[[User], Client]


@pytest.fixture
def draft(world: worlds.World) -> Form:
    """Return a draft of the same items."""
    return assemble_form(world.blueprint, code="demo-c01-b", title="Mock B", seed=8)


def rate(form: Form, judge: User, estimate: str, *, leave_out: int = 0) -> None:
    """Let a judge give every scored item, but for some, the same estimate."""
    versions = list(FormItem.objects.filter(form=form, is_scored=True).values_list("version_id", flat=True))
    rate_versions(dict.fromkeys(versions[leave_out:], Decimal(estimate)), judge=judge)


def test_three_judges_set_the_cut_of_a_draft_and_publishing_keeps_it(draft: Form, instructor: User) -> None:
    for estimate in ("0.60", "0.70", "0.80"):
        rate(draft, worlds.person("instructor"), estimate)
    rate(draft, instructor, "0.10", leave_out=2)
    found = set_cut_by_angoff(draft, by=instructor)
    assert (found.level, found.cut, found.n) == ("L1", Fraction("0.7"), 3)
    published = publish_form(draft)
    # SD of .6, .7, .8 is .1; over √3
    assert (published.cut, published.cut_evidence, published.cut_se) == (Decimal("0.7"), "L1", Decimal("0.0577"))
    assert published.time_limit == draft.blueprint.time_limit
    assert "70 % of the weighted raw score, give or take 5.8 percentage points (standard error)" in cut_words(published)
    assert "judged by experts" in cut_words(published)
    assert AuditEvent.objects.filter(verb="form.cut-set").count() == 1
    with pytest.raises(ValidationError, match="only a draft"):
        set_cut_by_angoff(published, by=instructor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Form.objects.filter(pk=published.pk).update(cut_se=None)


def test_too_few_judges_leave_the_assumption_and_say_why(draft: Form, instructor: User) -> None:
    rate(draft, instructor, "0.60")
    rate(draft, worlds.person("instructor"), "0.70", leave_out=1)
    with pytest.raises(ValidationError) as refused:
        set_cut_by_angoff(draft, by=instructor)
    assert "2 of at least 3 judges have rated the form." in refused.value.messages
    assert any("has not rated 1 of 5 items" in message for message in refused.value.messages)
    assert publish_form(draft).cut_evidence == "L0"


def test_a_judge_sees_own_estimates_alone(draft: Form, instructor: User, signed_in: SignIn) -> None:
    rate(draft, worlds.person("instructor"), "0.33")
    client, url = signed_in(instructor), reverse("scoring:judge", args=[draft.code])
    assert "0.33" not in client.get(url).text
    positions = worlds.positions(draft)
    sent = {f"item-{position}": "0.65" for position in positions}
    assert client.post(url, sent | {f"item-{positions[0]}": "0.99"}).status_code == 422
    assert not AngoffRating.objects.filter(judge=instructor).exists()
    assert client.post(url, sent).status_code == 303
    assert client.get(url).text.count('value="0.65"') == 5
    client.post(url, sent | {f"item-{positions[0]}": ""})
    assert AngoffRating.objects.filter(judge=instructor).count() == 4


def test_the_page_says_what_is_missing_and_sets_the_cut(draft: Form, instructor: User, signed_in: SignIn) -> None:
    client, page = signed_in(instructor), reverse("analytics:cut", args=[draft.code])
    text = client.get(page).text
    for said in (
        "0 of at least 3 judges", "no other published form", "0 of at least 50 outcomes", "n = 0 first sittings",
        "not enough evidence",
    ):  # fmt: skip
        assert said in text, said
    assert draft.title in client.get(reverse("analytics:form-list")).text
    for estimate in ("0.60", "0.70", "0.80"):
        rate(draft, worlds.person("instructor"), estimate)
    told = client.post(reverse("scoring:set-cut", args=[draft.code]), follow=True).text
    assert "The cut is 70.0% now, by 3 judges." in told
    assert "± 5.8 %" in told
    publish_form(draft)
    assert client.post(reverse("scoring:set-cut", args=[draft.code])).status_code == 404


def test_equating_wants_a_calibration_and_then_gives_the_same_cut_to_the_same_items(
    world: worlds.World, draft: Form
) -> None:
    with pytest.raises(Unsupported, match="not been calibrated"):
        equated_cut(draft, world.form)
    versions = FormItem.objects.filter(form=world.form).values_list("version_id", flat=True)
    good = {str(pk): [1.0, 0.5, 0.1, 0.1, 200] for pk in versions}
    run = Calibration.objects.create(
        certification=world.certification, number=1, finished_at=timezone.now(), parameters=good
    )
    found = equated_cut(draft, world.form)
    assert (found.level, found.cut, found.n, found.se) == ("L2", Fraction("0.72"), 200, None)
    # An item of few responses, and one of a vague difficulty: .3 for d alone and .1·.5 for a.
    few, vague, *_ = good
    run.parameters = good | {few: [1.0, 0.5, 0.1, 0.1, 99], vague: [1.0, 0.5, 0.2, 0.3, 200]}
    run.save()
    with pytest.raises(Unsupported, match=r"fewer than 100 responses.*standard error above 0\.35"):
        equated_cut(draft, world.form)


def told_outcomes(world: worlds.World, count: int) -> None:
    """Let people sit a mock and tell a real exam: who was better passed more often, never always."""
    places = worlds.positions(world.form)
    for number in range(count):
        right = number % 6
        person = worlds.person()
        attempt = worlds.sitting(world, person)
        if right:
            worlds.answer(attempt, dict.fromkeys(places[:right], True))
        score_attempts([submit_attempt(attempt, clients={}).pk])
        passed = right >= 3 if number // 6 % 4 else right < 3
        Outcome.objects.create(
            learner=person,
            certification=world.certification,
            sat_on=timezone.now().date() + timedelta(days=1),
            passed=passed,
        )


def test_outcomes_give_a_cut_when_there_are_enough(world: worlds.World) -> None:
    with pytest.raises(Unsupported, match="0 of at least 50"):
        outcome_cut(world.certification)
    told_outcomes(world, 60)
    found = outcome_cut(world.certification)
    assert (found.level, found.n) == ("L3", 60)
    assert 0.2 < found.cut < 0.8
    assert found.se is not None
    # A real exam before the first mock tells nothing of that mock.
    Outcome.objects.update(sat_on=timezone.now().date() - timedelta(days=400))
    with pytest.raises(Unsupported, match="0 of at least 50"):
        outcome_cut(world.certification)


def test_reliability_is_undefined_until_people_differ(world: worlds.World) -> None:
    found = reliability(world.form)
    assert (found.n, found.alpha, found.phi, found.sem) == (0, None, None, None)
    places = worlds.positions(world.form)
    people = [worlds.person() for _ in range(4)]
    for right, candidate in enumerate(people, 1):
        attempt = worlds.sitting(world, candidate)
        worlds.answer(attempt, dict.fromkeys(places[:right], True))
        score_attempts([submit_attempt(attempt, clients={}).pk])
    again = worlds.sitting(world, people[0])  # a second sitting is no second person
    score_attempts([submit_attempt(again, clients={}).pk])
    assert Score.objects.count() == 5
    found = reliability(world.form)
    # Sums 1, 2, 3, 4: variance 5/3. Items: 4, 3, 2, 1, 0 of 4 right: 0 + 1/4 + 1/3 + 1/4 + 0 = 5/6.
    assert (found.n, found.items) == (4, 5)
    assert found.alpha == pytest.approx(5 / 4 * (1 - (5 / 6) / (5 / 3)))
    assert found.sem == pytest.approx(((5 / 3 / 25) * (1 - 0.625)) ** 0.5)
    assert found.phi is not None
