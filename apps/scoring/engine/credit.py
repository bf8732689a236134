"""What a response to one item is worth, in whole thousandths of a point.

A policy yields an exact fraction of a point; `credit` rounds it down. So 1000 means wholly right and nothing else
does, and no attempt passes by rounding. A blank response is worth 0 under every policy.

Sources: all-or-nothing, number correct less false marks, and true-false scoring of multiple-response items as compared
by Albanese & Sabers (1988), J. Educational Measurement 25, 111-123; `mapped` is QTI's map_response (1EdTech QTI 2.2,
response processing templates).
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

FULL_CREDIT = 1000


class Policy(StrEnum):
    """How what was chosen becomes credit."""

    EXACT = "exact"
    NET_CORRECT = "net_correct"
    EACH_ANSWER = "each_answer"
    COVERAGE = "coverage"
    MAPPED = "mapped"


class Treatment(StrEnum):
    """How a key correction treats an item: as its key says, as right for everybody, or as if it were not there."""

    SCORED = "scored"
    CREDITED = "credited"
    DROPPED = "dropped"


SCORED, CREDITED, DROPPED = Treatment.SCORED, Treatment.CREDITED, Treatment.DROPPED


@dataclass(frozen=True, slots=True)
class CreditRule:
    """A policy with what it needs besides key and response.

    `option_count` is the number of the item's options (each_answer). `weights` are what each option token adds; the
    sum is held between `low` and `high` and divided by `high` (mapped). Raises ValueError when something is missing.
    """

    policy: Policy = Policy.EXACT
    option_count: int = 0
    weights: tuple[tuple[str, Fraction], ...] = ()
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Refuse a rule that could give no credit, or credit outside 0 to 1."""
        if self.policy == Policy.EACH_ANSWER and self.option_count < 1:
            raise ValueError("each_answer needs the number of options; give option_count.")
        if self.policy == Policy.MAPPED and not self.weights:
            raise ValueError("mapped needs what each option is worth; give weights.")
        if not 0 <= self.low < self.high:
            raise ValueError(f"The bounds {self.low} and {self.high} must satisfy 0 ≤ low < high.")


EXACT = CreditRule()


def credit(chosen: frozenset[str], keyed: frozenset[str], rule: CreditRule = EXACT) -> int:
    """Return the thousandths of a point that choosing `chosen` earns, both as option tokens."""
    if not chosen:
        return 0
    return int(FULL_CREDIT * _earned(chosen, keyed, rule) // 1)


def credit_exact(chosen: frozenset[str], keyed: frozenset[str]) -> int:
    """Return 1000 when exactly the keyed options are chosen, else 0; blank is wrong."""
    return credit(chosen, keyed)


def _earned(chosen: frozenset[str], keyed: frozenset[str], rule: CreditRule) -> Fraction:
    hits = len(chosen & keyed)
    match rule.policy:
        case Policy.EXACT:
            return Fraction(chosen == keyed)
        case Policy.NET_CORRECT:
            return max(Fraction(0), Fraction(2 * hits - len(chosen), len(keyed)))
        case Policy.EACH_ANSWER:
            return max(Fraction(0), 1 - Fraction(len(chosen ^ keyed), rule.option_count))
        case Policy.COVERAGE:
            return Fraction(hits**2, len(chosen) * len(keyed))
        case Policy.MAPPED:
            total = sum((worth for token, worth in rule.weights if token in chosen), Fraction(0))
            return min(max(total, rule.low), rule.high) / rule.high
