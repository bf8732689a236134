"""The scoring engine against hand-computed figures and its own laws."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scoring.engine import (
    ItemResponse,
    Scale,
    band,
    credit_exact,
    score,
    to_scale,
    wilson,
)

DOP = Scale(cut=Fraction(72, 100), least=100, pass_mark=750, most=1000)
WEIGHTS = {1: 22, 2: 17, 3: 15, 4: 15, 5: 14, 6: 17}
COUNTS = {1: 14, 2: 11, 3: 10, 4: 10, 5: 9, 6: 11}
KEY = frozenset("a")


def paper(right: dict[int, int], *, pilots: int = 0, pilots_right: bool = False) -> list[ItemResponse]:
    """Return a DOP-C02 sitting with so many right answers per domain."""
    rows = [
        (domain, True, KEY if number < right[domain] else frozenset("b"))
        for domain, count in COUNTS.items()
        for number in range(count)
    ]
    rows += [(1, False, KEY if pilots_right else frozenset("b"))] * pilots
    return [ItemResponse(place, domain, scored, chosen, KEY) for place, (domain, scored, chosen) in enumerate(rows, 1)]


def test_all_right_and_all_wrong_are_the_ends_of_the_scale() -> None:
    assert score(paper(COUNTS), WEIGHTS, DOP).scaled == 1000
    nothing = score(paper(dict.fromkeys(COUNTS, 0)), WEIGHTS, DOP)
    assert (nothing.scaled, nothing.passed) == (100, False)
    assert nothing.scaled_high > nothing.scaled, "an interval never has width zero"


def test_a_sitting_computed_by_hand() -> None:
    right = {1: 10, 2: 8, 3: 7, 4: 8, 5: 6, 6: 8}
    # .22·10/14 + .17·8/11 + .15·7/10 + .15·8/10 + .14·6/9 + .17·8/11
    expected = (
        Fraction(22 * 10, 14)
        + Fraction(17 * 8, 11)
        + Fraction(15 * 7, 10)
        + Fraction(15 * 8, 10)
        + Fraction(14 * 6, 9)
        + Fraction(17 * 8, 11)
    ) / 100
    result = score(paper(right), WEIGHTS, DOP)
    assert result.raw == expected
    assert float(expected) == pytest.approx(0.7227489, abs=1e-7)
    # 750 + 250·(.7227489 - .72)/.28 = 752.45
    assert result.scaled == 752
    assert result.passed


def test_weights_count_and_not_the_number_of_items() -> None:
    few = {**dict.fromkeys(COUNTS, 0), 1: 14}
    assert score(paper(few), WEIGHTS, DOP).raw == Fraction(22, 100)


@pytest.mark.parametrize(
    ("raw", "scaled"),
    [
        (Fraction(0), 100),
        (Fraction(36, 100), 425),
        (Fraction(719999, 1000000), 749),
        (Fraction(72, 100), 750),
        (Fraction(86, 100), 875),
        (Fraction(1), 1000),
    ],
)
def test_the_scale_is_linear_on_both_sides_of_the_cut(raw: Fraction, scaled: int) -> None:
    assert to_scale(raw, DOP) == scaled


def test_a_fail_never_shows_the_pass_mark() -> None:
    just_below = Fraction(72, 100) - Fraction(1, 10**12)
    assert to_scale(just_below, DOP) == 749


def test_pilots_never_count() -> None:
    right = {1: 9, 2: 7, 3: 7, 4: 7, 5: 6, 6: 8}
    without = score(paper(right), WEIGHTS, DOP)
    for pilots_right in (False, True):
        result = score(paper(right, pilots=10, pilots_right=pilots_right), WEIGHTS, DOP)
        assert (result.raw, result.scaled, result.item_count) == (without.raw, without.scaled, 65)


@pytest.mark.parametrize(("chosen", "credit"), [("ab", 1000), ("a", 0), ("abc", 0), ("ac", 0), ("", 0)])
def test_multiple_response_is_all_or_nothing(chosen: str, credit: int) -> None:
    assert credit_exact(frozenset(chosen), frozenset("ab")) == credit


# Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score interval, 95 %).
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval(right: int, n: int, low: float, high: float) -> None:
    interval = wilson(right / n, n, z=1.959964)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_nothing_is_known_from_nothing() -> None:
    interval = wilson(0.0, 0)
    assert (interval.low, interval.high) == (0.0, 1.0)
    assert band(interval, Fraction(1, 2)) == "open"


def test_bands_need_the_whole_interval() -> None:
    assert band(wilson(0.99, 200), Fraction(72, 100)) == "strong"
    assert band(wilson(0.3, 200), Fraction(72, 100)) == "weak"
    assert band(wilson(0.72, 200), Fraction(72, 100)) == "open"


def test_a_score_without_a_scored_item_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one scored item"):
        score([], WEIGHTS, DOP)


rights = st.fixed_dictionaries({domain: st.integers(0, count) for domain, count in COUNTS.items()})


@pytest.mark.promise("R-20")
@settings(max_examples=60, deadline=None)
@given(rights, st.randoms())
def test_the_order_of_responses_changes_nothing(right: dict[int, int], rng: object) -> None:
    ordered = paper(right)
    mixed = list(ordered)
    rng.shuffle(mixed)  # type: ignore[attr-defined] # hypothesis' Random
    assert score(ordered, WEIGHTS, DOP) == score(mixed, WEIGHTS, DOP)


@settings(max_examples=60, deadline=None)
@given(rights, st.sampled_from(list(COUNTS)))
def test_one_more_right_answer_never_lowers_the_score(right: dict[int, int], domain: int) -> None:
    if right[domain] == COUNTS[domain]:
        return
    before = score(paper(right), WEIGHTS, DOP)
    after = score(paper({**right, domain: right[domain] + 1}), WEIGHTS, DOP)
    assert after.raw > before.raw
    assert after.scaled >= before.scaled


@settings(max_examples=60, deadline=None)
@given(rights)
def test_the_decision_the_scale_and_the_interval_agree(right: dict[int, int]) -> None:
    result = score(paper(right), WEIGHTS, DOP)
    assert result.passed == (result.raw >= DOP.cut) == (result.scaled >= 750)
    assert 100 <= result.scaled_low <= result.scaled <= result.scaled_high <= 1000
    assert result.scaled_low < result.scaled_high


@pytest.mark.promise("R-04", "R-20")
def test_the_digest_covers_what_was_chosen_and_keyed() -> None:
    right = dict.fromkeys(COUNTS, 5)
    first = score(paper(right), WEIGHTS, DOP)
    assert first.digest == score(paper(right), WEIGHTS, DOP).digest
    other = [ItemResponse(r.position, r.domain, r.is_scored, r.chosen, frozenset("c")) for r in paper(right)]
    assert score(other, WEIGHTS, DOP).digest != first.digest
