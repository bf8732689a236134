"""Strike-outs, highlights, notes, confidence: kept like answers, shown again, and part of the time line."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.delivery.access import issue_ticket
from apps.delivery.models import ResponseEvent
from apps.delivery.queries import folded_responses, replay
from apps.delivery.services import Event, save_events, submit_attempt
from tests import world as worlds

SignIn = Callable[[User], Client]


def test_marks_are_folded_and_shown_again(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    token = worlds.tokens(attempt, 1)[0]
    marks: list[tuple[str, Any]] = [
        ("strike", [token]), ("highlight", [[2, 9]]), ("note", "compare with c"), ("confidence", "unsure"),
        ("seen", "whole"),
    ]  # fmt: skip
    events = [Event(n, n, 1, kind, value) for n, (kind, value) in enumerate(marks, 1)]
    save_events(worlds.ticket(attempt), client="page", events=events)
    (held,) = folded_responses([attempt.pk])
    assert (held.struck, held.highlights, held.note, held.confidence, held.is_seen_whole) == (
        (token,), ((2, 9),), "compare with c", "unsure", True,
    )  # fmt: skip
    page = signed_in(student).get(f"/attempts/{attempt.uuid}/").content.decode()
    assert "compare with c" in page
    assert 'data-highlights="[[2,9]]"' in page
    assert f'data-strike="{token}" aria-pressed="true"' in page


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("strike", ["not-a-token"]),
        ("strike", "text"),
        ("highlight", [[5, 2]]),
        ("highlight", [[0, True]]),
        ("highlight", [[0, 5]] * 51),
        ("note", "x" * 2001),
        ("note", 5),
        ("confidence", "certain"),
        ("seen", True),
        ("mood", "good"),
    ],
)
def test_s09_impossible_marks_are_kept_and_do_not_count(world: worlds.World, kind: str, value: Any) -> None:
    attempt = worlds.sitting(world)
    receipt = save_events(worlds.ticket(attempt), client="page", events=[Event(1, 1, 1, kind, value)])
    assert receipt is not None
    assert receipt.verdicts[0].disposition == "invalid"
    assert ResponseEvent.objects.count() == 1
    assert folded_responses([attempt.pk]) == []


def test_w13_without_javascript_note_and_confidence_are_saved_too(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    sent = {"ticket": issue_ticket(attempt), "nonce": "a", "save": "1"}
    client.post(
        f"/attempts/{attempt.uuid}/",
        sent | {"note-2": "two\r\nlines", "confidence-2": "guess", "note-1": ""},
    )
    (held,) = folded_responses([attempt.pk])
    assert (held.position, held.note, held.confidence) == (2, "two\nlines", "guess")


def test_the_time_line_names_letters_as_shown_and_no_key(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, {1: True, 2: False})
    assert signed_in(student).get(f"/attempts/{attempt.uuid}/replay/").status_code == 404
    submit_attempt(attempt, clients={})
    page = signed_in(student).get(f"/attempts/{attempt.uuid}/replay/")
    assert page.status_code == 200
    assert [moment.words.startswith("answered ") for moment in replay(attempt)] == [True, True]
    assert "secret" not in page.content.decode()
    assert signed_in(instructor).get(f"/attempts/{attempt.uuid}/replay/").status_code == 200
