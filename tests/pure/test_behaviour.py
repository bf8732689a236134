"""How an attempt was sat, on small time lines worked out by hand."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics.behaviour import (
    BASE_RATES,
    RIGHT_TO_WRONG,
    WRONG_TO_RIGHT,
    WRONG_TO_WRONG,
    ItemOutcome,
    Moment,
    answer_changes,
    describe,
    dwell_times,
)

A, AB = frozenset("a"), frozenset("ab")


def seen(position: int, at: float) -> Moment:
    """Return a sight."""
    return Moment(position, "seen", at, "whole")


def answer(position: int, at: float, chosen: str) -> Moment:
    """Return an answer, as the journal holds it."""
    return Moment(position, "answer", at, list(chosen))


def test_time_goes_to_the_item_in_view() -> None:
    line = [seen(1, 0), answer(1, 40, "a"), seen(2, 50), answer(2, 70, "b"), seen(1, 80), answer(1, 95, "b")]
    # 1: 0-50 and 80-100; 2: 50-80
    assert dwell_times(line, 100) == {1: 70, 2: 30}


def test_time_before_a_mark_goes_to_it_where_nothing_was_seen() -> None:
    assert dwell_times([answer(1, 30, "a"), answer(2, 75, "a")], 80) == {1: 30, 2: 50}
    assert dwell_times([], 80) == {}


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["seen", "answer", "flag"]), st.floats(0, 100)), min_size=1)
)
def test_all_time_is_given_away_once(rows: list[tuple[int, str, float]]) -> None:
    line = sorted((Moment(position, kind, at, "") for position, kind, at in rows), key=lambda moment: moment.at)
    spent = dwell_times(line, 100)
    assert sum(spent.values()) == pytest.approx(100)
    assert set(spent) == {moment.position for moment in line}


def test_changes_by_kind() -> None:
    items = [ItemOutcome(1, A, True), ItemOutcome(2, A, False), ItemOutcome(3, AB, True)]
    line = [
        answer(1, 1, "b"),
        answer(1, 2, "a"),
        answer(2, 3, "a"),
        answer(2, 4, "b"),
        answer(2, 5, "b"),
        answer(2, 6, ""),
        answer(2, 7, "c"),
        # Of two: half an answer on the way is none.
        answer(3, 8, "a"),
        answer(3, 9, "ac"),
        answer(3, 10, "a"),
        answer(3, 11, "ab"),
    ]
    found = answer_changes(line, items)
    assert [(change.position, change.kind) for change in found.changes] == [
        (1, WRONG_TO_RIGHT),
        (2, RIGHT_TO_WRONG),
        (2, WRONG_TO_WRONG),
        (3, WRONG_TO_RIGHT),
    ]
    assert {kind: share.k for kind, share in found.shares.items()} == {
        WRONG_TO_RIGHT: 2,
        RIGHT_TO_WRONG: 1,
        WRONG_TO_WRONG: 1,
    }
    assert found.net == 1
    assert not found.is_enough


def test_base_rates_are_shares_of_the_same_whole() -> None:
    assert sum(BASE_RATES.values()) == pytest.approx(1)


def sitting(paces: list[float], per_quarter: int = 6) -> tuple[list[Moment], list[ItemOutcome], float]:
    """Return a straight sitting with so many seconds per item in each quarter; every third item is wrong."""
    line, items, at = [], [], 0.0
    for quarter, pace in enumerate(paces):
        for place in range(per_quarter):
            position = quarter * per_quarter + place + 1
            line.append(seen(position, at))
            at += pace
            line.append(answer(position, at, "a" if position % 3 else "b"))
            items.append(ItemOutcome(position, A, bool(position % 3)))
    return line, items, at


def test_a_rushed_last_quarter_is_a_finding_with_its_evidence() -> None:
    line, items, seconds = sitting([100, 90, 110, 40])
    found = describe(line, items, seconds=seconds)
    assert [quarter.pace for quarter in found.quarters] == [100, 90, 110, 40]
    assert found.rushed is not None
    assert (found.rushed.pace, found.rushed.earlier_pace) == (40, 100)
    assert (found.rushed.right.k, found.rushed.right.n) == (4, 6)
    assert (found.rushed.earlier_right.k, found.rushed.earlier_right.n) == (12, 18)


@pytest.mark.parametrize(("paces", "per_quarter"), [([100, 90, 110, 61], 6), ([100, 100, 100, 10], 4)])
def test_a_steady_or_a_short_sitting_is_not_rushed(paces: list[float], per_quarter: int) -> None:
    line, items, seconds = sitting(paces, per_quarter)
    assert describe(line, items, seconds=seconds).rushed is None


def test_time_on_right_and_wrong_items() -> None:
    line = [seen(1, 0), seen(2, 10), seen(3, 40), seen(4, 100)]
    items = [
        ItemOutcome(position, A, right) for position, right in enumerate([True, False, True, False, False], start=1)
    ]
    found = describe(line, items, seconds=110)
    assert (found.on_right.n, found.on_right.median) == (2, 35)
    assert (found.on_wrong.n, found.on_wrong.median) == (2, 20)
    assert found.unreached == (5,)
    assert not found.on_right.is_enough


def test_flags_and_confidence_as_they_stood_at_the_end() -> None:
    items = [ItemOutcome(position, A, position > 2) for position in range(1, 7)]
    line = [
        Moment(1, "flag", 1, True),
        Moment(3, "flag", 2, True),
        Moment(4, "flag", 3, True),
        Moment(4, "flag", 4, False),
        Moment(1, "confidence", 5, "guess"),
        Moment(2, "confidence", 6, "unsure"),
        Moment(2, "confidence", 7, "sure"),
        Moment(5, "confidence", 8, "sure"),
        Moment(6, "confidence", 9, "sure"),
        Moment(6, "confidence", 10, ""),
    ]
    found = describe(random.Random(3).sample(line, len(line)), items, seconds=20)
    assert (found.flagged_wrong.k, found.flagged_wrong.n) == (1, 2)
    assert (found.unflagged_wrong.k, found.unflagged_wrong.n) == (1, 4)
    assert {word: (share.k, share.n) for word, share in found.confidence.items()} == {
        "sure": (1, 2),
        "unsure": (0, 0),
        "guess": (0, 1),
    }
    assert found.confidence["unsure"].interval.high == 1.0
    assert found.sure_but_wrong == (2,)


def test_an_attempt_without_a_moment() -> None:
    found = describe([], [ItemOutcome(1, A, False)], seconds=60)
    assert found.dwell == {}
    assert found.quarters == ()
    assert (found.on_wrong.n, found.on_wrong.median) == (0, None)
    assert found.unreached == (1,)
