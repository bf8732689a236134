"""Classical item statistics from integer sums, exact until the last root (scoring.md B, F, G).

Undefined is None, never 0: an item that everybody gets right says nothing about who is good.

Sources: item-rest correlation and discriminative efficiency as Moodle's quiz statistics define them; Fisher, R. A.
(1915), Biometrika 10, 507-521, for the interval; the rapid-guess threshold is 10 % of the item's mean time and at most
10 s: Wise & Ma (2012), the normative threshold method NT10.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

# Two-sided 95 % of the standard normal.
Z95 = 1.959963984540054
LEAST_TIMES = 50
RAPID_WITHOUT_TIMES = timedelta(seconds=3)
RAPID_AT_MOST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ItemSums:
    """Sums over n responses: credit x and rest score R = total - x, in any common integer unit."""

    n: int
    x: int
    xx: int
    r: int
    rr: int
    xr: int

    @classmethod
    def of(cls, credits: Sequence[int], rests: Sequence[int]) -> "ItemSums":
        """Return the sums of paired item credits and rest scores."""
        return cls(
            n=len(credits),
            x=sum(credits),
            xx=sum(x * x for x in credits),
            r=sum(rests),
            rr=sum(r * r for r in rests),
            xr=sum(x * r for x, r in zip(credits, rests, strict=True)),
        )

    def __add__(self, other: "ItemSums") -> "ItemSums":
        """Return the sums over both sets of responses."""
        return ItemSums(
            self.n + other.n,
            self.x + other.x,
            self.xx + other.xx,
            self.r + other.r,
            self.rr + other.rr,
            self.xr + other.xr,
        )


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation with its n and its 95 % interval; the interval is None under n = 4, where none is defined."""

    value: float
    n: int
    low: float | None
    high: float | None


def facility(sums: ItemSums, full: int) -> float | None:
    """Return the mean credit as a share of `full` credit; None without a response."""
    return sums.x / sums.n / full if sums.n else None


def discrimination(sums: ItemSums) -> Correlation | None:
    """Return the item-rest correlation, (nΣxR - ΣxΣR)/√((nΣx² - (Σx)²)(nΣR² - (ΣR)²)); None without spread."""
    spread_x = sums.n * sums.xx - sums.x**2
    spread_r = sums.n * sums.rr - sums.r**2
    if spread_x <= 0 or spread_r <= 0:
        return None
    value = (sums.n * sums.xr - sums.x * sums.r) / math.sqrt(spread_x * spread_r)
    interval = fisher_interval(value, sums.n)
    return Correlation(value, sums.n, *(interval or (None, None)))


def efficiency(credits: Sequence[int], rests: Sequence[int]) -> float | None:
    """Return the covariance as a share of the largest that the same credits and rest scores allow, each sorted.

    None when no order of them would give a positive covariance.
    """
    found, best = ItemSums.of(credits, rests), ItemSums.of(sorted(credits), sorted(rests))
    largest = best.n * best.xr - best.x * best.r
    return (found.n * found.xr - found.x * found.r) / largest if largest > 0 else None


def fisher_interval(r: float, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Return the interval of a correlation `r` over `n` pairs, tanh(atanh r ± z/√(n-3)); None under n = 4."""
    if n < 4:
        return None
    if abs(r) >= 1:
        return (r, r)
    centre, spread = math.atanh(r), z / math.sqrt(n - 3)
    return math.tanh(centre - spread), math.tanh(centre + spread)


def rapid_threshold(mean: timedelta | None, n: int) -> timedelta:
    """Return the time under which an answer counts as a rapid guess.

    min(10 s, 10 % of the item's mean time) once n ≥ 50 times are known, else 3 s.
    """
    if mean is None or n < LEAST_TIMES:
        return RAPID_WITHOUT_TIMES
    return min(RAPID_AT_MOST, mean / 10)
