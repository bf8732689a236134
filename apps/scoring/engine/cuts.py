"""Where a cut comes from: judges (L1), a reference form (L2) or real outcomes (L3). Pure (scoring.md A).

Every function returns a cut with its evidence level, n and standard error, or raises Unsupported with every reason why
the evidence does not carry one. A cut is a raw score S as a fraction of ten-thousandths, as a form stores it.

Sources: modified Angoff as in Cizek & Bunch, Standard Setting (2007), ch. 6; true-score equating by Lord,
Applications of IRT (1980), ch. 13; the standard error of the point where P = .5 by the delta method as for an LD50.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LEAST_JUDGES = 3
LEAST_RESPONSES = 100
MOST_DIFFICULTY_SE = 0.35
LEAST_OUTCOMES = 50
LEAST_OF_A_KIND = 15
_STEPS = 100
# Beyond this ability every item's probability is 0 or 1 to the last bit.
_FAR = 60.0


@dataclass(frozen=True, slots=True)
class CutEstimate:
    """A cut with what it rests on: `n` judges (L1), the fewest responses to an item (L2) or outcomes (L3).

    `se` is the standard error of the cut on the raw scale; None for L2, whose error is that of the reference cut.
    """

    level: str
    cut: Fraction
    se: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CalibratedItem:
    """A scored item of a form: its share ω of the raw score, P = σ(slope θ + intercept), and what that rests on."""

    position: int
    share: float
    slope: float
    intercept: float
    n: int
    difficulty_se: float


class Unsupported(Exception):
    """The evidence carries no cut; `reasons` says what is missing, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def angoff(
    ratings: Mapping[str, Mapping[int, Fraction]], domains: Mapping[int, int], weights: Mapping[int, int]
) -> CutEstimate:
    """Return the modified Angoff cut, c = Σ ω_i mean_j p_ij with ω_i = w_d/n_d, and SE = SD_j(c_j)/√J.

    `ratings` holds for each judge and item position the estimated share of borderline candidates who answer right;
    `domains` the domain of every scored position; `weights` those of the domains. Raises Unsupported with fewer than
    three judges or when a judge has not rated every item.
    """
    reasons = []
    if not domains:
        reasons.append("The form has no scored item.")
    if len(ratings) < LEAST_JUDGES:
        reasons.append(f"{len(ratings)} of at least {LEAST_JUDGES} judges have rated the form.")
    for judge, rated in sorted(ratings.items()):
        if missing := sorted(domains.keys() - rated.keys()):
            places = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
            reasons.append(f"{judge} has not rated {len(missing)} of {len(domains)} items: {places}.")
        if wrong := sorted(place for place in domains.keys() & rated.keys() if not 0 <= rated[place] <= 1):
            reasons.append(f"{judge}'s estimate of item {wrong[0]} is not between 0 and 1.")
    if reasons:
        raise Unsupported(reasons)
    shares = item_shares(domains, weights)
    each = [sum((shares[place] * rated[place] for place in domains), Fraction(0)) for rated in ratings.values()]
    mean = sum(each, Fraction(0)) / len(each)
    variance = sum(((c - mean) ** 2 for c in each), Fraction(0)) / (len(each) - 1)
    return CutEstimate("L1", _stored(mean), math.sqrt(variance / len(each)), len(each))


def item_shares(domains: Mapping[int, int], weights: Mapping[int, int]) -> dict[int, Fraction]:
    """Return the share of the raw score that each position carries, ω_i = w_d/n_d with weights that sum to 1."""
    counts: dict[int, int] = {}
    for domain in domains.values():
        counts[domain] = counts.get(domain, 0) + 1
    total = sum(weights[domain] for domain in counts)
    return {place: Fraction(weights[domain], counts[domain] * total) for place, domain in domains.items()}


def equated_cut(cut: Fraction, reference: Sequence[CalibratedItem], form: Sequence[CalibratedItem]) -> CutEstimate:
    """Return the cut of `form` that asks as much as `cut` does on the reference form: TCC_F(TCC_ref⁻¹(c)).

    Raises Unsupported unless every scored item of both has n ≥ 100 responses and SE(b) ≤ .35.
    """
    refuse_uncalibrated([*reference, *form])
    return CutEstimate(
        "L2", _stored(equate(float(cut), reference, form)), None, min(item.n for item in [*reference, *form])
    )


def refuse_uncalibrated(items: Sequence[CalibratedItem]) -> None:
    """Raise Unsupported, naming the items, unless every one is calibrated well enough to equate with."""
    few = [item.position for item in items if item.n < LEAST_RESPONSES]
    vague = [item.position for item in items if not item.difficulty_se <= MOST_DIFFICULTY_SE]
    reasons = ["There is no item to equate with."] if not items else []
    if few:
        reasons.append(f"Items {few} have fewer than {LEAST_RESPONSES} responses.")
    if vague:
        reasons.append(f"The difficulty of items {vague} has a standard error above {MOST_DIFFICULTY_SE}.")
    if reasons:
        raise Unsupported(reasons)


def equate(raw: float, here: Sequence[CalibratedItem], there: Sequence[CalibratedItem]) -> float:
    """Return the raw score on `there` of the ability whose expected raw score on `here` is `raw` (0 to 1).

    0 and 1 belong to no finite ability and stay where they are.
    """
    if raw <= 0 or raw >= 1:
        return min(max(raw, 0.0), 1.0)
    return expected_raw(_root(lambda theta: expected_raw(theta, here) - raw), there)


def expected_raw(theta: float, items: Sequence[CalibratedItem]) -> float:
    """Return the test characteristic curve at ability `theta`: Σ ω P / Σ ω."""
    total = sum(item.share for item in items)
    return sum(item.share * _logistic(item.slope * theta + item.intercept) for item in items) / total


def linked_cut(outcomes: Sequence[tuple[float, bool]]) -> CutEstimate:
    """Return the raw score at which reported real exams are passed half of the time, with its delta-method SE.

    `outcomes` pairs a learner's raw mock score S (0 to 1) with whether the real exam was passed; a logistic regression
    of the second on the first. Raises Unsupported under 50 reports or 15 of a kind, when the score does not tell passes
    from fails, and when it separates them wholly (the fit then has no finite maximum).
    """
    passed = [raw for raw, is_pass in outcomes if is_pass]
    failed = [raw for raw, is_pass in outcomes if not is_pass]
    reasons = []
    if len(outcomes) < LEAST_OUTCOMES:
        reasons.append(f"{len(outcomes)} of at least {LEAST_OUTCOMES} outcomes are known.")
    for kind, known in (("passes", passed), ("fails", failed)):
        if len(known) < LEAST_OF_A_KIND:
            reasons.append(f"{len(known)} of at least {LEAST_OF_A_KIND} {kind} are known.")
    if reasons:
        raise Unsupported(reasons)
    if min(passed) >= max(failed) or min(failed) >= max(passed):
        raise Unsupported(["Passes and fails do not overlap on the raw score, so the point between them is not fixed."])
    fit = _logistic_regression([(raw, float(is_pass)) for raw, is_pass in outcomes])
    # A Wald test at 5 %: without a slope there is no crossing.
    if fit.slope <= 1.959964 * math.sqrt(fit.slope_variance):
        raise Unsupported(["The raw score does not tell reported passes from reported fails."])
    cut = -fit.intercept / fit.slope
    if not 0 < cut < 1:
        raise Unsupported([f"The point where half pass lies at {cut:.2f}, outside of the raw scale."])
    variance = fit.intercept_variance + 2 * cut * fit.covariance + cut**2 * fit.slope_variance
    return CutEstimate("L3", _stored(Fraction(cut)), math.sqrt(variance) / fit.slope, len(outcomes))


@dataclass(frozen=True, slots=True)
class _Line:
    intercept: float
    slope: float
    intercept_variance: float
    covariance: float
    slope_variance: float


def _logistic_regression(points: Sequence[tuple[float, float]]) -> _Line:
    """Maximum likelihood by Newton's method from zero; the maximum exists because the caller refused separation."""
    b0 = b1 = 0.0
    for _ in range(_STEPS):
        probabilities = [_logistic(b0 + b1 * x) for x, _ in points]
        g0 = sum(y - p for (_, y), p in zip(points, probabilities, strict=True))
        g1 = sum(x * (y - p) for (x, y), p in zip(points, probabilities, strict=True))
        h00 = sum(p * (1 - p) for p in probabilities)
        h01 = sum(x * p * (1 - p) for (x, _), p in zip(points, probabilities, strict=True))
        h11 = sum(x * x * p * (1 - p) for (x, _), p in zip(points, probabilities, strict=True))
        determinant = h00 * h11 - h01 * h01
        if determinant <= 0:
            raise Unsupported(["The reported outcomes do not fix a line: every raw score is the same."])
        step0, step1 = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        b0, b1 = b0 + step0, b1 + step1
        if abs(step0) + abs(step1) < 1e-10 * (1 + abs(b0) + abs(b1)):
            return _Line(b0, b1, h11 / determinant, -h01 / determinant, h00 / determinant)
    raise Unsupported(["The regression of outcomes on raw scores did not settle."])


def _root(rising: Callable[[float], float]) -> float:
    low, high = -_FAR, _FAR
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else 1 - 1 / (1 + math.exp(z))


def _stored(cut: Fraction | float) -> Fraction:
    """A form stores four decimals; half up, like every rounding of a score."""
    return Fraction(math.floor(Fraction(cut) * 10000 + Fraction(1, 2)), 10000)
