"""Cuts against published and hand-computed figures, and what they refuse."""

import math
import random
from fractions import Fraction

import pytest

from apps.scoring.engine.cuts import (
    CalibratedItem,
    Unsupported,
    angoff,
    equate,
    equated_cut,
    expected_raw,
    item_shares,
    linked_cut,
)

DOMAINS = {1: 1, 2: 1, 3: 2}
WEIGHTS = {1: 60, 2: 40}


def judged(**rows: tuple[str, str, str]) -> dict[str, dict[int, Fraction]]:
    """Return the ratings of each judge for items 1 to 3."""
    return {judge: {place: Fraction(p) for place, p in enumerate(row, 1)} for judge, row in rows.items()}


def test_angoff_by_hand() -> None:
    ratings = judged(ann=(".6", ".8", ".5"), bob=(".7", ".7", ".6"), cy=(".5", ".9", ".7"))
    # Judges' cuts: .3·.6+.3·.8+.4·.5 = .62, .66, .70; mean .66, SD .04, SE .04/√3
    found = angoff(ratings, DOMAINS, WEIGHTS)
    assert (found.level, found.cut, found.n) == ("L1", Fraction(66, 100), 3)
    assert found.se == pytest.approx(0.04 / math.sqrt(3))


def test_shares_sum_to_one_and_leave_out_empty_domains() -> None:
    shares = item_shares(DOMAINS, {**WEIGHTS, 3: 70})
    assert shares == {1: Fraction(3, 10), 2: Fraction(3, 10), 3: Fraction(2, 5)}


def test_angoff_refuses_with_every_reason() -> None:
    ratings = judged(ann=(".6", ".8", "1.5"), bob=(".7", ".7", ".6"))
    del ratings["bob"][2]
    with pytest.raises(Unsupported) as caught:
        angoff(ratings, DOMAINS, WEIGHTS)
    assert caught.value.reasons == [
        "2 of at least 3 judges have rated the form.",
        "ann's estimate of item 3 is not between 0 and 1.",
        "bob has not rated 1 of 3 items: 2.",
    ]


def form(*difficulties: float, n: int = 400, se: float = 0.1) -> list[CalibratedItem]:
    """Return calibrated items of slope 1.2 and equal share."""
    return [CalibratedItem(place, 1.0, 1.2, -1.2 * b, n, se) for place, b in enumerate(difficulties, 1)]


def test_equating_to_itself_changes_nothing_and_comes_back() -> None:
    easy, hard = form(-1, -0.5, 0, 0.5), form(0, 0.5, 1, 1.5, 0.7)
    for raw in (0.0, 0.05, 0.3, 0.72, 0.99, 1.0):
        assert equate(raw, easy, easy) == pytest.approx(raw, abs=1e-9)
        assert equate(equate(raw, easy, hard), hard, easy) == pytest.approx(raw, abs=1e-9)


def test_a_harder_form_has_a_lower_cut() -> None:
    # Every difficulty moved by .5: the same ability stands 1.2·.5 = .6 logits lower on one common difficulty.
    found = equated_cut(Fraction(72, 100), form(0.0), form(0.5))
    expected = 1 / (1 + math.exp(-(math.log(0.72 / 0.28) - 0.6)))
    assert float(found.cut) == pytest.approx(expected, abs=5e-5)
    assert (found.level, found.n, found.se) == ("L2", 400, None)


def test_weights_count_in_the_curve() -> None:
    one, two = form(0.0)[0], form(2.0)[0]
    heavy = CalibratedItem(2, 3.0, two.slope, two.intercept, two.n, two.difficulty_se)
    assert expected_raw(0.0, [one, heavy]) == pytest.approx((0.5 + 3 / (1 + math.exp(2.4))) / 4)


def test_equating_refuses_vague_items() -> None:
    with pytest.raises(Unsupported) as caught:
        equated_cut(Fraction(7, 10), form(0.0, n=99), form(0.0, se=0.36))
    assert len(caught.value.reasons) == 2
    with pytest.raises(Unsupported):
        equated_cut(Fraction(7, 10), form(0.0), form(0.0, se=math.nan))


# Hours of study and whether the exam was passed, of twenty students; the textbook example of logistic regression.
# Maximum likelihood: intercept -4.0777, slope 1.5046 per hour, so half pass at 2.710 hours.
HOURS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5]
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]


def test_outcomes_fix_the_cut_where_half_pass() -> None:
    found = linked_cut([(hours / 10, bool(ok)) for hours, ok in zip(HOURS, PASSED, strict=True)] * 3)
    assert found.level == "L3"
    assert found.n == 60
    assert float(found.cut) == pytest.approx(4.0777 / 1.5046 / 10, abs=1e-4)


def test_the_standard_error_is_the_spread_of_the_cut_over_repetitions() -> None:
    rng = random.Random(7)

    def repetition() -> list[tuple[float, bool]]:
        raws = [rng.uniform(0.4, 0.95) for _ in range(400)]
        return [(raw, rng.random() < 1 / (1 + math.exp(-12 * (raw - 0.7)))) for raw in raws]

    found = [linked_cut(repetition()) for _ in range(60)]
    cuts = [float(each.cut) for each in found]
    mean = sum(cuts) / len(cuts)
    spread = math.sqrt(sum((cut - mean) ** 2 for cut in cuts) / (len(cuts) - 1))
    assert mean == pytest.approx(0.7, abs=0.006)
    assert sum(each.se or 0 for each in found) / len(found) == pytest.approx(spread, rel=0.25)


def test_outcomes_are_refused_when_they_are_few() -> None:
    with pytest.raises(Unsupported) as caught:
        linked_cut([(0.8, True)] * 30 + [(0.6, False)] * 14)
    assert caught.value.reasons == ["44 of at least 50 outcomes are known.", "14 of at least 15 fails are known."]


@pytest.mark.parametrize(
    "outcomes",
    [
        [(0.75 + i / 1000, True) for i in range(30)] + [(0.6 + i / 1000, False) for i in range(30)],
        [(0.7, True)] * 30 + [(0.7, False)] * 30,
        [(0.6 + i / 100, True) for i in range(30)] + [(0.6 + i / 100, False) for i in range(30)],
    ],
    ids=["separated", "all the same", "no relation"],
)
def test_outcomes_that_fix_no_cut_are_refused(outcomes: list[tuple[float, bool]]) -> None:
    with pytest.raises(Unsupported):
        linked_cut(outcomes)
