"""The calibration curve by hand, by its identities and against simulated forecasters."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics.calibration_curve import CalibrationCurve, calibration_curve


def curve(pairs: list[tuple[float, bool]]) -> CalibrationCurve:
    """Return the curve of at least one prediction."""
    found = calibration_curve(pairs)
    assert found is not None
    return found


def test_by_hand() -> None:
    found = curve([(0.8, True), (0.8, False), (0.3, False), (0.6, True)])
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.09 + 0.16) / 4)
    assert found.reference == 0.25
    # bins: .8 told and .5 true (2), .3 and 0 (1), .6 and 1 (1)
    assert found.calibration_error == pytest.approx((2 * 0.3 + 0.3 + 0.4) / 4)
    # .2·-.6 - .8·-.6 - .3·.4 + .4·-.2 over √(2·.36·.16 + .16·.21 + .04·.24)
    assert found.z == pytest.approx(0.16 / math.sqrt(0.1584))
    assert found.p_value == pytest.approx(0.68767, abs=1e-5)
    assert [(each.low, each.n) for each in found.bins] == [(0.3, 1), (0.6, 1), (0.8, 2)]


def test_nothing_and_certainty() -> None:
    assert calibration_curve([]) is None
    assert curve([(0.5, True), (1.0, True), (0.0, False)]).z is None
    assert curve([(1.0, True)]).bins[0].high == 1.0
    with pytest.raises(ValueError, match=r"1\.2 is not a probability"):
        calibration_curve([(1.2, True)])


forecasts = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(forecasts)
def test_z_is_the_standardised_brier_score(pairs: list[tuple[float, bool]]) -> None:
    found = curve(pairs)
    variance = sum((1 - 2 * p) ** 2 * p * (1 - p) for p, _ in pairs)
    if found.z is not None and variance > 1e-6:
        excess = len(pairs) * found.brier - sum(p * (1 - p) for p, _ in pairs)
        assert found.z == pytest.approx(excess / math.sqrt(variance), abs=1e-6)
    assert sum(each.n for each in found.bins) == found.n == len(pairs)
    assert all(each.interval.low - 1e-9 <= each.observed <= each.interval.high + 1e-9 for each in found.bins)


def forecaster(seed: int, sharpen: float) -> CalibrationCurve:
    """Return the curve of 400 forecasts whose logits were multiplied by `sharpen`."""
    rng = random.Random(seed)
    pairs = []
    for _ in range(400):
        logit = rng.gauss(0.5, 1.2)
        came_true = rng.random() < 1 / (1 + math.exp(-logit))
        pairs.append((1 / (1 + math.exp(-sharpen * logit)), came_true))
    return curve(pairs)


def test_z_finds_the_overconfident_and_spares_the_honest() -> None:
    honest = [forecaster(seed, 1.0) for seed in range(100)]
    assert sum(abs(each.z or 0) > 1.96 for each in honest) <= 10
    overconfident = [forecaster(seed, 2.0) for seed in range(20)]
    assert all((each.z or 0) > 1.96 for each in overconfident)
    assert all(sharp.brier > calm.brier for sharp, calm in zip(overconfident, honest, strict=False))
    assert all(not all(each.is_kept for each in sharp.bins) for sharp in overconfident)
