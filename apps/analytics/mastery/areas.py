"""Mastery of an area: the mean chance of a right answer over its bank items, and what would settle it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from apps.analytics.mastery.bank import Belief, Floats

STRONG_FROM, WEAK_TO = 0.8, 0.2
DRAWS = 400
MOST_MORE = 200
# A normal lies above its mean less .8416 deviations with probability .8.
_Z80 = 0.8416212335729143


@dataclass(frozen=True, slots=True)
class AreaMastery:
    """An area with its evidence: `n` answers, mastery with its 5 to 95 % interval, and P(mastery ≥ cut).

    `label` is strong, weak or open (not enough evidence). `more` is how many further answers in the area would settle
    an open one if they went as the others did; None when it is settled, or when over 200 would not do.
    """

    n: int
    mean: float
    low: float
    high: float
    above_cut: float
    label: str
    more: int | None


def area_mastery(belief: Belief, items: Sequence[int], cut: float, *, draws: int = DRAWS) -> AreaMastery:
    """Return the mastery of the area of these item ids against `cut`. Raises ValueError without an item."""
    if not items:
        raise ValueError("An area needs at least one item of the bank.")
    places = belief.bank.places(items)
    mastery: Floats = belief.chances(places, draws).mean(axis=1)
    mean, above = float(mastery.mean()), float((mastery >= cut).mean())
    low, high = (float(bound) for bound in np.quantile(mastery, [0.05, 0.95]))
    label = "strong" if above >= STRONG_FROM else "weak" if above <= WEAK_TO else "open"
    n = int(np.isin(belief.evidence.place, places).sum())
    more = None
    if label == "open":
        target = abs(mean - cut) / _Z80
        more = _fewest(lambda answers: belief.spread_after(places, answers) <= target)
    return AreaMastery(n, mean, low, high, above, label, more)


def _fewest(suffices: Callable[[int], bool]) -> int | None:
    """Return the fewest answers that suffice, at least 1; more never hurt, so halving finds it."""
    if not suffices(MOST_MORE):
        return None
    low, high = 1, MOST_MORE
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low
