"""Where to study: areas ranked by what they cost, each with its evidence. Pure (scoring.md D, before its model exists).

An area is an objective or a topic. Its answers are pooled over the learner's attempts, each item once, at first sight.
Its band is that of the 90 % Wilson interval against the cut; areas are ordered by Σ ω (c - x), the share of the raw
score that lies between the learner and the cut there; under five answers an area is listed without a rank.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from apps.scoring.engine import FULL_CREDIT, Interval, band, wilson

LEAST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scored answer: the area it speaks of, its share ω of the raw score, and its credit in thousandths."""

    area: str
    share: Fraction
    credit: int
    item: str


@dataclass(frozen=True, slots=True)
class Area:
    """An area with its evidence. `loss` is Σ ω (c - x): above 0, the area pulls the score below the cut."""

    area: str
    n: int
    right: int
    interval: Interval
    band: str
    loss: Fraction
    missed: tuple[str, ...] = field(default=())

    @property
    def is_ranked(self) -> bool:
        """Whether there are enough answers to compare this area with others."""
        return self.n >= LEAST_ANSWERS


def rank(evidence: Sequence[Evidence], cut: Fraction) -> list[Area]:
    """Return the areas: those with enough answers first, costliest first; then the others, unranked, by name."""
    by_area: dict[str, list[Evidence]] = defaultdict(list)
    for answer in evidence:
        by_area[answer.area].append(answer)
    areas = [_area(name, answers, cut) for name, answers in by_area.items()]
    return sorted(areas, key=lambda a: (not a.is_ranked, (-a.loss, -a.n) if a.is_ranked else (0, 0), a.area))


def _area(name: str, answers: Sequence[Evidence], cut: Fraction) -> Area:
    n = len(answers)
    credit = sum(answer.credit for answer in answers)
    interval = wilson(float(Fraction(credit, FULL_CREDIT * n)), n)
    return Area(
        area=name,
        n=n,
        right=sum(answer.credit == FULL_CREDIT for answer in answers),
        interval=interval,
        band=band(interval, cut),
        loss=sum((a.share * (cut - Fraction(a.credit, FULL_CREDIT)) for a in answers), Fraction(0)),
        missed=tuple(sorted(a.item for a in answers if a.credit < FULL_CREDIT)),
    )
