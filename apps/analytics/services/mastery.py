"""What is believed about a learner, computed anew after each score (scoring.md D)."""

from collections import Counter
from typing import Any

import numpy as np
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.analytics.mastery import Answer, Belief, Readiness, area_masteries, fit, next_best, readiness, seed_of
from apps.analytics.models import Mastery, Prediction
from apps.analytics.queries.bank import Area, StudyBank, study_bank
from apps.analytics.queries.responses import Columns, learner_responses
from apps.bank.models import Certification

# The chance's own error is under half a point with these, and its interval's under three; twice as many cost twice.
READINESS_DRAWS, READINESS_FORMS = 100, 10
AREA_DRAWS = 400
# Study gains are computed for the topics with the most to gain in the raw score, to first order; none of the others
# comes out on top.
STUDY_AREAS, STUDY_DRAWS, NEXT = 8, 6, 5
_DECIMALS = 4


@transaction.atomic
def update_mastery(learner: User, certification: Certification) -> Mastery:
    """Compute the learner's state from every answer there is, store it, and log the prediction if it is another one.

    Doing it again changes nothing but what age does to the evidence.
    """
    Mastery.objects.bulk_create(
        [Mastery(learner=learner, certification=certification, n=0, computed_at=database_now())], ignore_conflicts=True
    )
    # Two scores of one learner at once: the second waits, and then sees the answers of both.
    row = Mastery.objects.select_for_update().get(learner=learner, certification=certification)
    before = (row.n, row.readiness)
    row.calibration, row.n, row.body = None, 0, {}
    row.readiness_low = row.readiness = row.readiness_high = None
    bank = study_bank(certification)
    if bank is not None:
        _compute(row, bank, learner_responses(learner, certification))
    row.computed_at = database_now()
    row.save()
    if row.readiness is not None and (row.n, row.readiness) != before:
        Prediction.objects.create(
            learner=learner, certification=certification, calibration=row.calibration, made_at=row.computed_at,
            n=row.n, low=row.readiness_low, probability=row.readiness, high=row.readiness_high,
        )  # fmt: skip
    return row


def _compute(row: Mastery, held: StudyBank, responses: Columns) -> None:
    known = responses.where(np.isin(responses.version, list(held.bank.place)))
    counted = known.where(~known.rapid(held.thresholds))
    answers = [
        Answer(version, credit, age)
        for version, credit, age in zip(
            counted.version.tolist(), counted.credit.tolist(), counted.age_days.tolist(), strict=True
        )
    ]
    belief = fit(answers, held.bank, held.hyper, seed=seed_of(row.learner_id, held.model))
    ready, gains = None, {}
    if held.blueprint is not None:
        ready = readiness(belief, held.blueprint, held.pool, held.cut, draws=READINESS_DRAWS, forms=READINESS_FORMS)
        gains = _gains(belief, held)
    row.calibration, row.n = held.calibration, len(answers)
    _put(row, ready)
    row.body = _body(belief, held, counted, gains)


def _put(row: Mastery, ready: Readiness | None) -> None:
    if ready is not None:
        # A mean may lie outside of a lopsided interval by what rounding and the caps leave.
        row.readiness = round(ready.probability, _DECIMALS)
        row.readiness_low = min(round(ready.low, _DECIMALS), row.readiness)
        row.readiness_high = max(round(ready.high, _DECIMALS), row.readiness)


def _gains(belief: Belief, held: StudyBank) -> dict[str, float]:
    """Return the gain in readiness of the most promising topics, most first."""
    assert held.blueprint is not None  # noqa: S101 - the caller has asked
    topics = {area.code: area.members for area in held.areas if area.kind == "topic"}
    if not topics:
        return {}
    worth = _raw_worth(belief, held)
    promise = {code: float(sum(worth.get(version, 0.0) for version in members)) for code, members in topics.items()}
    picked = sorted(topics, key=lambda code: (-promise[code], code))[:STUDY_AREAS]
    found = next_best(
        belief, held.blueprint, held.pool, held.cut, {code: topics[code] for code in picked}, draws=STUDY_DRAWS
    )
    return {gain.area: round(gain.gain, _DECIMALS) for gain in found}


def _raw_worth(belief: Belief, held: StudyBank) -> dict[int, float]:
    """Return what a little more ability on each item of the pool adds to the expected raw score."""
    places = belief.bank.places(held.pool)
    p = belief.chances(places, STUDY_DRAWS).mean(axis=0)
    domains = [belief.bank.domains[domain] for domain in belief.bank.domain[places]]
    sizes, weights = Counter(domains), {share.domain: share.weight for share in held.blueprint or ()}
    return {
        version: weights.get(domain, 0) / sizes[domain] * chance * (1 - chance)
        for version, domain, chance in zip(held.pool, domains, p.tolist(), strict=True)
    }


def _body(belief: Belief, held: StudyBank, counted: Columns, gains: dict[str, float]) -> dict[str, Any]:
    asked = Counter(counted.version.tolist())
    right = Counter(counted.version[counted.credit >= 1].tolist())
    found = area_masteries(
        belief, {f"{area.kind}:{area.code}": area.members for area in held.areas}, float(held.cut), draws=AREA_DRAWS
    )
    body: dict[str, Any] = {"domain": [], "objective": [], "topic": []}
    for area in held.areas:
        seen = found[f"{area.kind}:{area.code}"]
        body[area.kind].append(
            {
                "code": area.code,
                "title": area.title,
                "n": _total(asked, area),
                "right": _total(right, area),
                "low": round(seen.low, _DECIMALS),
                "mean": round(seen.mean, _DECIMALS),
                "high": round(seen.high, _DECIMALS),
                "label": seen.label,
                "more": seen.more,
                "gain": gains.get(area.code) if area.kind == "topic" else None,
            }
        )
    body["next"] = [["topic", code] for code, gain in gains.items() if gain > 0][:NEXT]
    return body


def _total(counts: "Counter[int]", area: Area) -> int:
    return sum(counts[version] for version in area.counted)
