"""Problems that students report from their review, the instructors' inbox, and the way back of the reply."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.analytics.queries.problems import unseen_replies
from apps.bank.models import ItemReport
from apps.bank.services import reply_to_problem, report_problem
from apps.bank.services.problems import MOST_A_DAY
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import submit_attempt
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
_DAY = timedelta(days=1)
TEXT = "Option B works as well <b>since</b> May.\nSee the release notes."


@pytest.fixture
def attempt(world: worlds.World, student: User) -> Attempt:
    """Return a scored attempt of the student."""
    ended = submit_attempt(worlds.sitting(world, student), clients={})
    score_attempts([ended.pk])
    return ended


def address(attempt: Attempt, position: int = 3) -> str:
    """Return where a problem with an item is reported."""
    return reverse("analytics:problem", args=[attempt.uuid, position])


def test_a_problem_goes_to_the_inbox_and_its_reply_comes_back(
    attempt: Attempt, student: User, instructor: User, signed_in: SignIn
) -> None:
    version = attempt.form.items.get(position=3).version
    client = signed_in(student)
    assert "Report a problem with question 3" in client.get(address(attempt)).text
    sent = client.post(address(attempt), {"text": TEXT.replace("\n", "\r\n"), "reply": "mine", "version": "1"})
    review = reverse("analytics:review", args=[attempt.uuid])
    assert (sent.status_code, sent["Location"]) == (303, f"{review}#item-3")
    report = ItemReport.objects.get()
    assert (report.version, report.reporter, report.text, report.reply) == (version, student, TEXT, "")
    shown = client.get(review).text
    assert "You reported a problem." in shown
    assert "&lt;b&gt;since&lt;/b&gt;" in shown

    inbox = reverse("bank:problem-list")
    one = reverse("bank:problem-reply", args=[report.uuid])
    teacher = signed_in(instructor)
    listed = teacher.get(inbox).text
    assert "1 reported problem waits for a reply" in listed
    assert version.item.code in listed
    assert one in listed
    opened = teacher.get(one).text
    assert "&lt;b&gt;since&lt;/b&gt;" in opened
    assert reverse("bank:item-edit", args=[version.item.code]) in opened
    assert teacher.post(one, {"text": " "}).status_code == 422
    assert teacher.post(one, {"text": "You are right, thank you."}).status_code == 303
    assert "Every reported problem has its reply" in teacher.get(inbox).text
    assert version.item.code in teacher.get(inbox, {"show": "answered"}).text
    assert "meanwhile" in teacher.post(one, {"text": "No."}).text

    client = signed_in(student)
    assert "You are right, thank you." in client.get(review).text
    home = client.get("/").text
    assert "You are right, thank you." in home
    assert f"{review}#item-3" in home
    assert client.post(reverse("bank:problem-seen", args=[report.uuid])).status_code == 303
    assert "You are right, thank you." not in client.get("/").text
    assert "You are right, thank you." in client.get(review).text
    verbs = list(
        AuditEvent.objects.filter(verb__startswith="problem.").order_by("pk").values_list("verb", "actor", "subject")
    )
    subject = f"bank.item:{version.item.code}"
    assert verbs == [("problem.reported", student.pk, subject), ("problem.answered", instructor.pk, subject)]


def test_htmx_reports_in_place(attempt: Attempt, student: User, signed_in: SignIn) -> None:
    client, how = signed_in(student), {"HX-Request": "true"}
    form = client.get(address(attempt), headers=how).text
    assert form.lstrip().startswith("<form")
    refused = client.post(address(attempt), {"text": ""}, headers=how)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith("<form")
    done = client.post(address(attempt), {"text": TEXT}, headers=how)
    assert done.text.lstrip().startswith("<div")
    assert "You reported a problem." in done.text


def test_one_waits_at_a_time_and_twenty_a_day(world: worlds.World, student: User, instructor: User) -> None:
    version, other = (world.form.items.get(position=position).version for position in (1, 2))
    first = report_problem(version, by=student, text="It is wrong.")
    with pytest.raises(ValidationError, match="on its way"):
        report_problem(version, by=student, text="It is still wrong.")
    report_problem(version, by=worlds.person(), text="I think so too.")
    reply_to_problem(first, by=instructor, text="No.")
    report_problem(version, by=student, text="Yes it is.")
    for _ in range(MOST_A_DAY - 2):
        reply_to_problem(report_problem(other, by=student, text="And this."), by=instructor, text="No.")
    with pytest.raises(ValidationError, match="limit"):
        report_problem(other, by=student, text="And again.")
    ItemReport.objects.filter(pk=first.pk).update(reported_at=F("reported_at") - _DAY)
    report_problem(other, by=student, text="And again.")


def test_texts_have_bounds(world: worlds.World, student: User) -> None:
    version = world.form.items.get(position=1).version
    for text, words in ((" \n", "Write"), ("x" * 2001, "2001 characters"), ("\0", "Write")):
        with pytest.raises(ValidationError, match=words):
            report_problem(version, by=student, text=text)
    long = "x\r\n" * 999
    assert report_problem(version, by=student, text=f"a\0{long}").text == "a" + "\n".join(["x"] * 999)


def test_only_what_may_be_reviewed_can_be_reported(
    world: worlds.World, attempt: Attempt, student: User, signed_in: SignIn
) -> None:
    client = signed_in(student)
    assert client.post(address(attempt, 99), {"text": TEXT}).status_code == 404
    assert signed_in(worlds.person()).post(address(attempt), {"text": TEXT}).status_code == 404
    running = worlds.sitting(world, student)
    client = signed_in(student)
    for one in (attempt, running):
        assert client.post(address(one), {"text": TEXT}).status_code == 404
    assert not ItemReport.objects.exists()


def test_a_reply_waits_while_its_item_is_asked_or_held_back(
    world: worlds.World, attempt: Attempt, student: User, instructor: User, signed_in: SignIn
) -> None:
    version = attempt.form.items.get(position=3).version
    reply_to_problem(report_problem(version, by=student, text=TEXT), by=instructor, text="Option B is keyed.")
    assert [reply.position for reply in unseen_replies(student)] == [3]
    running = worlds.sitting(world, student)
    assert unseen_replies(student) == []
    assert "Option B is keyed." not in signed_in(student).get("/").text
    submit_attempt(running, clients={})
    Assignment.objects.update(review_policy="never")
    assert unseen_replies(student) == []
    Assignment.objects.update(review_policy="submit", review_parts=[])
    assert [(reply.attempt, reply.position) for reply in unseen_replies(student)] == [(None, None)]


def test_nobody_else_ticks_a_reply_off(attempt: Attempt, student: User, instructor: User, signed_in: SignIn) -> None:
    version = attempt.form.items.get(position=3).version
    report = reply_to_problem(report_problem(version, by=student, text=TEXT), by=instructor, text="No.")
    seen = reverse("bank:problem-seen", args=[report.uuid])
    assert signed_in(worlds.person()).post(seen).status_code == 404
    assert signed_in(instructor).post(seen).status_code == 404
    assert len(unseen_replies(student)) == 1
    assert signed_in(student).post(reverse("bank:problem-reply", args=[report.uuid]), {"text": "x"}).status_code == 404
