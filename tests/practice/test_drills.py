"""Drills: one click from a weak area to a few questions on it."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Cohort, User
from apps.accounts.services import enroll
from apps.analytics.audit import all_findings
from apps.analytics.models import ReportJob
from apps.analytics.queries.cohorts import cohort_page
from apps.api.queries import forms
from apps.bank.models import Item
from apps.bank.services import write_item
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import assignment_list, offerable_forms, people_to_accommodate
from apps.delivery.services import beat, submit_attempt
from apps.exams.models import FormItem
from apps.practice import services
from apps.practice.access import area_read
from apps.scoring.models import Score
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]


def sat(world: worlds.World, candidate: User, *, right: bool = False) -> Attempt:
    """Sit a mock to its score, every answer right or every one wrong."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, dict.fromkeys(range(1, 8), right))
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return attempt


def drilled(learner: User, kind: str = "objective", code: str = "1.1") -> Attempt:
    """Start a drill."""
    return services.start_drill(area_read(learner, "demo-c01", kind, code), learner=learner)


def asked(attempt: Attempt) -> list[str]:
    """Return the codes of an attempt's items in order."""
    rows = FormItem.objects.filter(form=attempt.form).order_by("position")
    return list(rows.values_list("version__item__code", flat=True))


def asked_on(world: worlds.World) -> list[str]:
    """Return the codes of the items of a form."""
    return list(world.form.items.values_list("version__item__code", flat=True))


def add_items(world: worlds.World, *codes: str) -> None:
    """Add active items of domain 1 to the bank."""
    for code in codes:
        write_item(worlds.item(code), certification=world.certification)


def test_one_click_leads_to_an_untimed_paper_of_that_area(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    report = sat(world, student)
    client = signed_in(student)
    url = reverse("practice:drill", args=["demo-c01"])
    page = client.get(reverse("analytics:report", args=[report.uuid])).text
    assert f'action="{url}"' in page
    answer = client.post(url, {"area": "objective/1.1", "report": report.uuid})
    assert answer.status_code == 303
    attempt = Attempt.objects.open().get(candidate=student)
    assert answer["Location"] == reverse("delivery:paper", args=[attempt.uuid])
    assert (attempt.deadline_at, attempt.assignment.mode) == (None, Assignment.Mode.PRACTICE)
    assert {row.objective.code for row in attempt.form.items.select_related("objective")} == {"1.1"}
    assert attempt.form.items.filter(is_scored=False).count() == 0


def test_it_asks_unseen_items_first_then_missed_ones(world: worlds.World, student: User) -> None:
    sat(world, student)
    add_items(world, "demo-c01-15", "demo-c01-16")
    found = asked(drilled(student))
    assert set(found[:2]) == {"demo-c01-15", "demo-c01-16"}
    assert set(found[2:]) == {"demo-c01-11", "demo-c01-12", "demo-c01-13"}


def test_questions_of_mocks_to_come_are_asked_last(world: worlds.World, student: User) -> None:
    """A mock tells less of somebody who has met its questions in a drill."""
    sat(world, student)
    beside = worlds.build_beside(world, "demo-c01-b")
    Item.objects.filter(certification=world.certification).update(state=Item.State.ACTIVE)
    add_items(world, "demo-c01-15")
    ahead = set(asked_on(beside)) & {f"demo-c01-b-{number}" for number in (11, 12, 13, 14)}
    found = asked(drilled(student))
    assert found[0] == "demo-c01-15"
    assert set(found[-len(ahead) :]) == ahead
    Assignment.objects.filter(pk=beside.assignment.pk).update(closes_at=timezone.now())
    submit_attempt(drilled(student), clients={})
    other = worlds.person()
    sat(world, other)
    assert ahead < set(asked(drilled(other))[: len(ahead) + 1])


def test_a_drill_has_ten_questions_at_most(world: worlds.World, student: User) -> None:
    sat(world, student)
    add_items(world, *(f"demo-c01-{number}" for number in range(50, 65)))
    assert len(asked(drilled(student))) == services.SIZE


def test_a_second_click_goes_on_with_the_same_drill_until_it_is_ended(world: worlds.World, student: User) -> None:
    sat(world, student)
    first = drilled(student)
    assert drilled(student) == first
    submit_attempt(first, clients={})
    assert drilled(student) != first


@pytest.mark.parametrize(("kind", "code"), [("topic", "demo-c01-topic-1"), ("domain", "demo-c01-domain-1")])
def test_topics_and_domains_can_be_drilled_too(kind: str, code: str, world: worlds.World, student: User) -> None:
    sat(world, student)
    assert set(asked(drilled(student, kind, code))) == {"demo-c01-11", "demo-c01-12", "demo-c01-13"}


def test_no_item_of_an_open_attempt_is_in_a_drill(world: worlds.World, student: User) -> None:
    sat(world, student)
    worlds.sitting(world, student)
    with pytest.raises(ValidationError, match="an exam that you are sitting"):
        drilled(student)
    add_items(world, *(f"demo-c01-{number}" for number in range(50, 54)))
    assert set(asked(drilled(student))) == {f"demo-c01-{number}" for number in range(50, 54)}


@pytest.mark.parametrize("is_sat", [True, False], ids=["sat", "still to come"])
def test_no_item_of_an_exam_that_holds_its_keys_back_is_in_a_drill(
    is_sat: bool, world: worlds.World, student: User
) -> None:
    """A drill is reviewed after its end, and would show what the exam does not."""
    other = worlds.build_beside(world, "demo-c01-b")
    sat(other, student)
    Item.objects.filter(certification=world.certification).update(state=Item.State.ACTIVE)
    if is_sat:
        sat(world, student)
    Assignment.objects.filter(pk=world.assignment.pk).update(review_policy="never")
    held = set(FormItem.objects.filter(form=world.form).values_list("version__item__code", flat=True))
    assert set(asked(drilled(student))).isdisjoint(held)


def test_too_few_items_are_refused_with_the_remedy(world: worlds.World, student: User, signed_in: SignIn) -> None:
    report = sat(world, student)
    answer = signed_in(student).post(
        reverse("practice:drill", args=["demo-c01"]), {"area": "objective/2.1", "report": report.uuid}, follow=True
    )
    assert "The bank has 2 questions on “2.1 Objective 2.1”, and a drill needs 3" in answer.text
    assert answer.request["PATH_INFO"] == reverse("analytics:report", args=[report.uuid])
    assert not Assignment.objects.filter(mode=Assignment.Mode.PRACTICE).exists()


@pytest.mark.parametrize("area", ["", "objective", "objective/9.9", "item/demo-c01-11", "topic/nothing", "topic/\0"])
def test_what_is_no_area_does_not_exist(area: str, world: worlds.World, student: User, signed_in: SignIn) -> None:
    sat(world, student)
    assert signed_in(student).post(reverse("practice:drill", args=["demo-c01"]), {"area": area}).status_code == 404


def test_who_has_sat_nothing_has_nothing_to_drill(world: worlds.World, student: User, signed_in: SignIn) -> None:
    url = reverse("practice:drill", args=["demo-c01"])
    assert signed_in(student).post(url, {"area": "objective/1.1"}).status_code == 404


def test_a_drill_counts_in_no_exam_statistic_and_stands_in_no_list(
    world: worlds.World, student: User, instructor: User
) -> None:
    team = Cohort.objects.create(code="team", name="Team")
    enroll(team, users=[student])
    sat(world, student)
    attempt = submit_attempt(drilled(student), clients={})
    score_attempts([attempt.pk])
    assert Score.objects.current().count() == 2
    assert cohort_page(team).summary.attempts == 1
    assert not ReportJob.objects.filter(score__attempt=attempt).exists()
    for found in (forms(), offerable_forms(None), assignment_list()):
        assert len(found) == 1
    assert not people_to_accommodate("").exists()
    for name in ("web", "sweeper"):
        beat(name)
    assert list(all_findings()) == []


def test_the_report_of_a_drill_passes_and_fails_nobody(world: worlds.World, student: User, signed_in: SignIn) -> None:
    sat(world, student)
    attempt = drilled(student)
    worlds.answer(attempt, {1: True, 2: True, 3: False})
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    page = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "2 of 3 right: the true share lies between" in page
    assert "nobody passes or fails" in page
    assert "Not passed" not in page
    assert "Where studying pays most" not in page


def test_home_lists_drills_beside_the_mocks_and_measures_nothing_by_them(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    mock = sat(world, student)
    attempt = drilled(student)
    worlds.answer(attempt, {1: True, 2: False})
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    page = signed_in(student).get(reverse("home")).text
    history, drills = page.split("What you have drilled")
    assert reverse("analytics:report", args=[mock.uuid]) in history
    assert reverse("analytics:report", args=[attempt.uuid]) not in history
    assert reverse("analytics:report", args=[attempt.uuid]) in drills
    assert "the true share lies between" in drills
