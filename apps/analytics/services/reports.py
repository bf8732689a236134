"""Weak-area reports and the mastery that goes with them: what is owed, and making them."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from apps.accounts.services import database_now
from apps.analytics.models import Mastery, ReportJob, WeakAreaReport
from apps.analytics.queries.evidence import first_answers
from apps.analytics.services.mastery import update_mastery
from apps.analytics.weak_areas import Area, Evidence, rank
from apps.scoring.models import Score

logger = logging.getLogger(__name__)

MAX_TRIES = 5
CLAIM_LASTS = timedelta(seconds=60)


def owe_reports(score_ids: Sequence[int]) -> None:
    """Note that scores are owed a weak-area report and a place in the learner's mastery, unless they have the report.

    A drill is about one area: it has no report, and its answers count with those of the next mock.
    """
    owed = Score.objects.filter(pk__in=score_ids, weak_areas=None, attempt__form__is_drill=False)
    jobs = [ReportJob(score_id=pk) for pk in owed.order_by("pk").values_list("pk", flat=True)]
    ReportJob.objects.bulk_create(jobs, ignore_conflicts=True)


def owe_missing_reports() -> int:
    """Note every current score that has no job and no report, or whose learner has no mastery; returns how many."""
    has_mastery = Mastery.objects.filter(
        learner=OuterRef("attempt__candidate"), certification=OuterRef("attempt__form__blueprint__certification")
    )
    is_complete = Exists(WeakAreaReport.objects.filter(score=OuterRef("pk"))) & Exists(has_mastery)
    owed = Score.objects.current().filter(~Q(is_complete), report_job=None, attempt__form__is_drill=False)
    forgotten = owed.values_list("pk", flat=True)
    return len(ReportJob.objects.bulk_create([ReportJob(score_id=pk) for pk in forgotten], ignore_conflicts=True))


def settle_owed_reports(*, score_ids: Sequence[int] | None = None, limit: int = 50) -> int:
    """Claim owed reports, of these scores or of any, make them, update the mastery, and return how many are settled."""
    settled = 0
    for score_id in _claim(score_ids, limit):
        try:
            score = _score(score_id)
            make_report(score)
            # After the report is committed: what is wrong with the mastery is tried again and never takes it away.
            update_mastery(score.attempt.candidate, score.attempt.form.blueprint.certification)
            ReportJob.objects.filter(score_id=score_id).delete()
            settled += 1
        except Exception as error:
            logger.exception("The weak-area report or the mastery of score %d failed.", score_id)
            ReportJob.objects.filter(score_id=score_id).update(error=repr(error), claimed_at=None)
            ReportJob.objects.filter(score_id=score_id, tries__gte=MAX_TRIES).update(failed_at=Now())
    return settled


@transaction.atomic
def _claim(score_ids: Sequence[int] | None, limit: int) -> list[int]:
    free = Q(claimed_at=None) | Q(claimed_at__lt=database_now() - CLAIM_LASTS)
    jobs = ReportJob.objects.filter(free, failed_at=None)
    if score_ids is not None:
        jobs = jobs.filter(score_id__in=score_ids)
    picked = list(jobs.order_by("pk").select_for_update(skip_locked=True).values_list("pk", "score_id")[:limit])
    ReportJob.objects.filter(pk__in=[pk for pk, _ in picked]).update(claimed_at=Now(), tries=F("tries") + 1)
    return [score_id for _, score_id in picked]


def _score(score_id: int) -> Score:
    return Score.objects.select_related("attempt__candidate", "attempt__form__blueprint__certification").get(
        pk=score_id
    )


@transaction.atomic
def make_report(score: Score) -> None:
    """Compute and store the weak areas behind a score; a report that exists stays as it is."""
    if WeakAreaReport.objects.filter(score=score).exists():
        return
    answers = first_answers(score)
    cut = score.attempt.form.exact_cut
    objectives = [(a.objective, Evidence(a.objective[0], a.share, a.credit, a.item)) for a in answers]
    topics = [(a.topic, Evidence(a.topic[0], a.share, a.credit, a.item)) for a in answers if a.topic[0]]
    body = {
        "attempts": len({answer.attempt_id for answer in answers}),
        "answers": len(answers),
        "seen_before": sum(answer.attempt_id != score.attempt_id for answer in answers),
        "objectives": _ranked(objectives, cut),
        "topics": _ranked(topics, cut),
    }
    # Whoever claims a job after its minute may be at it at the same time; what they compute is the same.
    WeakAreaReport.objects.bulk_create(
        [WeakAreaReport(score=score, body=body, made_at=database_now())], ignore_conflicts=True
    )


def _ranked(evidence: Sequence[tuple[tuple[str, str], Evidence]], cut: Fraction) -> list[dict[str, Any]]:
    titles = dict(place for place, _ in evidence)
    return [_row(area, titles[area.area]) for area in rank([answer for _, answer in evidence], cut)]


def _row(area: Area, title: str) -> dict[str, Any]:
    return {
        "area": area.area,
        "title": title,
        "n": area.n,
        "right": area.right,
        "low": round(area.interval.low, 4),
        "high": round(area.interval.high, 4),
        "band": area.band,
        "is_ranked": area.is_ranked,
        "loss": _points(area.loss),
        "missed": list(area.missed),
    }


def _points(loss: Fraction) -> float:
    """Percentage points of the raw score, to one decimal."""
    return round(float(loss) * 100, 1)
