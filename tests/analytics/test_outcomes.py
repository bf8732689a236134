"""What a learner tells of the real exam: told, mended, deleted, and what instructors see of it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from apps.accounts.models import AuditEvent, User
from apps.analytics.models import Outcome
from apps.analytics.services import tell_outcome
from apps.bank.models import Certification
from apps.delivery.services import submit_attempt
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
URL = "/outcomes/demo-c01/"
TODAY = date.today()
DAY = TODAY - timedelta(days=30)
PLAIN = {"sat_on": str(DAY), "result": "passed", "scaled": "801", "domain_1": "met", "domain_2": "not-met"}


def test_an_outcome_is_told_mended_and_deleted(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    assert client.post(URL, PLAIN).status_code == 303
    entry = Outcome.objects.get()
    assert (entry.learner, entry.certification, entry.passed, entry.scaled) == (student, world.certification, True, 801)
    assert entry.domains == {"1": True, "2": False}
    change = client.get(URL, {"change": str(DAY)}).text
    assert f'name="was" value="{DAY}"' in change
    assert 'value="801"' in change
    earlier = str(DAY - timedelta(days=1))
    sent = {"was": str(DAY), "sat_on": earlier, "result": "failed", "scaled": "", "domain_1": ""}
    assert client.post(URL, sent).status_code == 303
    entry = Outcome.objects.get()
    assert (str(entry.sat_on), entry.passed, entry.scaled, entry.domains) == (earlier, False, None, {})
    assert "Not passed" in client.get(URL).text
    removed = client.post(f"{URL}remove/", {"sat_on": earlier}, follow=True)
    assert "It is no longer used anywhere" in removed.text
    assert not Outcome.objects.exists()
    for day in (earlier, "yesterday"):
        assert "no such entry" in client.post(f"{URL}remove/", {"sat_on": day}, follow=True).text


# What is posted, and the words of the refusal.
REFUSED: list[tuple[dict[str, str], str]] = [
    ({"sat_on": ""}, "This field is required"),
    ({"sat_on": "soon"}, "Enter a valid date"),
    ({"sat_on": str(TODAY + timedelta(days=2))}, "still to come"),
    ({"sat_on": "0202-01-20"}, "Check the year"),
    ({"result": ""}, "This field is required"),
    ({"result": "maybe"}, "Select a valid choice"),
    ({"scaled": "99"}, "from 100 to 1000"),
    ({"scaled": "1001"}, "from 100 to 1000"),
    ({"scaled": "99999999999"}, "from 100 to 1000"),
    ({"scaled": "749"}, "749 is on the other side of 750"),
    ({"result": "failed", "scaled": "750"}, "750 is on the other side of 750"),
    ({"domain_1": "perhaps"}, "Select a valid choice"),
    ({"was": str(DAY - timedelta(days=5))}, "wanted to change is gone"),
    ({"sat_on": str(DAY - timedelta(days=9))}, "You have told the outcome of that day"),
    ({"was": str(DAY - timedelta(days=8)), "sat_on": str(DAY - timedelta(days=9))}, "the outcome of that day"),
]


@pytest.mark.parametrize(("other", "refusal"), REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    other: dict[str, str], refusal: str, world: worlds.World, student: User, signed_in: SignIn
) -> None:
    for days in (8, 9):
        tell_outcome(
            student, certification=world.certification, sat_on=DAY - timedelta(days=days), passed=True, scaled=None
        )
    before = list(Outcome.objects.order_by("pk").values())
    said = signed_in(student).post(URL, PLAIN | other)
    assert said.status_code == 422
    assert refusal in said.text
    assert 'role="alert"' in said.text
    assert list(Outcome.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("passed", "scaled"), [(True, 750), (True, 1000), (False, 749), (False, 100)])
def test_the_ends_of_the_scale_and_of_the_mark_are_taken(passed: bool, scaled: int, world: worlds.World) -> None:
    told = tell_outcome(worlds.person(), certification=world.certification, sat_on=TODAY, passed=passed, scaled=scaled)
    assert (told.passed, told.scaled) == (passed, scaled)


def test_people_reach_their_own_entries_alone(world: worlds.World, student: User, signed_in: SignIn) -> None:
    other = worlds.person()
    tell_outcome(other, certification=world.certification, sat_on=DAY, passed=False, scaled=412)
    client = signed_in(student)
    assert "412" not in client.get(URL, {"change": str(DAY)}).text
    client.post(f"{URL}remove/", {"sat_on": str(DAY)})
    assert client.post(URL, PLAIN | {"was": str(DAY)}).status_code == 422
    assert client.post(URL, PLAIN).status_code == 303, "the same day of somebody else is no obstacle"
    assert sorted(Outcome.objects.values_list("learner", "scaled")) == sorted([(other.pk, 412), (student.pk, 801)])
    assert client.post("/outcomes/no-such-exam/", PLAIN).status_code == 404


def test_the_trail_knows_that_it_was_told_but_not_what(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    client.post(URL, PLAIN)
    client.post(URL, PLAIN | {"was": str(DAY), "scaled": "802"})
    client.post(f"{URL}remove/", {"sat_on": str(DAY)})
    events = AuditEvent.objects.filter(verb__startswith="outcome.").order_by("pk")
    assert [event.verb for event in events] == ["outcome.told", "outcome.changed", "outcome.deleted"]
    assert {(event.actor_id, event.subject) for event in events} == {(student.pk, "bank.certification:demo-c01")}
    assert [event.detail for event in events] == [{}, {}, {}]


def told_by(count: int, exam: Certification, *, passes: int) -> None:
    """Let so many people tell."""
    for number in range(count):
        tell_outcome(worlds.person(), certification=exam, sat_on=DAY, passed=number < passes)


def test_instructors_see_a_share_with_its_interval_from_ten_people_on(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    told_by(9, world.certification, passes=6)
    first = Outcome.objects.order_by("pk")[0]
    tell_outcome(first.learner, certification=world.certification, sat_on=TODAY, passed=True)
    client = signed_in(instructor)
    few = client.get("/outcomes/").text
    assert "fewer than 10 people have told" in few
    assert "%</strong>" not in few
    told_by(1, world.certification, passes=1)
    enough = client.get("/outcomes/").text
    assert "73 %" in enough
    assert "n = 11" in enough
    assert student.email not in enough


def test_home_leads_there_once_something_was_sat(world: worlds.World, student: User, signed_in: SignIn) -> None:

    client = signed_in(student)
    assert URL not in client.get("/").text
    score_attempts([submit_attempt(worlds.sitting(world, student), clients={}).pk])
    assert "I sat the real exam" in client.get("/").text
    tell_outcome(student, certification=world.certification, sat_on=DAY, passed=True, scaled=811)
    assert "with 811" in client.get("/").text
