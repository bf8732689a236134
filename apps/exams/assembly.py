"""Assembling a form: pool and blueprint and seed in, items in order out, or the reasons why there are none.

The choice is a 0-1 integer programme (van der Linden, Linear Models for Optimal Test Design, 2005, ch. 3-4): one
variable for each use of an item, exact counts per domain as equations, and random weights as the objective, so that
every feasible form can come out and the seed reproduces it. HiGHS (through scipy) solves it exactly.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass(frozen=True, slots=True)
class PoolItem:
    """An item that a form may use: a pilot candidate can only be unscored, any other only scored."""

    id: int
    domain: int
    is_pilot: bool
    is_multiple: bool


@dataclass(frozen=True, slots=True)
class DomainCounts:
    """How many items of a domain a form has."""

    domain: int
    scored: int
    pilot: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An item on the form, in order."""

    id: int
    is_scored: bool


class Infeasible(Exception):
    """No form can be assembled; `reasons` says what is missing, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def assemble(
    pool: Sequence[PoolItem], counts: Sequence[DomainCounts], *, multiple_count: int, seed: int
) -> list[Placed]:
    """Return the items of a form: exact counts per domain, exactly `multiple_count` multiple-response items.

    Pilots are spread at random among the rest, and the same seed and pool give the same form. Raises Infeasible with
    every shortage.
    """
    if shortages := _shortages(pool, counts, multiple_count):
        raise Infeasible(shortages)
    chosen = _choose(pool, counts, multiple_count, random.Random(seed))
    order = random.Random(seed + 1)
    placed = [Placed(item.id, is_scored=not item.is_pilot) for item in chosen]
    order.shuffle(placed)
    return placed


def _shortages(pool: Sequence[PoolItem], counts: Sequence[DomainCounts], multiple_count: int) -> list[str]:
    have = Counter((item.domain, item.is_pilot) for item in pool)
    reasons = []
    for need in counts:
        for is_pilot, wanted, name in ((False, need.scored, "active"), (True, need.pilot, "pilot")):
            if have[need.domain, is_pilot] < wanted:
                reasons.append(
                    f"Domain {need.domain} needs {wanted} {name} items and the pool has {have[need.domain, is_pilot]}."
                )
    multiples = sum(item.is_multiple for item in pool)
    if multiples < multiple_count:
        reasons.append(f"The form needs {multiple_count} multiple-response items and the pool has {multiples}.")
    return reasons


def _choose(
    pool: Sequence[PoolItem], counts: Sequence[DomainCounts], multiple_count: int, rng: random.Random
) -> list[PoolItem]:
    # Sorted first: the seed must decide alone, not the order in which a database returned the rows.
    items = sorted(pool, key=lambda item: item.id)
    rows, sizes = [], []
    for need in counts:
        for is_pilot, wanted in ((False, need.scored), (True, need.pilot)):
            rows.append([item.domain == need.domain and item.is_pilot == is_pilot for item in items])
            sizes.append(wanted)
    rows.append([item.is_multiple for item in items])
    sizes.append(multiple_count)
    result = milp(
        c=np.array([rng.random() for _ in items]),
        constraints=LinearConstraint(np.array(rows, dtype=float), np.array(sizes), np.array(sizes)),
        integrality=np.ones(len(items), dtype=np.int64),
        bounds=Bounds(0, np.array([float(any(item.domain == need.domain for need in counts)) for item in items])),
    )
    if not result.success:
        raise Infeasible(
            [
                f"Each domain has enough items, but no choice of them has exactly {multiple_count} multiple-response "
                "items; add or release items of the kind that is short."
            ]
        )
    return [item for item, taken in zip(items, result.x, strict=True) if taken > 0.5]


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Return how many of `total` items each weight gets: largest remainder, ties to the earlier (Hamilton's method)."""
    quotas = [divmod(total * weight, sum(weights)) for weight in weights]
    left = total - sum(whole for whole, _ in quotas)
    order = sorted(range(len(weights)), key=lambda index: -quotas[index][1])
    return [whole + (index in order[:left]) for index, (whole, _) in enumerate(quotas)]
