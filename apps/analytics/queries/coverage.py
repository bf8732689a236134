"""The curriculum of a certification as one learner has covered it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from apps.analytics.queries.mastery import MasteredArea, MasteryView
from apps.bank.models import Certification, Domain, Objective, Topic

UNSEEN = "unseen"
_WORDS = {"strong": "Strong", "weak": "Weak", "open": "Not enough evidence", UNSEEN: "Not seen yet"}


@dataclass(frozen=True, slots=True)
class Covered:
    """A domain, objective or topic of the curriculum; `area` is what is believed of it, None before any answer."""

    code: str
    title: str
    area: MasteredArea | None

    @property
    def label(self) -> str:
        """Strong, weak, open or unseen."""
        return self.area.label if self.area and self.area.n else UNSEEN

    @property
    def words(self) -> str:
        """The label in words."""
        return _WORDS[self.label]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many topics bear each label."""

    strong: int
    weak: int
    open: int
    unseen: int

    @property
    def total(self) -> int:
        """All topics."""
        return self.strong + self.weak + self.open + self.unseen

    @property
    def seen(self) -> int:
        """Topics with an answer."""
        return self.total - self.unseen

    @property
    def words(self) -> str:
        """The counts that are not zero, in words."""
        counts = (
            ("strong", self.strong),
            ("weak", self.weak),
            ("not enough evidence", self.open),
            ("not seen", self.unseen),
        )
        return ", ".join(f"{count} {label}" for label, count in counts if count)


@dataclass(frozen=True, slots=True)
class CoveredDomain:
    """A domain with its objectives, its topics that have an answer, and those that have none."""

    domain: Covered
    weight: int
    counts: Counts
    objectives: tuple[Covered, ...]
    seen: tuple[Covered, ...]
    unseen: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The curriculum by domain."""

    counts: Counts
    domains: tuple[CoveredDomain, ...]

    @property
    def finding(self) -> str:
        """The counts as a sentence."""
        seen = f"You have met {self.counts.seen} of {self.counts.total} topics"
        strong, weak = self.counts.strong, self.counts.weak
        if not self.counts.seen:
            return seen
        if not strong and not weak:
            return f"{seen}; none has enough evidence yet"
        return f"{seen}; {strong} {'is' if strong == 1 else 'are'} strong and {weak} weak"


def coverage(certification: Certification, state: MasteryView) -> Coverage:
    """Return the whole curriculum with what is believed of each part; one statement."""
    topics = Topic.objects.filter(domain=OuterRef("pk")).order_by("title")
    objectives = Objective.objects.filter(domain=OuterRef("pk")).order_by("code")
    rows = Domain.objects.filter(certification=certification).annotate(
        topic_rows=ArraySubquery(topics.values(row=JSONObject(code="slug", title="title"))),
        objective_rows=ArraySubquery(objectives.values(row=JSONObject(code="code", title="title"))),
    )
    by_domain = {area.code: area for area in state.domains}
    domains = []
    for row in rows:
        covered = _covered(row.topic_rows, state.topics)
        area = by_domain.get(str(row.number)) or by_domain.get(row.slug)
        domains.append(
            CoveredDomain(
                domain=Covered(str(row.number), row.title, area),
                weight=row.weight,
                counts=_counts(covered),
                objectives=tuple(_covered(row.objective_rows, state.objectives)),
                seen=tuple(sorted((one for one in covered if one.label != UNSEEN), key=_weakest_first)),
                unseen=tuple(one for one in covered if one.label == UNSEEN),
            )
        )
    everything = [topic for domain in domains for topic in (*domain.seen, *domain.unseen)]
    return Coverage(_counts(everything), tuple(domains))


def _covered(rows: Sequence[dict[str, Any]], areas: Sequence[MasteredArea]) -> list[Covered]:
    by_code = {area.code: area for area in areas}
    return [Covered(row["code"], row["title"], by_code.get(row["code"])) for row in rows]


def _weakest_first(topic: Covered) -> tuple[int, float]:
    return ("weak", "open", "strong").index(topic.label), topic.area.mean if topic.area else 0.0


def _counts(topics: Sequence[Covered]) -> Counts:
    found = Counter(topic.label for topic in topics)
    return Counts(found["strong"], found["weak"], found["open"], found[UNSEEN])
