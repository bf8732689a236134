"""The weak areas of a report, with what to study there and what the learner's mastery says of them."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

from apps.analytics.models import WeakAreaReport
from apps.analytics.queries.mastery import MasteredArea, MasteryView
from apps.bank.queries import latest_key_ids, takeaways
from apps.core.charts import Dot
from apps.scoring.models import Band, Score


@dataclass(frozen=True, slots=True)
class Drillable:
    """An area that a drill can be made of."""

    certification: str
    kind: str
    code: str

    @property
    def value(self) -> str:
        """What a drill button sends."""
        return f"{self.kind}/{self.code}"


@dataclass(frozen=True, slots=True)
class Study:
    """What to read again after a missed item."""

    item: str
    takeaway: str
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WeakArea:
    """An area of the weak-area report, with what to study there."""

    title: str
    code: str
    n: int
    right: int
    dot: Dot
    is_ranked: bool
    loss: float
    study: tuple[Study, ...]
    drill: Drillable
    mastery: MasteredArea | None

    @property
    def reason(self) -> str:
        """Why this area stands here: its answers, what is believed of it, and what it is worth."""
        words = f"{self.n} answer{'' if self.n == 1 else 's'}, {self.right} right"
        if self.mastery:
            words += f", mastery {self.mastery.low * 100:.0f} to {self.mastery.high * 100:.0f} %"
        else:
            words += f", the true share lies between {self.dot.between}"
        if self.mastery and self.mastery.gain:
            words += f", worth {self.mastery.gain * 100:+.0f} % readiness"
        elif self.is_ranked and self.loss > 0:
            words += f", costs {self.loss} percentage points against the cut"
        return words


@dataclass(frozen=True, slots=True)
class WeakAreas:
    """The weak-area report as the page shows it."""

    ranked: tuple[WeakArea, ...]
    unranked: tuple[WeakArea, ...]
    topics: tuple[WeakArea, ...]
    answers: int
    attempts: int
    seen_before: int


def weak_areas(score: Score, *, withheld: Set[str], mastery: MasteryView | None) -> WeakAreas | None:
    """Return the weak areas behind a score, or None while the report is owed.

    Takeaways and references are part of the answer: those of the `withheld` items, by code, are left out. The report
    rests on earlier attempts too, so the policy of the score's own attempt does not settle it.
    """
    stored = WeakAreaReport.objects.filter(score=score).first()
    if stored is None:
        return None
    body = stored.body
    missed = {code for row in body["objectives"] for code in row["missed"]}
    make = _Maker(score.attempt.form.blueprint.certification.code, _studies(missed - withheld))
    objectives = [make.area("objective", row, mastery.objectives if mastery else ()) for row in body["objectives"]]
    topics = [make.area("topic", row, mastery.topics if mastery else ()) for row in body["topics"] if row["missed"]]
    return WeakAreas(
        ranked=tuple(area for area in objectives if area.is_ranked),
        unranked=tuple(area for area in objectives if not area.is_ranked),
        topics=tuple(topics),
        answers=body["answers"],
        attempts=body["attempts"],
        seen_before=body["seen_before"],
    )


def _studies(codes: Set[str]) -> dict[str, Study]:
    keys = latest_key_ids(codes) if codes else {}
    said = takeaways(keys.values())
    return {code: Study(code, said[pk].text, said[pk].references) for code, pk in keys.items()}


@dataclass(frozen=True, slots=True)
class _Maker:
    certification: str
    studies: dict[str, Study]

    def area(self, kind: str, row: dict[str, Any], mastered: Iterable[MasteredArea]) -> WeakArea:
        return WeakArea(
            title=row["title"],
            code=row["area"],
            n=row["n"],
            right=row["right"],
            dot=Dot(
                label=row["title"],
                low=row["low"],
                point=row["right"] / row["n"],
                high=row["high"],
                evidence=f"{row['right']} of {row['n']}",
                band=row["band"],
                band_words=Band(row["band"]).label,
            ),
            is_ranked=row["is_ranked"],
            loss=row["loss"],
            study=tuple(self.studies[code] for code in row["missed"] if code in self.studies),
            drill=Drillable(self.certification, kind, row["area"]),
            mastery=next((area for area in mastered if area.code == row["area"]), None),
        )
