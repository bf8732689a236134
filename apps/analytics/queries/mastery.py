"""What is believed about a learner, as pages show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.analytics.models import Mastery
from apps.bank.models import Certification


@dataclass(frozen=True, slots=True)
class MasteredArea:
    """A domain, objective or topic: expected share of its bank that the learner would answer right, 5 to 95 %.

    `label` is strong, weak or open (not enough evidence); `more` is how many more answers would settle an open one,
    None when it is settled or none would. `n` first-exposure answers, `right` of them right. `gain` is what half a
    logit more on a topic would add to readiness, 0 to 1; None for areas it was not computed for.
    """

    kind: str
    code: str
    title: str
    n: int
    right: int
    low: float
    mean: float
    high: float
    label: str
    more: int | None
    gain: float | None


@dataclass(frozen=True, slots=True)
class MasteryView:
    """A learner's state in a certification.

    `readiness` is (low, probability, high) to pass a new form, None under twenty answers; `is_calibrated` is false
    while the items' difficulties are their authors' estimates, and then the page says so (cold start). `next_best` are
    the areas to study, the most valuable first.
    """

    n: int
    readiness: tuple[float, float, float] | None
    is_calibrated: bool
    computed_at: datetime
    domains: tuple[MasteredArea, ...]
    objectives: tuple[MasteredArea, ...]
    topics: tuple[MasteredArea, ...]
    next_best: tuple[MasteredArea, ...]


def mastery_view(learner: User, certification: Certification) -> MasteryView | None:
    """Return the learner's state, or None before the first score has been taken in."""
    row = Mastery.objects.filter(learner=learner, certification=certification).first()
    if row is None:
        return None
    areas = {kind: tuple(_area(kind, area) for area in row.body.get(kind, [])) for kind in _KINDS}
    by_place = {(area.kind, area.code): area for group in areas.values() for area in group}
    is_ready = row.readiness is not None and row.readiness_low is not None and row.readiness_high is not None
    return MasteryView(
        n=row.n,
        readiness=(row.readiness_low, row.readiness, row.readiness_high) if is_ready else None,  # type: ignore[arg-type] # asked above
        is_calibrated=row.calibration_id is not None,
        computed_at=row.computed_at,
        domains=areas["domain"],
        objectives=areas["objective"],
        topics=areas["topic"],
        next_best=tuple(by_place[kind, code] for kind, code in row.body.get("next", []) if (kind, code) in by_place),
    )


_KINDS = ("domain", "objective", "topic")


def _area(kind: str, area: dict[str, Any]) -> MasteredArea:
    return MasteredArea(
        kind=kind,
        code=area["code"],
        title=area["title"],
        n=area["n"],
        right=area["right"],
        low=area["low"],
        mean=area["mean"],
        high=area["high"],
        label=area["label"],
        more=area.get("more"),
        gain=area.get("gain"),
    )
