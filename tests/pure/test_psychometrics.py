"""Calibration against published estimates and against the truth of simulated people."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from apps.analytics.psychometrics import FLAT, Anchors, Calibration, Items, Priors, Responses, calibrate, eap
from apps.analytics.psychometrics.model import Floats

from .published import LSAT6, LSAT7, people


def fitted(patterns: dict[str, int], *, common_slope: bool = False) -> Calibration:
    """Return the maximum-likelihood calibration of a published data set."""
    return calibrate(
        Responses.of_matrix(people(patterns)),
        priors=FLAT,
        common_slope=common_slope,
        tolerance=1e-8,
        most_iterations=500,
    )


def test_one_slope_on_lsat6() -> None:
    # Rizopoulos (2006), JSS 17(5), section 4.1; log-likelihood to four decimals from ltm 1.2-0.
    found = fitted(LSAT6, common_slope=True)
    assert found.converged
    assert found.log_likelihood == pytest.approx(-2466.9376, abs=1e-4)
    assert found.items.slope == pytest.approx(np.full(5, 0.7551), abs=1e-4)
    assert found.items.difficulty == pytest.approx([-3.6153, -1.3224, -0.3176, -1.7301, -2.7802], abs=1e-4)
    # mirt's tests: intercepts, and the latent variance as the square of the slope.
    assert found.items.intercept == pytest.approx([2.73, 0.999, 0.24, 1.306, 2.099], abs=1e-3)
    assert found.items.slope[0] ** 2 == pytest.approx(0.57, abs=1e-3)
    # Published errors come from the Hessian; the empirical information agrees with it up to sampling.
    assert found.items.slope_se[0] == pytest.approx(0.0694, rel=0.03)
    assert found.items.difficulty_se == pytest.approx([0.3266, 0.1422, 0.0977, 0.1691, 0.2510], rel=0.03)


def test_two_parameters_on_lsat6() -> None:
    # Rizopoulos (2006); estimates from ltm 1.2-0, whose quadrature differs in the third decimal.
    found = fitted(LSAT6)
    assert found.log_likelihood == pytest.approx(-2466.6534, abs=1e-4)
    assert found.items.slope == pytest.approx([0.825371, 0.72295, 0.890475, 0.68855, 0.657452], abs=1e-3)
    assert found.items.difficulty == pytest.approx([-3.359734, -1.36965, -0.279898, -1.865919, -3.123573], abs=5e-3)


def test_two_parameters_on_lsat7() -> None:
    # mirt, tests/testthat/test-01-mirtOne.R; log-likelihood from ltm 1.2-0. Bock & Aitkin (1981) fit the same data.
    found = fitted(LSAT7)
    assert found.log_likelihood == pytest.approx(-2658.805, abs=5e-4)
    assert found.items.slope == pytest.approx([0.988, 1.081, 1.706, 0.7651, 0.7358], abs=2e-3)
    assert found.items.intercept == pytest.approx([1.8561, 0.808, 1.8043, 0.486, 1.8545], abs=2e-3)


def test_sum_score_abilities_on_lsat7() -> None:
    # mirt's EAPsum of the extreme sum scores: only one pattern has each, so that EAP of the pattern is the same.
    found = fitted(LSAT7)
    placed = eap(Responses.of_matrix([[0] * 5, [1] * 5]), found.items)
    assert placed.ability == pytest.approx([-1.86979, 0.7271877], abs=3e-3)
    assert placed.se == pytest.approx([0.6927032, 0.8009335], abs=3e-3)
    assert placed.n.tolist() == [5, 5]


def simulated(
    rng: np.random.Generator, ability: Floats, slope: Floats, intercept: Floats, per_person: int
) -> Responses:
    """Return responses of people who each see `per_person` items drawn at random."""
    count, items = len(ability), len(slope)
    person = np.repeat(np.arange(count), per_person)
    item = rng.permuted(np.tile(np.arange(items), (count, 1)), axis=1)[:, :per_person].ravel()
    p = 1 / (1 + np.exp(-(slope[item] * ability[person] + intercept[item])))
    credit = (rng.random(len(p)) < p).astype(np.float64)
    return Responses(person, item, credit, np.ones_like(credit), count, items)


def test_known_parameters_come_back_with_their_errors() -> None:
    rng = np.random.default_rng(11)
    slope, intercept = np.exp(rng.normal(0, 0.3, 60)), rng.normal(0.3, 1.2, 60)
    seen: list[tuple[int, float]] = []
    found = calibrate(
        simulated(rng, rng.normal(size=3000), slope, intercept, 30),
        progress=lambda iteration, value: seen.append((iteration, value)),
    )
    assert found.converged
    assert np.corrcoef(found.items.slope, slope)[0, 1] > 0.93
    assert np.corrcoef(found.items.intercept, intercept)[0, 1] > 0.99
    z = (found.items.intercept - intercept) / found.items.intercept_se
    assert 0.6 < float((z**2).mean()) < 1.5, "errors say how far off the estimates are"
    assert [iteration for iteration, _ in seen] == list(range(1, found.iterations + 1))
    values = [value for _, value in seen]
    assert all(later >= earlier - 1e-6 for earlier, later in itertools.pairwise(values))
    assert found.n.sum() == 3000 * 30


def pilots(*, anchored: bool) -> float:
    """Return the mean bias in difficulty of ten new items, seen by a group .8 SD abler than the calibrating one."""
    rng = np.random.default_rng(5)
    slope, intercept = np.exp(rng.normal(0, 0.2, 50)), rng.normal(0.3, 1.0, 50)
    responses = simulated(rng, rng.normal(0.8, 0.9, 2500), slope, intercept, 30)
    old = np.arange(40)
    anchors = Anchors(old, slope[old], intercept[old]) if anchored else None
    found = calibrate(responses, anchors=anchors)
    if anchored:
        assert found.items.slope[old].tolist() == pytest.approx(slope[old].tolist())
        assert found.items.slope_se[old].tolist() == [0.0] * 40
        assert (found.mean, found.sd) == pytest.approx((0.8, 0.9), abs=0.06)
    return float(np.mean((found.items.difficulty + intercept / slope)[40:]))


def test_anchors_keep_new_items_free_of_the_groups_ability() -> None:
    assert pilots(anchored=True) == pytest.approx(0.0, abs=0.05)
    assert pilots(anchored=False) < -0.6, "the control: without anchors the group's ability goes into the items"


def test_a_half_credit_lies_between_right_and_wrong() -> None:
    rows = np.array(people(LSAT7), dtype=np.float64)
    halves = rows.copy()
    halves[:, 0] = (rows[:, 0] + rows[:, 1]) / 2
    mixed = calibrate(Responses.of_matrix(halves)).items.intercept[0]
    low, high = sorted(calibrate(Responses.of_matrix(rows)).items.intercept[:2])
    assert low < mixed < high


def test_weight_zero_is_not_seen() -> None:
    rows = np.array(people(LSAT6), dtype=np.float64)
    whole = Responses.of_matrix(rows)
    half = rows.copy()
    half[::2, 2] = np.nan
    weight = np.where((whole.item == 2) & (whole.person % 2 == 0), 0.0, 1.0)
    weighted, left_out = calibrate(replace(whole, weight=weight)), calibrate(Responses.of_matrix(half))
    assert weighted.items.intercept == pytest.approx(left_out.items.intercept, abs=1e-9)


def test_an_item_that_nobody_saw_stays_at_its_prior() -> None:
    rows = np.array(people(LSAT6), dtype=np.float64)
    rows = np.column_stack([rows, np.full(len(rows), np.nan)])
    found = calibrate(Responses.of_matrix(rows))
    assert found.items.intercept[5] == pytest.approx(0.3, abs=1e-3)
    assert found.items.intercept_se[5] == pytest.approx(Priors().intercept[1], abs=0.01)
    assert found.n[5] == 0


def test_nobody_without_responses_is_placed_at_random() -> None:
    items = Items.known(np.ones(2), np.zeros(2))
    one = Responses(np.array([1]), np.array([0]), np.array([1.0]), np.array([1.0]), 3, 2)
    placed = eap(one, items, mean=0.4, sd=0.8)
    assert placed.ability[[0, 2]] == pytest.approx([0.4, 0.4], abs=1e-6)
    assert placed.se[[0, 2]] == pytest.approx([0.8, 0.8], abs=1e-4)
    assert placed.ability[1] > 0.4
    assert placed.n.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"credit": np.array([700.0])}, "divide thousandths"),
        ({"item": np.array([2])}, "outside of 0 to 1"),
        ({"person": np.array([-1])}, "outside of 0 to 0"),
        ({"weight": np.array([-1.0])}, "negative"),
        ({"weight": np.ones(2)}, "same length"),
    ],
)
def test_responses_that_do_not_fit_are_refused(change: dict[str, Any], reason: str) -> None:
    good = Responses(np.array([0]), np.array([0]), np.array([1.0]), np.array([1.0]), 1, 2)
    with pytest.raises(ValueError, match=reason):
        replace(good, **change)


def test_anchors_and_a_common_slope_exclude_each_other() -> None:
    responses = Responses.of_matrix(people(LSAT6))
    with pytest.raises(ValueError, match="slopes of their own"):
        calibrate(responses, common_slope=True, anchors=Anchors(np.array([0]), np.ones(1), np.zeros(1)))
