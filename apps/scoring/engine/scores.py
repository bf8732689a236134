"""What an attempt is worth. Pure and exact: integers and Fractions decide, floats only describe (scoring.md A).

Domain-weighted compensatory score, piecewise linear scale and Wilson interval on an effective n as written in
docs/scoring.md.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from apps.scoring.engine.credit import (
    CREDITED,
    DROPPED,
    EXACT,
    FULL_CREDIT,
    SCORED,
    CreditRule,
    Treatment,
    credit,
)
from apps.scoring.engine.intervals import Interval, band, wilson

VERSION = 1


@dataclass(frozen=True, slots=True)
class Scale:
    """A form's terms: raw cut c as an exact fraction, and the scaled scores that 0, c and 1 map to."""

    cut: Fraction
    least: int
    pass_mark: int
    most: int


@dataclass(frozen=True, slots=True)
class ItemResponse:
    """A scored or pilot item with what was chosen and what is keyed, as option tokens.

    `rule` says how that becomes credit, `treatment` what a key correction has decided about the item.
    """

    position: int
    domain: int
    is_scored: bool
    chosen: frozenset[str]
    keyed: frozenset[str]
    rule: CreditRule = EXACT
    treatment: Treatment = SCORED


@dataclass(frozen=True, slots=True)
class DomainResult:
    """A domain's scored items: how many, their credit in thousandths, and the interval of their proportion."""

    domain: int
    weight: int
    item_count: int
    credit: int
    interval: Interval
    band: str


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt was worth. `raw` decides; `scaled` and its interval are for people."""

    raw: Fraction
    scaled: int
    scaled_low: int
    scaled_high: int
    passed: bool
    item_count: int
    answered_count: int
    domains: tuple[DomainResult, ...]
    credits: tuple[tuple[int, int], ...]
    digest: str


def score(responses: Sequence[ItemResponse], weights: Mapping[int, int], scale: Scale) -> Result:
    """Return the result of an attempt.

    S = Σ w_d p_d / Σ w_d over the domains with scored items, p_d = Σ credit / n_d; pass ⇔ S ≥ c. Pilots get a
    credit and count nowhere, and so do dropped items; a domain that lost all its items takes its weight with it. A
    credited item is right for everybody. The order of `responses` changes nothing. Raises ValueError without any scored
    item.
    """
    ordered = sorted(responses, key=lambda response: response.position)
    credits = tuple((r.position, _credit(r)) for r in ordered)
    earned = dict(credits)
    scored = [r for r in ordered if r.is_scored and r.treatment != DROPPED]
    if not scored:
        raise ValueError("A score needs at least one scored item.")
    tallies = {
        domain: Tally(
            weights[domain],
            sum(r.domain == domain for r in scored),
            sum(earned[r.position] for r in scored if r.domain == domain),
        )
        for domain in sorted({r.domain for r in scored})
    }
    raw = _weighted(tallies)
    low, high = _whole_interval(raw, tallies)
    result = {
        "raw": raw,
        "scaled": to_scale(raw, scale),
        "scaled_low": to_scale(Fraction(low), scale),
        "scaled_high": to_scale(Fraction(high), scale),
        "passed": raw >= scale.cut,
        "item_count": len(scored),
        "answered_count": sum(bool(r.chosen) for r in scored),
        "domains": tuple(_domain_result(domain, tally, scale.cut) for domain, tally in tallies.items()),
        "credits": credits,
    }
    return Result(**result, digest=_digest(ordered, weights, scale, result))  # type: ignore[arg-type] # one dict, two readers


@dataclass(frozen=True, slots=True)
class Tally:
    """A domain's weight, its n scored items and the credit earned on them, in thousandths of a point."""

    weight: int
    n: int
    credit: int

    @property
    def proportion(self) -> Fraction:
        """The share of the domain's credit that was earned, p_d."""
        return Fraction(self.credit, FULL_CREDIT * self.n)


def _credit(response: ItemResponse) -> int:
    if response.treatment == CREDITED:
        return FULL_CREDIT
    return credit(response.chosen, response.keyed, response.rule)


def _weighted(tallies: Mapping[int, Tally]) -> Fraction:
    total = sum(tally.weight for tally in tallies.values())
    return sum((tally.weight * tally.proportion for tally in tallies.values()), Fraction(0)) / total


def error_variance(tallies: Iterable[Tally]) -> Fraction:
    """Return the error variance of a raw score, v = Σ w_d² p_d(1-p_d)/(n_d-1) with weights that sum to 1."""
    domains = list(tallies)
    total_n = sum(tally.n for tally in domains)
    total_weight = sum(tally.weight for tally in domains)
    pooled = Fraction(sum(tally.credit for tally in domains), FULL_CREDIT * total_n)
    variance = Fraction(0)
    for tally in domains:
        share = Fraction(tally.weight, total_weight)
        p = tally.proportion
        # One item has no spread of its own; the whole test's stands in for it.
        variance += share**2 * (p * (1 - p) / (tally.n - 1) if tally.n > 1 else pooled * (1 - pooled) / total_n)
    return variance


def _whole_interval(raw: Fraction, tallies: Mapping[int, Tally]) -> tuple[float, float]:
    """Wilson on n_eff = min(S(1-S)/v, Σ n_d); Σ n_d where v is 0."""
    total_n = sum(tally.n for tally in tallies.values())
    variance = error_variance(tallies.values())
    effective = min(raw * (1 - raw) / variance, Fraction(total_n)) if variance else Fraction(total_n)
    interval = wilson(float(raw), float(effective))
    return interval.low, interval.high


def to_scale(raw: Fraction, scale: Scale) -> int:
    """Return the scaled score: linear from 0 to c and from c to 1, rounded half up.

    A raw score below the cut never shows the pass mark, whatever the rounding says.
    """
    if raw >= scale.cut:
        exact = scale.pass_mark + (scale.most - scale.pass_mark) * (raw - scale.cut) / (1 - scale.cut)
        return math.floor(exact + Fraction(1, 2))
    exact = scale.least + (scale.pass_mark - scale.least) * raw / scale.cut
    return min(math.floor(exact + Fraction(1, 2)), scale.pass_mark - 1)


def _domain_result(domain: int, tally: Tally, cut: Fraction) -> DomainResult:
    interval = wilson(float(tally.proportion), tally.n)
    return DomainResult(domain, tally.weight, tally.n, tally.credit, interval, band(interval, cut))


def _digest(
    responses: Sequence[ItemResponse], weights: Mapping[int, int], scale: Scale, result: Mapping[str, object]
) -> str:
    """SHA-256 over everything that decided and everything that was decided, floats left out: they only describe."""
    content = [
        VERSION,
        [[r.position, r.domain, r.is_scored, sorted(r.chosen), sorted(r.keyed), *_beyond_exact(r)] for r in responses],
        sorted(weights.items()),
        [str(scale.cut), scale.least, scale.pass_mark, scale.most],
        [str(result["raw"]), result["scaled"], result["scaled_low"], result["scaled_high"], result["passed"]],
        result["credits"],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _beyond_exact(response: ItemResponse) -> list[object]:
    """What else decided. Nothing for a plain exact item, so digests made before the other policies stay as they are."""
    rule = response.rule
    if rule == EXACT and response.treatment == SCORED:
        return []
    weights = sorted((token, str(worth)) for token, worth in rule.weights)
    return [rule.policy, rule.option_count, weights, str(rule.low), str(rule.high), response.treatment]
