"""Blind review, late answers and re-scoring: history is added to, never edited."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import database_now
from apps.delivery.clock import BLIND_LASTS
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import answer_receipt
from apps.delivery.services import Event, close_overdue, save_events, start_attempt, submit_attempt
from apps.scoring.models import Score
from apps.scoring.services import accept_late_and_rescore, rescore_attempt, score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]


def blind_answer(attempt: Attempt, position: int, n: int) -> str:
    """Answer right in blind review and return the disposition."""
    event = Event(n, 1000 + n, position, "answer", worlds.tokens(attempt, position), "blind")
    receipt = save_events(worlds.ticket(attempt), client="blind", events=[event])
    assert receipt is not None
    return receipt.verdicts[0].disposition


def test_blind_review_gives_a_second_score_and_keeps_the_first(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    Assignment.objects.update(blind_review=True)
    attempt = worlds.sitting(world, student)
    first, second = worlds.positions(world.form)[:2]
    worlds.answer(attempt, {first: True, second: False})
    assert blind_answer(attempt, second, 1) == "closed"  # not before the time is over
    client = signed_in(student)
    answer = client.post(f"/attempts/{attempt.uuid}/submit/", {"confirm": "yes", "clients": "{}"})
    assert answer["Location"] == f"/attempts/{attempt.uuid}/"
    page = client.get(f"/attempts/{attempt.uuid}/")
    assert 'data-phase="blind"' in page.content.decode()
    assert "secret" not in page.content.decode()
    assert not Score.objects.exists()
    assert score_attempts([attempt.pk]) == 0
    assert blind_answer(attempt, second, 2) == "accepted"
    client.post(f"/attempts/{attempt.uuid}/submit/", {"confirm": "yes", "clients": "{}"})
    score_attempts([attempt.pk])
    timed, blind = Score.objects.get(kind="timed"), Score.objects.get(kind="blind")
    assert timed.raw < blind.raw
    assert list(Score.objects.current()) == [timed]
    report = client.get(f"/attempts/{attempt.uuid}/report/").content.decode()
    assert "After blind review" in report


def test_an_abandoned_blind_review_ends_by_itself(world: worlds.World) -> None:
    Assignment.objects.update(blind_review=True)
    long_ago = database_now() - BLIND_LASTS - timedelta(hours=3)
    attempt = start_attempt(world.assignment, candidate=worlds.person(), now=long_ago)
    assert close_overdue() == 1  # the time
    attempt.refresh_from_db()
    assert attempt.is_in_blind_review
    assert close_overdue() == 1  # the review
    attempt.refresh_from_db()
    assert attempt.submitted_at is not None


def late_attempt(world: worlds.World) -> tuple[Attempt, int]:
    """Return a scored attempt with one right answer that came after its end, and the position of that answer."""
    attempt = worlds.sitting(world)
    first, second = worlds.positions(world.form)[:2]
    worlds.answer(attempt, {first: True})
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    event = Event(1, 99, second, "answer", worlds.tokens(attempt, second))
    receipt = save_events(worlds.ticket(attempt), client="late", events=[event])
    assert receipt is not None
    assert receipt.verdicts[0].disposition == "closed"
    return attempt, second


def test_r16_a_late_answer_counts_when_an_instructor_says_so(world: worlds.World, instructor: User) -> None:
    attempt, _ = late_attempt(world)
    before = answer_receipt(attempt)
    assert accept_late_and_rescore(attempt, events=[("late", 1)], by=instructor, reason="The network was down.")
    old, new = Score.objects.order_by("revision")
    assert (old.revision, new.revision) == (1, 2)
    assert old.superseded_at is not None
    assert new.raw > old.raw
    assert AuditEvent.objects.filter(verb="attempt.late-accepted").count() == 1
    # What was in hand at the end stays what it was.
    assert answer_receipt(attempt) == before
    assert not accept_late_and_rescore(attempt, events=[("late", 1)], by=instructor, reason="Again.")
    assert Score.objects.count() == 2


@pytest.mark.parametrize(
    ("events", "reason", "said"),
    [
        ([("late", 1)], "  ", "Say why"),
        ([("page", 1)], "Because", "did not come late"),
        ([], "Because", "at least one"),
    ],
)
def test_r16_bad_acceptances_write_nothing(
    world: worlds.World, instructor: User, events: list[tuple[str, int]], reason: str, said: str
) -> None:
    attempt, _ = late_attempt(world)
    with pytest.raises(ValidationError, match=said):
        accept_late_and_rescore(attempt, events=events, by=instructor, reason=reason)
    assert attempt.late_acceptances.count() == 0
    assert Score.objects.count() == 1


def test_r16_the_time_line_offers_it_to_instructors(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt, _ = late_attempt(world)
    client = signed_in(instructor)
    assert "Came too late" in client.get(f"/attempts/{attempt.uuid}/replay/").content.decode()
    client.post(f"/attempts/{attempt.uuid}/late/", {"event": ["late/1", "nonsense"], "reason": "Power cut"})
    assert Score.objects.current().get().revision == 2
    assert "let count by an instructor" in client.get(f"/attempts/{attempt.uuid}/replay/").content.decode()


def test_r04_scoring_again_without_a_change_writes_nothing(world: worlds.World) -> None:
    attempt = submit_attempt(worlds.sitting(world), clients={})
    score_attempts([attempt.pk])
    assert not rescore_attempt(attempt)
    assert Score.objects.get().superseded_at is None
