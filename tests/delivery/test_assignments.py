"""Setting up assignments, and what students read of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import AuditEvent, Cohort, User
from apps.accounts.services import database_now, enroll
from apps.delivery import queries
from apps.delivery.models import Assignment, Attempt, TimeGrant
from apps.delivery.services import (
    AssignmentContent,
    NotAllowed,
    change_assignment,
    close_assignment,
    create_assignment,
    delete_assignment,
    grant_time,
    pause_attempt,
    resume_attempt,
    start_attempt,
    submit_attempt,
)
from apps.exams.services import assemble_form
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)


def content(world: worlds.World, **other: Any) -> AssignmentContent:
    """Return what the world's own assignment is made of, some of it changed."""
    plain = AssignmentContent(
        title="Mock A", form=world.form, audience="everyone", cohorts=(), people=(), opens_at=None, closes_at=None,
        attempts_allowed=None, mode="exam", blind_review=False, pause_allowed=False, review_policy="submit",
    )  # fmt: skip
    return replace(plain, **other)


def sent(**other: str | list[str]) -> dict[str, str | list[str]]:
    """Return what a browser posts for a new assignment."""
    plain: dict[str, str | list[str]] = {
        "title": "Autumn mock", "audience": "everyone", "review_policy": "submit", "mode": "exam",
        "review_parts": ["correctness", "key"],
    }  # fmt: skip
    return {**plain, **other}


def starts(assignment: Assignment, candidate: User, *, now: datetime | None = None) -> Attempt:
    """Start as a page does: with an assignment that was read before."""
    return start_attempt(Assignment.objects.get(pk=assignment.pk), candidate=candidate, now=now)


# What is posted, and the words that the answer must carry; each names the field's trouble and the remedy.
REFUSED: list[tuple[dict[str, str | list[str]], str]] = [
    ({"title": ""}, "This field is required"),
    ({"form": "999999"}, "Select a valid choice"),
    ({"audience": "cohorts"}, "Choose at least one cohort"),
    ({"audience": "people"}, "Name at least one person"),
    ({"audience": "people", "people": "a@b.example\nstudent@example.com"}, "Nobody signs in as a@b.example."),
    ({"opens_at": "2031-01-02T10:00", "closes_at": "2031-01-02T09:00"}, "must close after it opens"),
    ({"closes_at": "2020-01-02T09:00"}, "This is over already"),
    ({"closes_at": "tomorrow"}, "Enter a valid date"),
    ({"attempts_allowed": "0"}, "greater than or equal to 1"),
    ({"review_policy": "always"}, "Select a valid choice"),
    ({"review_parts": ["key", "score"]}, "Select a valid choice"),
    ({"review_parts": []}, "A review that shows nothing cannot open"),
]


@pytest.mark.parametrize(("other", "words"), REFUSED)
def test_what_is_wrong_is_named_and_nothing_is_made(
    other: dict[str, str | list[str]], words: str, world: worlds.World, student: User, instructor: User,
    signed_in: SignIn,
) -> None:  # fmt: skip
    client = signed_in(instructor)
    body = sent(form=str(world.form.pk)) | other
    page = client.post(reverse("delivery:assignment-new"), body)
    fragment = client.post(reverse("delivery:assignment-new"), body, headers={"HX-Request": "true"})
    for answer in (page, fragment):
        assert answer.status_code == 422
        assert words in answer.text
        assert 'role="alert"' in answer.text
    assert "<html" in page.text
    assert "<html" not in fragment.text
    assert Assignment.objects.count() == 1


def test_an_instructor_sets_one_up_for_named_people(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    body = sent(
        form=str(world.form.pk), audience="people", people="Student@Example.com\n\n", attempts_allowed="2",
        closes_at="2031-01-02T09:00", review_policy="window", blind_review="on",
        # S-08: what is no field of the form changes nothing.
        uuid=str(world.assignment.uuid), created_at="2020-01-01", id=str(world.assignment.pk),
    )  # fmt: skip
    answer = signed_in(instructor).post(reverse("delivery:assignment-new"), body)
    assert (answer.status_code, answer["Location"]) == (303, reverse("delivery:assignments"))
    made = Assignment.objects.exclude(pk=world.assignment.pk).get()
    assert (made.title, made.attempts_allowed, made.review_policy) == ("Autumn mock", 2, "window")
    assert made.review_parts == ["correctness", "key"]
    assert (made.blind_review, made.pause_allowed, made.created_at.year > 2020) == (True, False, True)
    assert list(made.people.all()) == [student]
    assert AuditEvent.objects.get(verb="assignment.created").actor == instructor
    listed = Client()
    listed.force_login(student, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Autumn mock" in listed.get("/").text
    listed.force_login(worlds.person(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Autumn mock" not in listed.get("/").text
    assert listed.get(reverse("delivery:instructions", args=[made.uuid])).status_code == 404


def test_htmx_is_led_on_after_a_success(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    body = sent(form=str(world.form.pk))
    answer = client.post(reverse("delivery:assignment-new"), body, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("delivery:assignments"))


def test_drafts_are_not_offered(world: worlds.World, instructor: User) -> None:
    draft = assemble_form(world.blueprint, code="draft", title="B", seed=8)
    with pytest.raises(ValidationError, match="not published"):
        create_assignment(content(world, form=draft), by=instructor)
    with pytest.raises(ValidationError, match="not published"):
        change_assignment(world.assignment, content(world, form=draft), by=instructor)


def test_before_anybody_has_sat_everything_may_change(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    url = reverse("delivery:assignment-edit", args=[world.assignment.uuid])
    client = signed_in(instructor)
    body = sent(form=str(world.form.pk), mode="practice", pause_allowed="on", opens_at="2031-01-02T09:00")
    assert client.post(url, body).status_code == 303
    world.assignment.refresh_from_db()
    assert (world.assignment.mode, world.assignment.pause_allowed) == ("practice", True)
    changed = AuditEvent.objects.get(verb="assignment.changed").detail["changed"]
    assert changed["mode"] == ["exam", "practice"]
    assert set(changed) == {"title", "mode", "pause_allowed", "opens_at", "review_parts"}
    client.post(url, body)
    assert AuditEvent.objects.filter(verb="assignment.changed").count() == 1, "saving the same again is no act"


def test_once_somebody_has_sat_only_the_rest_may_change(
    world: worlds.World, instructor: User, signed_in: SignIn
) -> None:
    submit_attempt(worlds.sitting(world), clients={})
    for fixed in ({"mode": "practice"}, {"blind_review": True}, {"opens_at": database_now()}, {"pause_allowed": True}):
        with pytest.raises(ValidationError, match="Somebody has sat"):
            change_assignment(world.assignment, content(world, title="No", **fixed), by=instructor)
    body = sent(mode="practice", blind_review="on", attempts_allowed="3", review_policy="never")
    url = reverse("delivery:assignment-edit", args=[world.assignment.uuid])
    assert signed_in(instructor).post(url, body).status_code == 303
    world.assignment.refresh_from_db()
    assert (world.assignment.title, world.assignment.attempts_allowed) == ("Autumn mock", 3)
    assert world.assignment.review_policy == "never"
    assert (world.assignment.form, world.assignment.mode, world.assignment.blind_review) == (world.form, "exam", False)


def test_a_later_end_gives_back_what_the_window_took(world: worlds.World, instructor: User) -> None:
    now = database_now()
    ends = now + 40 * MINUTE
    change_assignment(world.assignment, content(world, closes_at=ends), by=instructor)
    cut = starts(world.assignment, worlds.person(), now=now)  # 60 minutes of its own, capped to 40
    granted = grant_time(starts(world.assignment, worlds.person(), now=now), extra=5 * MINUTE, by=instructor)
    whole = starts(world.assignment, worlds.person(), now=now - 20 * MINUTE)
    assert (cut.deadline_at, granted.deadline_at) == (ends, ends + 5 * MINUTE)

    def deadlines(closes_at: datetime | None, *, extended: int) -> list[timedelta]:
        assert change_assignment(world.assignment, content(world, closes_at=closes_at), by=instructor) == extended
        for attempt in (cut, granted, whole):
            attempt.refresh_from_db()
        return [attempt.deadline_at - now for attempt in (cut, granted, whole) if attempt.deadline_at]

    assert deadlines(now + 30 * MINUTE, extended=0) == [40 * MINUTE, 45 * MINUTE, 40 * MINUTE], "promised is promised"
    assert deadlines(now + 50 * MINUTE, extended=2) == [50 * MINUTE, 55 * MINUTE, 40 * MINUTE]
    assert deadlines(None, extended=2) == [60 * MINUTE, 65 * MINUTE, 40 * MINUTE], "their own time and no more"
    assert deadlines(now + 500 * MINUTE, extended=0) == [60 * MINUTE, 65 * MINUTE, 40 * MINUTE]
    assert [g.extra for g in cut.grants.all()] == [10 * MINUTE, 10 * MINUTE]
    queries.clock_board.cache_clear()
    news = queries.clock_news(cut.uuid)
    assert news is not None
    assert news.remaining is not None
    assert 58 * MINUTE < news.remaining <= 60 * MINUTE
    assert AuditEvent.objects.filter(verb="assignment.changed", detail__attempts_extended=2).count() == 2


def test_a_later_end_moves_untimed_attempts_and_reaches_paused_ones(world: worlds.World, instructor: User) -> None:
    now = database_now()
    terms = content(world, pause_allowed=True, closes_at=now + 40 * MINUTE)
    change_assignment(world.assignment, terms, by=instructor)
    untimed = starts(world.assignment, worlds.person(), now=now)
    Attempt.objects.filter(pk=untimed.pk).update(untimed=True, window_cut=timedelta(0))
    paused = pause_attempt(starts(world.assignment, worlds.person(), now=now), now=now + 10 * MINUTE)
    assert paused.paused_left == 30 * MINUTE
    change_assignment(world.assignment, replace(terms, closes_at=now + 90 * MINUTE), by=instructor)
    untimed.refresh_from_db()
    assert untimed.deadline_at == now + 90 * MINUTE
    assert resume_attempt(paused, now=now + 20 * MINUTE).deadline_at == now + 70 * MINUTE, "50 minutes of its own left"
    change_assignment(world.assignment, replace(terms, closes_at=None), by=instructor)
    untimed.refresh_from_db()
    assert untimed.deadline_at is None
    assert TimeGrant.objects.filter(attempt=untimed, kind="window").count() == 2


def test_closing_now_stops_starts_and_takes_no_time(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    running = worlds.sitting(world)
    before = running.deadline_at
    answer = signed_in(instructor).post(reverse("delivery:assignment-close", args=[world.assignment.uuid]))
    assert answer.status_code == 303
    with pytest.raises(NotAllowed, match="closed on"):
        starts(world.assignment, worlds.person())
    running.refresh_from_db()
    assert (running.deadline_at, running.submitted_at) == (before, None)
    assert AuditEvent.objects.filter(verb="assignment.closed", actor=instructor).count() == 1
    with pytest.raises(ValidationError, match="closed already"):
        close_assignment(world.assignment, by=instructor)


def test_keys_wait_for_those_who_still_sit_after_an_early_close(
    world: worlds.World, instructor: User, student: User, signed_in: SignIn
) -> None:
    change_assignment(world.assignment, content(world, review_policy="window"), by=instructor)
    ended = submit_attempt(worlds.sitting(world, student), clients={})
    running = worlds.sitting(world)
    Assignment.objects.update(closes_at=database_now() + 5 * MINUTE)
    close_assignment(world.assignment, by=instructor)
    score_attempts([ended.pk])
    client = signed_in(student)
    url = reverse("analytics:review", args=[ended.uuid])
    assert client.get(url).status_code == 404
    submit_attempt(running, clients={})
    assert client.get(url).status_code == 200


def test_only_what_nobody_has_sat_is_deleted(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    other = create_assignment(content(world, title="Unused"), by=instructor)
    assert client.post(reverse("delivery:assignment-delete", args=[other.uuid])).status_code == 303
    assert not Assignment.objects.filter(pk=other.pk).exists()
    assert AuditEvent.objects.get(verb="assignment.deleted").detail["title"] == "Unused"
    with pytest.raises(NotAllowed, match="no longer offered"):
        start_attempt(other, candidate=worlds.person())
    worlds.sitting(world)
    with pytest.raises(ValidationError, match="close it now"):
        delete_assignment(world.assignment, by=instructor)
    answer = client.post(reverse("delivery:assignment-delete", args=[world.assignment.uuid]), follow=True)
    assert "Somebody has sat this exam" in answer.text
    assert Assignment.objects.filter(pk=world.assignment.pk).exists()


def test_a_start_goes_by_what_stands_in_the_database(world: worlds.World, instructor: User) -> None:
    stale = Assignment.objects.select_related("form").get(pk=world.assignment.pk)
    change_assignment(world.assignment, content(world, opens_at=database_now() + MINUTE), by=instructor)
    with pytest.raises(NotAllowed, match="opens on"):
        start_attempt(stale, candidate=worlds.person())


# Opens and closes in minutes from now, attempts allowed, and what home and instructions say of it.
OFFERS: list[tuple[int | None, int | None, int | None, bool, str, bool]] = [
    (None, None, None, True, "7 questions, 60 minutes", True),
    (-5, 500, 3, True, "1 of 3 used", True),
    (5, 500, None, True, "This exam opens on", False),
    (-500, -5, None, False, "This exam closed on", False),
    (None, None, 1, False, "You have used the one attempt", False),
]


@pytest.mark.parametrize(("opens", "closes", "allowed", "is_offered", "words", "may_start"), OFFERS)
def test_students_read_when_and_how_often(
    opens: int | None, closes: int | None, allowed: int | None, is_offered: bool, words: str, may_start: bool,
    world: worlds.World, student: User, signed_in: SignIn,
) -> None:  # fmt: skip
    submit_attempt(worlds.sitting(world, student), clients={})
    now = database_now()
    Assignment.objects.update(
        title="The other mock",
        opens_at=None if opens is None else now + opens * MINUTE,
        closes_at=None if closes is None else now + closes * MINUTE,
        attempts_allowed=allowed,
    )
    client = signed_in(student)
    assert ("The other mock" in client.get("/").text) is is_offered
    page = client.get(reverse("delivery:instructions", args=[world.assignment.uuid])).text
    assert words in page
    assert ("Start the exam" in page) is may_start


def test_students_read_what_comes_after(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    url = reverse("delivery:instructions", args=[world.assignment.uuid])
    assert "blind review" not in client.get(url).text
    Assignment.objects.update(blind_review=True, pause_allowed=True, review_policy="never", mode="practice")
    page = client.get(url).text
    for words in ("blind review", "unless you pause it", "keys are not shown afterwards", "This is practice"):
        assert words in page


def test_the_list_says_who_sits_and_its_cost_does_not_grow(
    world: worlds.World, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    again = worlds.person()
    submit_attempt(worlds.sitting(world, again), clients={})
    submit_attempt(worlds.sitting(world, again), clients={})
    worlds.sitting(world, again)
    cohort = Cohort.objects.create(code="team", name="The team")
    enroll(cohort, users=[again])

    def read() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("delivery:assignments"))
        return page.text, len(asked)

    create_assignment(content(world, title="First", audience="cohorts", cohorts=(cohort,)), by=instructor)
    page, few = read()
    (row,) = [row for row in queries.assignment_list() if row.pk == world.assignment.pk]
    assert (row.sitting, row.have_sat) == (1, 1)
    assert "The team" in page
    for number in range(4):
        create_assignment(
            content(world, title=f"More {number}", audience="people", people=(again, instructor)), by=instructor
        )
    page, many = read()
    assert "2 named people" in page
    assert few == many
    assert client.get(reverse("delivery:assignments"), {"search": "More 2"}).text.count("named people") == 1


def test_the_api_says_how_often_one_has_sat(world: worlds.World, student: User, signed_in: SignIn) -> None:
    worlds.sitting(world, student)
    worlds.sitting(world)
    (offer,) = signed_in(student).get("/api/v1/assignments/").json()["results"]
    assert (offer["attempts_used"], offer["attempts_allowed"]) == (1, None)
    assert {"opens_at", "closes_at", "blind_review", "pause_allowed", "review_policy", "review_parts"} <= set(offer)
