"""The review page: what it may show and what it says; under every policy nothing else leaves the server."""

import itertools
import json
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.analytics.services import fold_statistics, owe_missing_reports, owe_missing_statistics, settle_owed_reports
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.access import may_review, review_parts, withheld_items
from apps.scoring.models import ItemScore, Score
from apps.scoring.services import accept_late_and_rescore, score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
PARTS = tuple(Assignment.ReviewPart.values)
SETS = [frozenset(chosen) for n in range(5) for chosen in itertools.combinations(PARTS, n)]


def sat(world: worlds.World, candidate: User, right: dict[int, bool], *more: Event) -> Attempt:
    """Sit, submit and score, with some marks besides the answers."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, right)
    if more:
        save_events(worlds.ticket(attempt), client="marks", events=list(more))
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return attempt


def with_peers(world: worlds.World, count: int) -> None:
    """Let so many people answer everything, half of them right, and fold their scores."""
    for n in range(count):
        sat(world, worlds.person(), dict.fromkeys(range(1, 8), n % 2 == 0))
    owe_missing_statistics()
    fold_statistics()


def page(client: Client, attempt: Attempt, **query: str) -> str:
    """Return the review page."""
    answer = client.get(reverse("analytics:review", args=[attempt.uuid]), query)
    assert answer.status_code == 200
    return answer.text


def item(text: str, position: int) -> str:
    """Return one item of the page."""
    return text.partition(f'id="item-{position}"')[2].partition("</article>")[0]


@pytest.mark.promise("S-01")
@pytest.mark.parametrize("parts", SETS, ids=lambda parts: "+".join(sorted(parts)) or "nothing")
def test_s01_the_review_shows_the_parts_that_are_ticked_and_nothing_else(
    parts: frozenset[str], world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, {1: False, 2: True})
    with_peers(world, 10)
    owe_missing_reports()
    settle_owed_reports()
    Assignment.objects.update(review_parts=sorted(parts))
    client = signed_in(student)
    html = client.get(reverse("analytics:review", args=[attempt.uuid]))
    data = client.get(reverse("api:attempt-review", args=[attempt.uuid]))
    if not parts:
        assert (html.status_code, data.status_code) == (404, 404)
        return
    both = f"{html.headers}{html.text}{data.headers}{data.text}"
    has_reasons, has_key, has_peers = "rationale" in parts, "key" in parts, "peers" in parts
    for words in ("secret reason", "secret takeaway", "secret-page-of", "secret mistake", "secret requirement"):
        assert (words in both) == has_reasons, words
    assert ("reviewed__option--keyed" in html.text) == ("Keyed</span>" in html.text) == has_key
    assert ("Missed</span>" in html.text) == ("show=wrong" in html.text) == bool(parts & {"correctness", "key"})
    assert ("chose this" in html.text) == has_peers
    assert ("had it right" in html.text) == (has_peers and has_key)
    for told in data.json()["items"]:
        assert (told["is_right"] is not None) == bool(parts & {"correctness", "key"})
        assert (told["takeaway"] is not None) == has_reasons
        assert bool(told["references"]) == has_reasons
        assert (told["peers"] is not None) == has_peers
        for option in told["options"]:
            assert (option["is_keyed"] is not None) == has_key
            assert (option["rationale"] is not None) == has_reasons
            assert has_reasons or not (option["mistake"] or option["violated"])
    for name in ("analytics:report", "analytics:weak-areas"):
        assert ("secret" in client.get(reverse(name, args=[attempt.uuid])).text) == has_reasons, name


def test_the_parts_say_nothing_while_the_policy_is_closed(world: worlds.World, student: User) -> None:
    attempt = sat(world, student, {1: True})
    assert review_parts(attempt) == set(PARTS)
    worlds.sitting(world, student)
    assert (review_parts(attempt), may_review(attempt)) == (frozenset(), False)
    submit_attempt(Attempt.objects.open().get(), clients={})
    Assignment.objects.update(review_policy="never")
    assert review_parts(attempt) == frozenset()


def test_what_one_review_leaves_out_no_other_page_says(world: worlds.World, student: User) -> None:
    sat(world, student, {1: True})
    assert withheld_items(student) == frozenset()
    Assignment.objects.update(review_parts=["correctness", "key"])
    assert len(withheld_items(student)) == 7
    assert withheld_items(student, part="key") == withheld_items(student, part=None) == frozenset()


def test_an_item_tells_how_it_was_answered(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    position = next(p for p in worlds.positions(world.form) if len(worlds.tokens(attempt, p)) == 1)
    wrong, right = worlds.tokens(attempt, position, right=False), worlds.tokens(attempt, position)
    values = [("answer", wrong), ("answer", right), ("answer", right), ("answer", wrong), ("confidence", "sure")]
    events = [Event(n, n, position, kind, value) for n, (kind, value) in enumerate([*values, ("flag", True)], 1)]
    save_events(worlds.ticket(attempt), client="page", events=events)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    ItemScore.objects.filter(form_item__position=position).update(seconds=125, sight=2)
    told = item(page(signed_in(student), attempt), position)
    for words in ("2 min 5 s on it", "marked as sure", "flagged", "seen for the second time"):
        assert words in told
    path = re.search(r"changed twice: ([A-E]) → ([A-E]) → ([A-E])<", told)
    assert path
    assert path[1] == path[3] != path[2]
    chosen = re.search(r'--chosen">\s*<p><span class="option__letter">([A-E])', told)
    assert chosen
    assert chosen[1] == path[3], "the letters are those of the page"
    other = next(p for p in range(1, 8) if p != position)
    assert "time not known" in item(page(signed_in(student), attempt), other)


def test_lists_pick_what_they_say(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    events = [
        Event(1, 1, 1, "answer", worlds.tokens(attempt, 1, right=False)), Event(2, 2, 1, "confidence", "sure"),
        Event(3, 3, 2, "answer", worlds.tokens(attempt, 2)), Event(4, 4, 2, "confidence", "guess"),
        Event(5, 5, 3, "flag", True),
        Event(6, 6, 4, "answer", worlds.tokens(attempt, 4, right=False)),
        Event(7, 7, 4, "answer", worlds.tokens(attempt, 4)),
    ]  # fmt: skip
    save_events(worlds.ticket(attempt), client="page", events=events)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    client = signed_in(student)

    def listed(show: str) -> list[int]:
        return [
            int(n) for n in re.findall(r'<article class="reviewed" id="item-(\d+)"', page(client, attempt, show=show))
        ]

    wanted = {
        "all": [*range(1, 8)], "wrong": [1, 3, 5, 6, 7], "right": [2, 4], "sure-wrong": [1], "flagged": [3],
        "unsure": [2], "changed": [4], "unscored": worlds.positions(world.form, scored=False),
        "nonsense": [*range(1, 8)],
    }  # fmt: skip
    assert {show: listed(show) for show in wanted} == wanted
    text = page(client, attempt, show="right")
    assert 'href="#item-4">Next: 4' in item(text, 2)
    assert 'href="#item-2">Previous: 2' in item(text, 4)
    for show, found in wanted.items():
        if show != "nonsense":
            assert re.search(rf'show={show}"[^>]*>[^<]*\({len(found)}\)', text)
    Assignment.objects.update(review_parts=["rationale"])
    assert listed("wrong") == [*range(1, 8)], "a list would tell what was right"


def test_s05_peers_are_shown_from_ten_on_with_n_and_interval(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, dict.fromkeys(range(1, 8), False))
    with_peers(world, 8)
    client = signed_in(student)
    few = page(client, attempt)
    assert few.count("Not enough answers yet") == 7
    assert "chose this" not in few
    assert all(told["peers"] is None for told in client.get(f"/api/v1/attempts/{attempt.uuid}/items/").json()["items"])
    with_peers(world, 1)
    told = page(client, attempt)
    assert "Not enough answers yet" not in told
    shares = re.findall(r"(\d+) of (\d+) chose this, 90 % interval (\d+) to (\d+) %", told)
    assert {n for _, n, _, _ in shares} == {"10"}
    assert all(int(low) <= 10 * int(k) <= int(high) for k, _, low, high in shares)
    assert "About half of the people had it right: about 50 %, 90 % interval 27 to 73 %." in told
    bare = re.findall(r"\d+ %(?! interval)", re.sub(r"90 % interval \d+ to \d+ %", "", told))
    assert len(bare) == told.count("had it right: about"), "no percentage stands without its interval"
    worlds.sitting(world, student)
    assert client.get(reverse("analytics:review", args=[attempt.uuid])).status_code == 404


def test_a_late_answer_that_counts_is_the_own_choice(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, {1: False})
    late = [Event(1, 99, 1, "answer", worlds.tokens(attempt, 1))]
    save_events(worlds.ticket(attempt), client="late", events=late)
    accept_late_and_rescore(attempt, events=[("late", 1)], by=instructor, reason="The network was down.")
    told = item(page(signed_in(student), attempt), 1)
    assert "Right</span>" in told
    assert told.count("reviewed__option--keyed reviewed__option--chosen") == len(worlds.tokens(attempt, 1))
    assert "changed once" in told


def test_the_page_costs_eleven_statements(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = sat(world, student, dict.fromkeys(range(1, 8), True))
    with_peers(world, 10)
    client = signed_in(student)
    page(client, attempt)
    with CaptureQueriesContext(connection) as asked:
        page(client, attempt)
    # Session, person, attempt, what may be seen, score, item scores, answers in order, what counts, corrections,
    # peers, reports.
    assert len(asked) == 11, [query["sql"][:90] for query in asked]


def test_policies_keep_pieces_of_their_own(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = sat(world, student, {1: False})
    client = signed_in(student)
    assert "secret" in page(client, attempt)
    Assignment.objects.update(review_parts=["correctness"])
    assert "secret" not in page(client, attempt)
    assert "secret" not in json.dumps(client.get(f"/api/v1/attempts/{attempt.uuid}/items/").json())


def test_an_owed_score_leads_to_the_report(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = submit_attempt(worlds.sitting(world, student), clients={})
    Score.objects.all().delete()
    answer = signed_in(student).get(reverse("analytics:review", args=[attempt.uuid]))
    assert answer["Location"] == reverse("analytics:report", args=[attempt.uuid])
    assert signed_in(student).get(reverse("api:attempt-review", args=[attempt.uuid])).status_code == 404
