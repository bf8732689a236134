"""The fallback while difficulties are unknown: every cell of the bank has one chance, with a beta posterior.

A cell is whatever is pooled: domains for readiness, an area for its own mastery. It takes no account of which items
were met, so it is fooled by drills on hard items; a page that uses it says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.analytics.mastery.bank import Answer, Bank, Evidence
from apps.analytics.psychometrics.model import Floats, Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """Beta(α, β) of each cell; `cell` is the cell of each place in the bank."""

    bank: Bank
    evidence: Evidence
    seed: int
    cell: Ints
    alpha: Floats
    beta: Floats

    def chances(self, places: Ints, draws: int) -> Floats:
        """Return draws × places: the chance of each item's cell in draws from the posterior."""
        rng = np.random.default_rng(self.seed)
        return rng.beta(self.alpha, self.beta, size=(draws, len(self.alpha)))[:, self.cell[places]]

    def spread_after(self, places: Ints, answers: Ints) -> Floats:
        """Return the deviation of the area's mean chance after further answers at today's rate, spread evenly."""
        share = np.bincount(self.cell[places], minlength=len(self.alpha)) / len(places)
        total = self.alpha + self.beta
        mean = self.alpha / total
        after = total + np.asarray(answers)[..., None] * share + 1
        return np.asarray(np.sqrt((share**2 * mean * (1 - mean) / after).sum(axis=-1)), dtype=np.float64)


def fit_counts(
    answers: Sequence[Answer],
    bank: Bank,
    cells: Mapping[int, int],
    *,
    mean: float = 0.65,
    strength: float = 4.0,
    seed: int = 0,
) -> Counts:
    """Return the posterior of each cell; `cells` names the cell of every item id of the bank.

    The prior is worth `strength` answers with a share of `mean` right: the cohort's facility, where it is known.
    """
    evidence = Evidence.of(answers, bank)
    names = sorted(set(cells.values()))
    order = sorted(bank.place, key=lambda item: bank.place[item])
    cell = np.array([names.index(cells[item]) for item in order], dtype=np.int64)
    at = cell[evidence.place]
    right = np.zeros(len(names)) + np.bincount(at, evidence.weight * evidence.credit, len(names))
    wrong = np.zeros(len(names)) + np.bincount(at, evidence.weight * (1 - evidence.credit), len(names))
    return Counts(bank, evidence, seed, cell, mean * strength + right, (1 - mean) * strength + wrong)
