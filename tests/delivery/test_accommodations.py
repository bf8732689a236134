"""More time for one person: set, changed, removed, applied, kept and shown (W-01)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import database_now
from apps.delivery.models import Accommodation, Assignment, Attempt
from apps.delivery.services import (
    grant_time,
    remove_accommodation,
    set_accommodation,
    start_attempt,
    submit_attempt,
)
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)
PLAIN = {"assignment": "", "time": "150", "percent": "", "extra": "0", "minutes": "", "reason": ""}


def url_of(person: User, act: str = "edit") -> str:
    """Return the address of a person's accommodations."""
    return reverse(f"delivery:accommodation-{act}", args=[person.uuid])


# What is posted, the minutes that a form of 60 then has (None untimed), and how the result reckons.
SET: list[tuple[dict[str, str], int | None, str]] = [
    ({"time": "125"}, 75, "60 min × 1.25 = 1 h 15 min"),
    ({"time": "150"}, 90, "60 min × 1.5 = 1 h 30 min"),
    ({"time": "200"}, 120, "60 min × 2 = 2 h 0 min"),
    ({"time": "300"}, 180, "60 min × 3 = 3 h 0 min"),
    ({"time": "100", "extra": "30"}, 90, "60 min + 30 min = 1 h 30 min"),
    ({"time": "other", "percent": "110", "extra": "other", "minutes": "7"}, 73, "60 min × 1.1 + 7 min = 1 h 13 min"),
    ({"time": "untimed"}, None, "Untimed"),
]


@pytest.mark.parametrize(("other", "minutes", "reckoning"), SET)
def test_w01_what_is_set_applies_is_kept_and_stands_on_the_result(
    other: dict[str, str], minutes: int | None, reckoning: str, world: worlds.World, student: User,
    instructor: User, signed_in: SignIn,
) -> None:  # fmt: skip
    assert signed_in(instructor).post(url_of(student), PLAIN | other).status_code == 303
    client = signed_in(student)
    before = client.get(reverse("delivery:instructions", args=[world.assignment.uuid])).text
    assert ("untimed, as was arranged for you" if minutes is None else f"{minutes} minutes, with your extra") in before
    attempt = worlds.sitting(world, student)
    wanted = None if minutes is None else attempt.started_at + minutes * MINUTE
    assert attempt.deadline_at == wanted
    if minutes is not None:
        grant_time(attempt, extra=5 * MINUTE, by=instructor)
    remove_accommodation(student, assignment=None, by=instructor)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    report = client.get(reverse("analytics:report", args=[attempt.uuid])).text
    assert reckoning in report
    assert ("5 min more: given by an instructor" in report) is (minutes is not None)


# What is posted, and the words of the refusal.
REFUSED: list[tuple[dict[str, str], str]] = [
    ({"time": "other"}, "Give the percentage"),
    ({"time": "other", "percent": "99"}, "greater than or equal to 100"),
    ({"time": "other", "percent": "401"}, "less than or equal to 400"),
    ({"time": "150", "percent": "175"}, "A preset is chosen above"),
    ({"extra": "other"}, "Give the number of minutes"),
    ({"extra": "other", "minutes": "241"}, "less than or equal to 240"),
    ({"time": "untimed", "extra": "30"}, "Untimed needs no minutes"),
    ({"time": "100"}, "nothing would change"),
    ({"assignment": "00000000-0000-0000-0000-000000000000"}, "Select a valid choice"),
]


@pytest.mark.parametrize(("other", "words"), REFUSED)
def test_what_is_wrong_is_named_and_nothing_is_set(
    other: dict[str, str], words: str, world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    fragment = client.post(url_of(student), PLAIN | other, headers={"HX-Request": "true"})
    assert fragment.status_code == 422
    assert words in fragment.text
    assert "<html" not in fragment.text
    assert not Accommodation.objects.exists()


def test_the_one_for_an_exam_replaces_the_general_one(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    client = signed_in(instructor)
    client.post(url_of(student), PLAIN | {"time": "200", "reason": "As agreed"})
    client.post(url_of(student), PLAIN | {"assignment": str(world.assignment.uuid), "time": "100"})
    page = client.get(url_of(student)).text
    assert "Every exam" in page
    assert "As agreed" in page
    assert "the form&#x27;s own time, 1 h 0 min" in page
    assert 'value="200" id="id_time_3" checked' in client.get(url_of(student), {"change": "every"}).text.replace(
        " required", ""
    )
    attempt = worlds.sitting(world, student)
    assert attempt.deadline_at == attempt.started_at + 60 * MINUTE
    submit_attempt(attempt, clients={})
    client.post(url_of(student, "remove"), {"assignment": str(world.assignment.uuid)})
    assert [found.assignment for found in Accommodation.objects.all()] == [None]
    again = worlds.sitting(world, student)
    assert again.deadline_at == again.started_at + 120 * MINUTE
    client.post(url_of(student, "remove"), {"assignment": ""})
    assert not Accommodation.objects.exists()
    assert "no such accommodation" in client.post(url_of(student, "remove"), {"assignment": ""}, follow=True).text


def test_every_act_is_audited_and_the_reason_stays_out_of_the_trail(student: User, instructor: User) -> None:
    given = {"percent": 150, "extra": 30 * MINUTE, "untimed": False, "reason": "Private matter"}
    set_accommodation(student, assignment=None, **given, by=instructor)  # type: ignore[arg-type] # mixed values
    set_accommodation(student, assignment=None, **{**given, "percent": 200}, by=instructor)  # type: ignore[arg-type]
    remove_accommodation(student, assignment=None, by=instructor)
    assert not remove_accommodation(student, assignment=None, by=instructor)
    events = list(AuditEvent.objects.all())
    assert [event.verb for event in events] == ["accommodation.set", "accommodation.set", "accommodation.removed"]
    assert {event.subject for event in events} == {f"accounts.user:{student.uuid}"}
    assert events[1].detail["before"]["percent"] == 150
    assert events[1].detail["after"] == {"percent": 200, "extra_seconds": 1800, "untimed": False}
    assert "Private" not in str([event.detail for event in events])


def test_an_attempt_that_runs_keeps_its_time_and_the_page_says_so(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(instructor)
    client.post(url_of(student), PLAIN)
    page = client.get(url_of(student)).text
    assert "That attempt keeps its time" in page
    assert f"{reverse('delivery:live', args=[world.assignment.uuid])}?search=student%40example.com" in page
    before = attempt.deadline_at
    attempt.refresh_from_db()
    assert (attempt.deadline_at, attempt.time_percent) == (before, 100)


def test_untimed_ends_with_the_window_and_the_page_says_so(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    closes = database_now() + 300 * MINUTE
    Assignment.objects.update(closes_at=closes)
    client = signed_in(instructor)
    client.post(url_of(student), PLAIN | {"assignment": str(world.assignment.uuid), "time": "untimed"})
    assert "until the exam closes" in client.get(url_of(student)).text
    attempt = start_attempt(Assignment.objects.get(), candidate=student)
    assert (attempt.deadline_at, attempt.untimed, attempt.window_cut) == (closes, True, timedelta(0))
    page = signed_in(student).get(reverse("delivery:instructions", args=[world.assignment.uuid])).text
    assert "when the exam closes" in page


def test_what_the_window_took_stands_on_the_result(world: worlds.World, student: User, signed_in: SignIn) -> None:
    now = database_now()
    Assignment.objects.update(closes_at=now + 45 * MINUTE)
    attempt = submit_attempt(start_attempt(Assignment.objects.get(), candidate=student, now=now), clients={})
    assert attempt.window_cut == 15 * MINUTE
    score_attempts([attempt.pk])
    report = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "closing took 15 min of it" in report


def test_people_are_found_by_name_and_address(student: User, instructor: User, signed_in: SignIn) -> None:
    client = signed_in(instructor)
    url = reverse("delivery:accommodations")
    assert "Nobody has an accommodation yet" in client.get(url).text
    assert "student@example.com" in client.get(url, {"search": "some STUDENT"}).text
    assert "Nobody matches" in client.get(url, {"search": "nowhere"}).text
    set_accommodation(student, assignment=None, percent=150, extra=30 * MINUTE, untimed=False, reason="", by=instructor)
    page = client.get(url).text
    assert "× 1.5 + 30 min" in page
    assert "1 with an accommodation" in page


def test_the_api_tells_which_time_applied(world: worlds.World, student: User, signed_in: SignIn) -> None:
    Accommodation.objects.create(user=student, percent=150, extra=30 * MINUTE)
    worlds.sitting(world, student)
    (attempt,) = signed_in(student).get("/api/v1/attempts/").json()["results"]
    assert (attempt["time_percent"], attempt["time_extra"], attempt["untimed"]) == (150, "00:30:00", False)
    assert Attempt.objects.get().own_time.minutes == 120
