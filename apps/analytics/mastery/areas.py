"""Mastery of an area: the mean chance of a right answer over its bank items, and what would settle it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.analytics.mastery.bank import Belief
from apps.analytics.psychometrics.model import Ints

STRONG_FROM, WEAK_TO = 0.8, 0.2
DRAWS = 400
MOST_MORE = 200
_MORE = np.arange(1, MOST_MORE + 1)
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
    return area_masteries(belief, {"": items}, cut, draws=draws)[""]


def area_masteries(
    belief: Belief, areas: Mapping[str, Sequence[int]], cut: float, *, draws: int = DRAWS
) -> dict[str, AreaMastery]:
    """Return the mastery of many areas, each by its item ids, from one set of draws: the same as one by one, cheaper.

    Raises ValueError when an area has no item.
    """
    if empty := [name for name, items in areas.items() if not len(items)]:
        raise ValueError(f"An area needs at least one item of the bank; {empty[0]!r} has none.")
    if not areas:
        return {}
    places = [belief.bank.places(items) for items in areas.values()]
    asked = np.unique(np.concatenate(places))
    shares = np.zeros((len(asked), len(places)))
    for column, at in enumerate(places):
        shares[np.searchsorted(asked, at), column] = 1 / len(at)
    masteries = belief.chances(asked, draws) @ shares
    means, above = masteries.mean(axis=0).tolist(), (masteries >= cut).mean(axis=0).tolist()
    lows, highs = np.quantile(masteries, [0.05, 0.95], axis=0).tolist()
    answers = np.bincount(belief.evidence.place, minlength=len(belief.bank.place))
    found = {}
    for name, at, mean, low, high, over in zip(areas, places, means, lows, highs, above, strict=True):
        label, more = _reading(belief, at, mean, over, cut)
        found[name] = AreaMastery(int(answers[at].sum()), mean, low, high, over, label, more)
    return found


def _reading(belief: Belief, places: Ints, mean: float, above: float, cut: float) -> tuple[str, int | None]:
    label = "strong" if above >= STRONG_FROM else "weak" if above <= WEAK_TO else "open"
    if label != "open":
        return label, None
    # More answers never hurt, so those that suffice are all from the first on.
    settled = belief.spread_after(places, _MORE) <= abs(mean - cut) / _Z80
    return label, int(_MORE[settled.argmax()]) if settled.any() else None
