"""The bank of a certification as the mastery model sees it: difficulties, areas and the standard blueprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from django.db import connection

from apps.analytics.mastery import Bank, BankItem, DomainShare, Hyper, cold_start
from apps.analytics.models import Calibration
from apps.analytics.queries.responses import rapid_thresholds
from apps.bank.models import Certification, Domain, Objective, Topic
from apps.exams.models import Blueprint

# Version, domain, objective, topic (ids), whether a new form may ask it, the author's estimate.
Row = tuple[int, int, int, int, bool, float]

MODEL_VERSION = 1
COLD = Hyper()


@dataclass(frozen=True, slots=True)
class Area:
    """A domain, objective or topic: its version ids to be judged by, and all whose answers count for it."""

    kind: str
    code: str
    title: str
    members: tuple[int, ...]
    counted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StudyBank:
    """What every learner's mastery in a certification is computed against.

    `pool` are the version ids a new form may ask. `blueprint` is None where no form could be drawn: without a
    blueprint, or with a domain that has no item. `thresholds` are seconds by version id.
    """

    calibration: Calibration | None
    bank: Bank
    hyper: Hyper
    areas: tuple[Area, ...]
    pool: tuple[int, ...]
    blueprint: tuple[DomainShare, ...] | None
    cut: Fraction
    thresholds: Mapping[int, float]

    @property
    def model(self) -> str:
        """The name of what the numbers come from; draws start from it."""
        return f"{MODEL_VERSION}.{self.calibration.number if self.calibration else 0}"


def latest_calibration(certification: Certification) -> Calibration | None:
    """Return the last run that ended well."""
    done = Calibration.objects.filter(certification=certification, finished_at__isnull=False, error="")
    return done.order_by("-number").first()


# Every version that was asked or may be: where it counts, and its author's estimate. Where a form froze an item's
# domain and objective the latest form tells, else the item.
_ITEMS = """
SELECT version.id, coalesce(asked.domain_id, objective.domain_id) AS domain,
       coalesce(asked.objective_id, item.objective_id) AS objective,
       coalesce(topic.topic_id, -objective.domain_id) AS topic,
       item.state = 'active' AND version.number = newest.number AS is_active, key.angoff::float8
FROM bank_itemversion version
JOIN bank_item item ON item.id = version.item_id
JOIN bank_objective objective ON objective.id = item.objective_id
CROSS JOIN LATERAL (SELECT max(number) AS number FROM bank_itemversion WHERE item_id = item.id) newest
CROSS JOIN LATERAL (
    SELECT angoff FROM bank_key WHERE version_id = version.id ORDER BY revision DESC LIMIT 1
) key
LEFT JOIN bank_itemtopic topic ON topic.item_id = item.id AND topic.position = 0
LEFT JOIN LATERAL (
    SELECT domain_id, objective_id FROM exams_formitem WHERE version_id = version.id ORDER BY id DESC LIMIT 1
) asked ON true
WHERE item.certification_id = %s
  AND (asked.domain_id IS NOT NULL OR (item.state = 'active' AND version.number = newest.number))
ORDER BY version.id
"""


def study_bank(certification: Certification) -> StudyBank | None:
    """Return the bank as it is now, or None while it is empty; it is kept until something of it changes."""
    calibration = latest_calibration(certification)
    blueprint = _blueprint(certification)
    rows = bank_rows(certification)
    if not rows:
        return None
    shares = tuple(blueprint.domains.values_list("domain_id", "weight", "scored_count")) if blueprint else ()
    cut = blueprint.exact_cut if blueprint else Fraction(certification.cut)
    return _study_bank(certification, calibration.pk if calibration else None, rows, shares, cut)


def hyper_of(calibration: Calibration) -> Hyper:
    """Return the hyperparameters that a calibration found."""
    held = calibration.hyperparameters
    return Hyper(held["mean"], held["learner_sd"], held["domain_sd"], held["topic_sd"])


def bank_rows(certification: Certification) -> tuple[Row, ...]:
    """Return every version that was asked or may be, as plain columns."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [certification.pk])
        return tuple(cursor.fetchall())


def _blueprint(certification: Certification) -> Blueprint | None:
    """The certification's standard blueprint, which has its code; else the first one."""
    plans = list(certification.blueprints.order_by("pk"))
    return next((plan for plan in plans if plan.code == certification.code), plans[0] if plans else None)


@lru_cache(maxsize=8)
def _study_bank(
    certification: Certification,
    calibration_id: int | None,
    rows: tuple[Row, ...],
    shares: tuple[tuple[int, int, int], ...],
    cut: Fraction,
) -> StudyBank:
    calibration = Calibration.objects.get(pk=calibration_id) if calibration_id else None
    hyper = hyper_of(calibration) if calibration else COLD
    bank = Bank.of(bank_items(rows, calibration, cut))
    pool = _pool(rows, shares)
    in_pool = set(pool)
    drawn_from = {domain for version, domain, *_ in rows if version in in_pool}
    is_drawable = bool(shares) and {domain for domain, *_ in shares} <= drawn_from
    return StudyBank(
        calibration=calibration,
        bank=bank,
        hyper=hyper,
        areas=tuple(_areas(certification, rows)),
        pool=pool,
        blueprint=tuple(DomainShare(*share) for share in shares) if is_drawable else None,
        cut=cut,
        thresholds=rapid_thresholds(certification),
    )


def forget_banks() -> None:
    """Let this process read the banks again, for tests: another database has others under the same numbers."""
    _study_bank.cache_clear()


def bank_items(rows: tuple[Row, ...], calibration: Calibration | None, cut: Fraction) -> list[BankItem]:
    """Return each version with its difficulty in logits: calibrated, else from the author's estimate.

    The mastery model has one slope for all. Of a calibrated item it takes what holds for the middle of the population:
    b = -(a m + d) with the variance of d, m being the population's mean.
    """
    mean = float(calibration.hyperparameters.get("population", 0.0)) if calibration else 0.0
    known = {
        int(version): (-(a * mean + d), se_d**2)
        for version, (a, d, _, se_d, _) in (calibration.parameters if calibration else {}).items()
    }
    borderline = _ability_at([b for b, _ in known.values()], float(cut)) if known else 0.0
    return [
        BankItem(version, domain, topic, *(known.get(version) or cold_start(angoff, borderline=borderline)))
        for version, domain, _, topic, _, angoff in rows
    ]


def _ability_at(difficulties: list[float], share: float) -> float:
    """Return the ability whose expected share right of these items is `share`."""
    b = np.array(difficulties)
    low, high = float(b.min()) - 10, float(b.max()) + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(b - middle))).mean() < share else (low, middle)
    return low


def _pool(rows: tuple[Row, ...], shares: tuple[tuple[int, int, int], ...]) -> tuple[int, ...]:
    """Active versions; of a domain that has none, those that were asked once."""
    active = {domain for _, domain, *_, is_active, _ in rows if is_active}
    wanted = {domain for domain, *_ in shares}
    return tuple(
        version
        for version, domain, *_, is_active, _ in rows
        if domain in wanted and (is_active or domain not in active)
    )


def _areas(certification: Certification, rows: tuple[Row, ...]) -> list[Area]:
    domains = {domain.pk: (domain.slug, domain.title) for domain in Domain.objects.filter(certification=certification)}
    objectives = {
        objective.pk: (objective.code, objective.title)
        for objective in Objective.objects.filter(domain__certification=certification)
    }
    topics = {topic.pk: (topic.slug, topic.title) for topic in Topic.objects.filter(pk__in={row[3] for row in rows})}
    found = []
    for kind, names, column in (("domain", domains, 1), ("objective", objectives, 2), ("topic", topics, 3)):
        for pk, (code, title) in names.items():
            counted = tuple(row[0] for row in rows if row[column] == pk)
            members = tuple(row[0] for row in rows if row[column] == pk and row[4]) or counted
            if members:
                found.append(Area(kind, code, title, members, counted))
    return found
