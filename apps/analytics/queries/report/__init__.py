"""The report of one attempt: what its page, its print, its PDF and the API say, put together once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.analytics.queries.mastery import MasteryView, mastery_view
from apps.analytics.queries.report.areas import Drillable, Study, WeakArea, WeakAreas, weak_areas
from apps.analytics.queries.report.comparisons import (
    BlindComparison,
    PreviousComparison,
    SightComparison,
    compare_blind,
    compare_previous,
    compare_sights,
)
from apps.analytics.queries.report.headline import cut_words, finding, headline, precision_words, verdict
from apps.analytics.queries.report.sitting import Sitting, sitting
from apps.analytics.queries.report.steps import Step, lede, next_steps
from apps.analytics.requirement_kinds import AnsweredItem, MissedKind, missed_kinds
from apps.core.charts import Dot
from apps.delivery.models import Assignment, ResponseEvent, TimeGrant
from apps.delivery.queries import FoldedResponse, answers_digest, folded_responses, grants, timed_marks
from apps.scoring.access import may_review, withheld_items
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import Band, DomainScore, Score
from apps.scoring.queries import ScoreChange, changes_of, item_credits, previous_score, sheet, stated_requirements

__all__ = [
    "BlindComparison",
    "Drillable",
    "MissedKind",
    "PreviousComparison",
    "Report",
    "SightComparison",
    "Sitting",
    "Step",
    "Study",
    "WeakArea",
    "WeakAreas",
    "cut_words",
    "report",
    "weak_areas",
]


@dataclass(frozen=True, slots=True)
class Report:
    """What is said of a score. A part that is None is owed, may not be told now, or is not there.

    `requirements` is None while the key may not be seen; `weak` while the weak-area report is owed. `changes` are what
    corrections of keys did to the score, the latest first.
    """

    score: Score
    headline: str
    verdict: str
    precision: str
    cut_words: str
    lede: str
    steps: tuple[Step, ...]
    domains: tuple[Dot, ...]
    finding: str
    cut_percent: float
    weak: WeakAreas | None
    mastery: MasteryView | None
    blind: BlindComparison | None
    sights: SightComparison
    previous: PreviousComparison | None
    sitting: Sitting
    requirements: tuple[MissedKind, ...] | None
    grants: tuple[TimeGrant, ...]
    answers_digest: str
    time_used: timedelta | None
    pace: timedelta | None
    may_review: bool
    changes: tuple[ScoreChange, ...]


def report(score: Score, blind: Score | None) -> Report:
    """Return the report of a score for its candidate.

    What tells single outcomes or the key is left out while the review policy, or another open attempt, holds it back.
    """
    attempt = score.attempt
    form = attempt.form
    is_open = may_review(attempt)
    credits = item_credits([score, *([blind] if blind else [])])
    folded = folded_responses([attempt.pk], started=[attempt.started_at], kinds=[ResponseEvent.Kind.ANSWER])
    mastery = mastery_view(attempt.candidate, form.blueprint.certification)
    key_ids = tuple(score.key_ids)
    sat = sitting(
        attempt,
        timed_marks(attempt),
        credits[score.pk],
        folded,
        [item.keyed for item in sheet(form.pk, key_ids).items],
        is_open=is_open and _tells(attempt.assignment, Assignment.ReviewPart.CORRECTNESS),
    )
    weak = weak_areas(score, withheld=withheld_items(attempt.candidate), mastery=mastery)
    earlier = None if form.is_drill else previous_score(score)
    domains = list(score.domains.all())
    used = attempt.time_used
    return Report(
        score=score,
        headline=headline(score, form),
        verdict=verdict(score, form),
        precision=precision_words(score, form),
        cut_words=cut_words(form),
        lede=lede(score),
        steps=next_steps(
            score,
            sitting=sat,
            missed=sum(not item.is_right for item in credits[score.pk]) if is_open else None,
            mastery=mastery,
            weak=weak,
        ),
        domains=tuple(_dot(domain) for domain in domains),
        finding=finding(domains),
        cut_percent=float(form.cut) * 100,
        weak=weak,
        mastery=mastery,
        blind=compare_blind(credits[score.pk], credits[blind.pk], blind, is_open=is_open) if blind else None,
        sights=compare_sights(credits[score.pk]),
        previous=compare_previous(score, earlier) if earlier else None,
        sitting=sat,
        requirements=_requirements(key_ids, folded)
        if is_open and _tells(attempt.assignment, Assignment.ReviewPart.RATIONALE)
        else None,
        grants=tuple(grants(attempt)),
        answers_digest=answers_digest(attempt),
        time_used=used,
        pace=used / score.answered_count if used and score.answered_count else None,
        may_review=is_open,
        changes=tuple(changes_of(score)),
    )


def _tells(assignment: Assignment, part: Assignment.ReviewPart) -> bool:
    return part in assignment.review_parts


def _requirements(key_ids: tuple[int, ...], folded: Sequence[FoldedResponse]) -> tuple[MissedKind, ...]:
    chosen = {response.position: response.chosen for response in folded if response.chosen}
    return tuple(
        missed_kinds(
            [
                AnsweredItem(
                    position=position,
                    texts=stated.texts,
                    broken={name for token in chosen[position] for name in stated.broken.get(token, ())},
                )
                for position, stated in enumerate(stated_requirements(key_ids), 1)
                if position in chosen
            ]
        )
    )


def _dot(domain: DomainScore) -> Dot:
    return Dot(
        label=str(domain.domain),
        low=domain.low,
        point=domain.proportion,
        high=domain.high,
        evidence=f"{domain.credit / FULL_CREDIT:g} of {domain.item_count}",
        band=domain.band,
        band_words=Band(domain.band).label,
        note=f"{domain.weight} % of the score",
    )
