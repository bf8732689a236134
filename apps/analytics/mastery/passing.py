"""Readiness: the chance to pass a new form of the blueprint, and which study would raise it most.

For a draw of the learner and a random form the raw score is S = Σ w_d k_d/n_d, with k_d a Poisson-binomial; P(S ≥ c)
is exact. Domains with the same w_d/n_d add up like one. The groups are split into two halves whose scores are
integers in a common unit; each score of one half is paired with the tail of the other.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from apps.analytics.mastery.bank import Bank, Belief
from apps.analytics.psychometrics.model import Floats, Ints

LEAST_ANSWERS = 20
LEAST_TOLD, MOST_TOLD = 0.02, 0.98
DRAWS, FORMS = 200, 20
# One form's luck moves the chance by some 15 points; twenty alone would leave 3 of them in the mean.
_DIFFERENT_FORMS = 200
STUDY_GAIN = 0.5
STUDY_DRAWS = 10
# Numbers held at once while halves are paired: 32 MB.
_MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class DomainShare:
    """A domain of a blueprint: its weight and how many scored items a form has of it."""

    domain: int
    weight: int
    count: int


Blueprint = Sequence[DomainShare]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The chance to pass, from 2 to 98 %, with the 5 to 95 % interval over what the learner may be, and n answers."""

    probability: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Gain:
    """What half a logit more on an area would add to readiness, and how many answers the area rests on."""

    area: str
    gain: float
    n: int


def readiness(
    belief: Belief, blueprint: Blueprint, items: Sequence[int], cut: Fraction, *, draws: int = DRAWS, forms: int = FORMS
) -> Readiness | None:
    """Return the chance to reach `cut` on a form drawn from these item ids; None under 20 answers that count.

    Raises ValueError when a domain of the blueprint has no item.
    """
    n = len(belief.evidence.place)
    if n < LEAST_ANSWERS:
        return None
    exam = Exam(belief.bank, blueprint, items, cut, forms, belief.seed)
    passing = exam.chance(belief.chances(exam.places, draws))
    low, high = np.quantile(passing, [0.05, 0.95])
    return Readiness(_told(float(passing.mean())), _told(float(low)), _told(float(high)), n)


def next_best(
    belief: Belief,
    blueprint: Blueprint,
    items: Sequence[int],
    cut: Fraction,
    areas: Mapping[str, Sequence[int]],
    *,
    draws: int = STUDY_DRAWS,
) -> list[Gain]:
    """Return the areas by what half a logit more on their items would add to readiness, most first.

    Empty under 20 answers that count. Computed anew for each area on the same few draws and twenty forms, so that areas
    differ by what they are.
    """
    if len(belief.evidence.place) < LEAST_ANSWERS:
        return []
    exam = Exam(belief.bank, blueprint, items, cut, FORMS, belief.seed)
    p = belief.chances(exam.places, draws)
    raised_odds = math.exp(STUDY_GAIN) * p
    studied = raised_odds / (1 - p + raised_odds)
    base = float(exam.chance(p).mean())
    gains = []
    for area, members in areas.items():
        places = belief.bank.places(members)
        raised = np.where(np.isin(exam.places, places), studied, p)
        n = int(np.isin(belief.evidence.place, places).sum())
        gains.append(Gain(area, float(exam.chance(raised).mean()) - base, n))
    return sorted(gains, key=lambda gain: (-gain.gain, gain.area))


def _told(probability: float) -> float:
    return min(max(probability, LEAST_TOLD), MOST_TOLD)


class Exam:
    """Random forms of a blueprint, and everything about their scores that does not depend on the learner.

    Each draw of the learner meets `forms` of two hundred of them. `places` are those of the bank's items that a form
    may use, in the order in which `chance` takes their chances.
    """

    def __init__(
        self, bank: Bank, blueprint: Blueprint, items: Sequence[int], cut: Fraction, forms: int, seed: int
    ) -> None:
        rng = np.random.default_rng([seed, 1])
        self.places = np.unique(bank.places(items))
        grouped: dict[Fraction, list[Ints]] = {}
        for share in sorted(blueprint, key=lambda share: share.domain):
            if not share.count:
                continue
            pool = np.flatnonzero(np.array([bank.domains[place] for place in bank.domain[self.places]]) == share.domain)
            if not len(pool):
                raise ValueError(f"Domain {share.domain} has no item to draw a form from.")
            # A bank smaller than the form repeats items: the chance is then that of more items like these.
            pool = np.tile(pool, -(-share.count // len(pool)))
            order = np.argsort(rng.random((_DIFFERENT_FORMS, len(pool))), axis=1)
            grouped.setdefault(Fraction(share.weight, share.count), []).append(pool[order[:, : share.count]])
        total = sum(share.weight for share in blueprint if share.count)
        unit = math.lcm(*(worth.denominator for worth in grouped))
        self.forms = forms
        sizes = sorted(
            ((np.concatenate(columns, axis=1), int(worth * unit)) for worth, columns in grouped.items()),
            key=lambda group: -group[0].shape[1],
        )
        # The largest against all others first, then each to the half that has fewer scores.
        self.halves: tuple[list[tuple[Ints, int]], list[tuple[Ints, int]]] = ([], [])
        for group in sizes:
            min(self.halves, key=_score_count).append(group)
        first, second = (_scores(half) for half in self.halves)
        self.order = np.argsort(second, kind="stable")
        self.tail = np.searchsorted(second[self.order], math.ceil(cut * total * unit) - first)

    def chance(self, p: Floats) -> Floats:
        """Return the chance to pass for each draw, as the mean over the forms; `p` is draws × places."""
        draws = len(p)
        passing = np.empty(draws)
        at_once = max(1, _MOST_CELLS // (self.forms * max(len(self.tail), len(self.order))))
        for start in range(0, draws, at_once):
            some = p[start : start + at_once]
            first, second = (self._distribution(half, some, start) for half in self.halves)
            # Where nothing of the other half reaches the cut its tail is empty: one more column of zeros.
            tails = np.zeros((len(second), second.shape[1] + 1))
            tails[:, :-1] = second[:, self.order[::-1]].cumsum(axis=1)[:, ::-1]
            each = np.einsum("ij,ij->i", first, tails[:, self.tail])
            passing[start : start + at_once] = each.reshape(len(some), self.forms).mean(axis=1)
        return passing

    def _distribution(self, half: Sequence[tuple[Ints, int]], p: Floats, start: int) -> Floats:
        """Return (draws · forms) × scores: the distribution of a half's score, in the order of `_scores`.

        `start` is the number of the first draw: each draw takes the forms after those of the one before.
        """
        joint = np.ones((len(p) * self.forms, 1))
        draw = np.repeat(np.arange(len(p)), self.forms)
        form = (start * self.forms + np.arange(len(draw))) % _DIFFERENT_FORMS
        for columns, _ in half:
            counts = poisson_binomial(p[draw[:, None], columns[form]])
            joint = (joint[:, :, None] * counts[:, None, :]).reshape(len(joint), -1)
        return joint


def _score_count(half: Sequence[tuple[Ints, int]]) -> int:
    return math.prod(columns.shape[1] + 1 for columns, _ in half)


def _scores(half: Sequence[tuple[Ints, int]]) -> Ints:
    """Return every score of a half in units, the last group's count running fastest."""
    scores = np.zeros(1, dtype=np.int64)
    for columns, worth in half:
        scores = (scores[:, None] + worth * np.arange(columns.shape[1] + 1)).ravel()
    return scores


def poisson_binomial(p: Floats) -> Floats:
    """Return rows × (n + 1): the distribution of the number of right answers among n with chances `p` (rows × n)."""
    rows, n = p.shape
    counts = np.zeros((n + 1, rows))
    counts[0] = 1.0
    for done, chance in enumerate(np.ascontiguousarray(p.T), start=1):
        moved = counts[:done] * chance
        counts[:done] -= moved
        counts[1 : done + 1] += moved
    return np.ascontiguousarray(counts.T)
