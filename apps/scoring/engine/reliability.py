"""How far the scores of a form or of a blueprint can be relied on. Pure (scoring.md A).

Undefined is None, never 0: with fewer than two attempts, fewer than two items, or no spread, nothing is known.

Sources: Cronbach, L. J. (1951), Psychometrika 16, 297-334; the index of dependability Φ when each learner has another
form, Brennan, Generalizability Theory (2001), ch. 2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Sums:
    """Σx and Σx² of one variable over n attempts, as integers."""

    total: int
    squares: int

    def spread(self, n: int) -> int:
        """Return nΣx² - (Σx)², which is n(n-1) times the variance."""
        return n * self.squares - self.total**2


def sums(values: Sequence[int]) -> Sums:
    """Return the sums of a variable."""
    return Sums(sum(values), sum(value * value for value in values))


def alpha(n: int, items: Sequence[Sums], total: Sums) -> Fraction | None:
    """Return Cronbach's alpha of a fixed form, k/(k-1)·(1 - Σσ²_i/σ²_T), exact.

    `items` are sums of credit per item over the same n attempts, blanks as 0; `total` those of the attempts' sum. It
    can be negative. None when undefined.
    """
    k = len(items)
    if n < 2 or k < 2 or total.spread(n) == 0:
        return None
    return Fraction(k, k - 1) * (1 - Fraction(sum(item.spread(n) for item in items), total.spread(n)))


def alpha_if_deleted(n: int, credits: Sequence[Sequence[int]]) -> list[Fraction | None]:
    """Return alpha without each item in turn; `credits` is one row of item credits per attempt."""
    columns = list(zip(*credits, strict=True))
    items = [sums(column) for column in columns]
    totals = [sum(row) for row in credits]
    return [
        alpha(
            n,
            items[:left_out] + items[left_out + 1 :],
            sums([whole - part for whole, part in zip(totals, column, strict=True)]),
        )
        for left_out, column in enumerate(columns)
    ]


def phi(raws: Sequence[Fraction], error_variances: Sequence[Fraction]) -> Fraction | None:
    """Return Φ = 1 - mean(v)/Var(S) for attempts on forms drawn anew; `engine.error_variance` gives each v.

    The variance has n - 1 below it. It can be negative: the scores then differ less than their errors would make them.
    """
    n = len(raws)
    if n < 2:
        return None
    mean = sum(raws, Fraction(0)) / n
    variance = sum(((raw - mean) ** 2 for raw in raws), Fraction(0)) / (n - 1)
    return 1 - sum(error_variances, Fraction(0)) / n / variance if variance else None


def standard_error(variance: Fraction | float, reliability: Fraction | float | None) -> float | None:
    """Return the standard error of measurement, √(variance·(1 - reliability)), in the unit of the scores."""
    return None if reliability is None else math.sqrt(float(variance * (1 - reliability)))
