"""Whether probabilities that were told came true: diagram, Brier score, Spiegelhalter's Z. Pure (scoring.md D).

Sources: Brier, G. W. (1950), Monthly Weather Review 78, 1-3; Spiegelhalter, D. J. (1986), Statistics in Medicine 5,
421-433; the expected calibration error as in Naeini, Cooper & Hauskrecht (2015), AAAI.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.scoring.engine import Interval, wilson

# At all or none right the interval's end is 1 or 0 up to the last bits.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions from `low` up to `high`: how many, their mean, the share that came true and its 90 % interval."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float
    interval: Interval

    @property
    def is_kept(self) -> bool:
        """Whether the interval of what came true holds what was predicted."""
        return self.interval.low - _ROUNDING <= self.predicted <= self.interval.high + _ROUNDING


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """How n predictions fared.

    `brier` is the mean squared error (0 is best), `reference` that of always telling the base rate, `calibration_error`
    the mean distance between told and true over the bins. `z` is Spiegelhalter's statistic, standard normal when every
    probability was right, above 0 when they were too extreme; None when all were 0, ½ or 1. `p_value` is two-sided.
    """

    n: int
    bins: tuple[Bin, ...]
    brier: float
    reference: float
    calibration_error: float
    z: float | None
    p_value: float | None


def calibration_curve(predictions: Sequence[tuple[float, bool]], *, bin_count: int = 10) -> CalibrationCurve | None:
    """Return the curve of (probability, whether it came true) pairs in bins of equal width; None without any.

    Empty bins are left out. Raises ValueError for a probability outside of 0 to 1.
    """
    if wrong := [p for p, _ in predictions if not 0 <= p <= 1]:
        raise ValueError(f"{wrong[0]} is not a probability.")
    n = len(predictions)
    if not n:
        return None
    grouped: dict[int, list[tuple[float, bool]]] = {}
    for p, came_true in predictions:
        grouped.setdefault(min(int(p * bin_count), bin_count - 1), []).append((p, came_true))
    bins = tuple(_bin(place, grouped[place], bin_count) for place in sorted(grouped))
    rate = sum(came_true for _, came_true in predictions) / n
    z = _spiegelhalter(predictions)
    return CalibrationCurve(
        n=n,
        bins=bins,
        brier=sum((p - came_true) ** 2 for p, came_true in predictions) / n,
        reference=rate * (1 - rate),
        calibration_error=sum(each.n * abs(each.predicted - each.observed) for each in bins) / n,
        z=z,
        p_value=None if z is None else math.erfc(abs(z) / math.sqrt(2)),
    )


def _bin(place: int, members: Sequence[tuple[float, bool]], bin_count: int) -> Bin:
    n = len(members)
    observed = sum(came_true for _, came_true in members) / n
    return Bin(
        place / bin_count, (place + 1) / bin_count, n, sum(p for p, _ in members) / n, observed, wilson(observed, n)
    )


def _spiegelhalter(predictions: Sequence[tuple[float, bool]]) -> float | None:
    """Σ (o - p)(1 - 2p) / √Σ (1 - 2p)² p (1 - p)."""
    variance = sum((1 - 2 * p) ** 2 * p * (1 - p) for p, _ in predictions)
    if variance <= 0:
        return None
    return sum((came_true - p) * (1 - 2 * p) for p, came_true in predictions) / math.sqrt(variance)
