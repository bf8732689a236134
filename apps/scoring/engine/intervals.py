"""How sure a proportion is: Wilson's interval, what it says against a cut, and how sure a difference is.

Source: Wilson, E. B. (1927), JASA 22, 209-212.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

# Two-sided 90 % of the standard normal.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Interval:
    """A 90 % interval of a proportion, or of what is computed from it."""

    low: float
    high: float


def wilson(p: float, n: float, z: float = Z90) -> Interval:
    """Return Wilson's score interval of a proportion `p` seen in `n` (which may be fractional) trials.

    At n = 0 it is [0, 1]: nothing is known. It never has width zero and stays inside [0, 1].
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def difference(later: float, later_interval: Interval, earlier: float, earlier_interval: Interval) -> Interval:
    """Return the interval of `later` less `earlier`, two independent estimates on one scale, from their own intervals.

    MOVER: the lower end is as far off as the lower end of the one and the upper end of the other together, in squares.
    Source: Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, method 10; Zou & Donner (2008), ibid. 27,
    1693-1702.
    """
    gained = later - earlier
    below = math.hypot(later - later_interval.low, earlier_interval.high - earlier)
    above = math.hypot(later_interval.high - later, earlier - earlier_interval.low)
    return Interval(gained - below, gained + above)


def band(interval: Interval, cut: Fraction) -> str:
    """Return strong when the whole interval lies above the cut, weak when below, else open: not enough evidence."""
    if interval.low > cut:
        return "strong"
    return "weak" if interval.high < cut else "open"
