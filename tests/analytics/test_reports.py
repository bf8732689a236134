"""Report, weak areas, cohort figures and the self-audit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Cohort, User
from apps.accounts.services import enroll
from apps.analytics.audit import all_findings
from apps.analytics.models import AuditFinding, ReportJob, WeakAreaReport
from apps.analytics.queries.cohorts import mean, rate
from apps.analytics.services import make_report, owe_missing_reports, record_findings, settle_owed_reports
from apps.delivery.models import Attempt
from apps.delivery.services import beat, start_attempt, submit_attempt
from apps.scoring.models import Score
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]


def scored(world: worlds.World, right: dict[int, bool], candidate: User | None = None) -> Score:
    """Sit, submit and score."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, right)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return Score.objects.get(attempt=attempt)


def test_the_report_waits_polls_and_then_shows(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = submit_attempt(worlds.sitting(world, student), clients={})
    client = signed_in(student)
    url = reverse("analytics:report", args=[attempt.uuid])
    waiting = client.get(url)
    assert "hx-trigger" in waiting.text
    assert "load delay" in waiting.text
    score_attempts([attempt.pk])
    polled = client.get(url, headers={"HX-Request": "true"})
    assert polled["HX-Redirect"] == url
    shown = client.get(url).text
    assert "90 %" in shown
    assert "Evidence level L0: assumed" in shown


def test_an_owed_score_is_computed_where_it_is_asked_for(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = submit_attempt(worlds.sitting(world, student), clients={})
    Attempt.objects.update(submitted_at=F("submitted_at") - timedelta(seconds=10))
    page = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid]))
    assert "Domain 1" in page.text
    assert Score.objects.count() == 1


def report_of(score: Score) -> dict[str, Any]:
    """Make the weak-area report of a score, and return what it says."""
    make_report(score)
    body: dict[str, Any] = WeakAreaReport.objects.get(score=score).body
    return body


def test_weak_areas_name_what_was_missed_and_what_to_read(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    first = worlds.positions(world.form, domain=1)
    score = scored(world, dict.fromkeys(first, False), student)
    body = report_of(score)
    rows = {row["area"]: row for row in body["objectives"]}
    assert (rows["1.1"]["n"], rows["1.1"]["right"]) == (3, 0)
    assert (rows["2.1"]["n"], rows["2.1"]["right"]) == (2, 0)
    assert body["answers"] == 5
    page = signed_in(student).get(reverse("analytics:weak-areas", args=[score.attempt.uuid])).text
    assert "secret takeaway" in page
    assert "https://docs.aws.amazon.com/secret-page-of-demo-c01-11.html" in page
    assert "Too few answers" in page


def test_a_second_sight_is_no_new_evidence(world: worlds.World, student: User) -> None:
    positions = worlds.positions(world.form)
    scored(world, dict.fromkeys(positions, False), student)
    again = scored(world, dict.fromkeys(positions, True), student)
    body = report_of(again)
    assert sum(row["right"] for row in body["objectives"]) == 0
    assert (body["answers"], body["seen_before"]) == (5, 5)


def test_reports_are_owed_made_once_and_found_again(world: worlds.World) -> None:
    score = scored(world, {1: True})
    WeakAreaReport.objects.all().delete()
    ReportJob.objects.all().delete()
    assert owe_missing_reports() == 1
    assert settle_owed_reports() == 1
    assert settle_owed_reports() == 0
    made = WeakAreaReport.objects.get()
    make_report(score)
    assert WeakAreaReport.objects.get() == made


def test_the_sweeper_alone_brings_an_overdue_attempt_to_its_report(world: worlds.World, student: User) -> None:
    from apps.accounts.services import database_now

    attempt = start_attempt(world.assignment, candidate=student, now=database_now() - timedelta(minutes=61))
    call_command("sweep", "--once")
    attempt.refresh_from_db()
    assert attempt.closed_by == Attempt.ClosedBy.CLOCK
    assert WeakAreaReport.objects.get().score.attempt_id == attempt.pk


def test_the_sweepers_sign_of_life_can_be_asked_for(world: worlds.World) -> None:
    with pytest.raises(CommandError, match="No sweeper"):
        call_command("sweep", "--check")
    call_command("sweep", "--once")
    call_command("sweep", "--check")


def test_the_cohort_page_carries_n_and_interval_with_every_figure(
    world: worlds.World, admin: User, signed_in: SignIn
) -> None:
    cohort = Cohort.objects.create(code="team", name="Team")
    people = [worlds.person() for _ in range(4)]
    enroll(cohort, users=people)
    for number, candidate in enumerate(people[:3]):
        scored(world, dict.fromkeys(worlds.positions(world.form), number > 0), candidate)
    client = signed_in(admin)
    assert "Team" in client.get(reverse("analytics:cohort-list")).text
    page = client.get(reverse("analytics:cohort", args=["team"])).text
    assert "4 members, 3 have sat, 3 attempts" in page
    assert "67 %" in page
    assert "n = 3" in page
    assert "Domain 2" in page
    assert "has not sat" in page


def test_a_cohort_without_attempts_says_so(admin: User, signed_in: SignIn) -> None:
    Cohort.objects.create(code="new", name="New")
    page = signed_in(admin).get(reverse("analytics:cohort", args=["new"])).text
    assert "The figures appear with the first score" in page
    assert "no attempts yet" in page


def test_figures_without_data_are_absent_and_not_zero() -> None:
    assert rate(0, 0).value is None
    assert mean([]).value is None
    assert mean([700.0]).low is None


@pytest.mark.promise("R-04", "R-20")
def test_the_self_audit_finds_what_breaks_an_invariant_and_closes_what_is_mended(world: worlds.World) -> None:
    score = scored(world, {1: True})
    for name in ("web", "sweeper"):
        beat(name)
    assert list(all_findings()) == []
    Score.objects.update(numerator=F("numerator") + 1)
    assert record_findings(all_findings()) >= 1
    assert AuditFinding.objects.filter(gone_at=None, subject=f"scoring.score:{score.pk}").exists()
    Score.objects.update(numerator=F("numerator") - 1)
    assert record_findings(all_findings()) == 0
    assert not AuditFinding.objects.filter(gone_at=None).exists()


@pytest.mark.parametrize("path", ["/", "/cohorts/", "/bank/items/"])
def test_home_leads_each_role_to_its_work(
    path: str, student: User, instructor: User, admin: User, signed_in: SignIn
) -> None:
    user = {"/": student, "/cohorts/": admin, "/bank/items/": instructor}[path]
    response = signed_in(user).get("/", follow=True)
    assert response.status_code == 200
    assert response.request["PATH_INFO"] == path
