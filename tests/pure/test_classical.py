"""Item statistics against Moodle's and R's published figures."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics.psychometrics import (
    ItemSums,
    discrimination,
    efficiency,
    facility,
    fisher_interval,
    rapid_threshold,
)

from .published import LSAT6, MOODLE_MARKS, people

UNIT = 10_000_000


def columns(rows: list[list[int]]) -> list[tuple[list[int], list[int]]]:
    """Return for each item its credits and the rest scores."""
    return [
        (list(column), [sum(row) - row[place] for row in rows]) for place, column in enumerate(zip(*rows, strict=True))
    ]


# mod/quiz/report/statistics/tests/fixtures/qstats00.csv: facility, discrimination index / 100, efficiency / 100.
@pytest.mark.parametrize(
    ("slot", "mean", "index", "share"),
    [
        (1, 0.704, -0.070650767526, -0.094550536967),
        (2, 0.48, -0.288982125772, -0.367836834118),
        (3, 0.973333332, -0.091230674268, -0.216545012165),
        (4, 0.68, -0.226306444113, -0.314411395613),
        (5, 0.52, -0.176997047674, -0.211794802584),
        (6, 0.64, -0.453785178421, -0.569365974439),
        (7, 0.62, -0.056543166602, -0.065043742058),
    ],
)
def test_items_as_moodle_has_them(slot: int, mean: float, index: float, share: float) -> None:
    rows = [[round(mark * UNIT) for mark in row] for row in MOODLE_MARKS]
    credits, rests = columns(rows)[slot - 1]
    sums = ItemSums.of(credits, rests)
    found = discrimination(sums)
    assert found is not None
    # Moodle's attempt totals carry five decimals.
    assert facility(sums, UNIT) == pytest.approx(mean, abs=1e-8)
    assert found.value == pytest.approx(index, abs=2e-6)
    assert efficiency(credits, rests) == pytest.approx(share, abs=5e-6)


def test_item_rest_correlations_as_r_has_them() -> None:
    # ltm 1.2-0, descript(LSAT): point biserial with the item excluded.
    found = [discrimination(ItemSums.of(*pair)) for pair in columns(people(LSAT6))]
    values = [each.value for each in found if each]
    assert values == pytest.approx(
        [0.112832688922, 0.153178120117, 0.172778943291, 0.144428095247, 0.121596402547], abs=1e-11
    )


def test_fisher_interval_by_hand() -> None:
    # z(.5) = .549306; ± 1.959964/√100
    assert fisher_interval(0.5, 103) == pytest.approx((math.tanh(0.353310), math.tanh(0.745302)), abs=1e-6)
    assert fisher_interval(0.5, 3) is None
    assert fisher_interval(1.0, 10) == (1.0, 1.0)


def test_undefined_is_none() -> None:
    assert facility(ItemSums.of([], []), 1000) is None
    assert discrimination(ItemSums.of([1000] * 5, [1, 2, 3, 4, 5])) is None
    assert discrimination(ItemSums.of([0, 1000, 0, 0, 0], [7] * 5)) is None
    assert efficiency([1, 1, 1], [1, 2, 3]) is None


pairs = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 64000)), min_size=4, max_size=30)


@given(pairs, pairs)
def test_merging_is_addition(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    def sums(rows: list[tuple[int, int]]) -> ItemSums:
        return ItemSums.of([x for x, _ in rows], [r for _, r in rows])

    whole = sums(one) + sums(other)
    assert whole == sums(other + one)
    found = discrimination(whole)
    if found is not None and found.low is not None and found.high is not None:
        assert -1 - 1e-12 <= found.low <= found.value <= found.high <= 1 + 1e-12


@pytest.mark.parametrize(
    ("mean", "n", "seconds"),
    [(60, 50, 6.0), (60, 49, 3.0), (150, 500, 10.0), (20, 500, 2.0), (None, 500, 3.0)],
)
def test_the_rapid_threshold(mean: int | None, n: int, seconds: float) -> None:
    known = None if mean is None else timedelta(seconds=mean)
    assert rapid_threshold(known, n) == timedelta(seconds=seconds)
