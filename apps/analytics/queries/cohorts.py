"""Cohort figures, each with its n and interval."""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from apps.accounts.models import Cohort, User
from apps.core.charts import Histogram, histogram
from apps.scoring.engine import FULL_CREDIT, Z90, wilson
from apps.scoring.models import DomainScore, Score


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 90 % interval and the n it rests on; `value` is None when it is undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """A cohort at a glance. Pass rate and domain means are proportions, the mean score is scaled."""

    cohort: Cohort
    members: int
    sitters: int
    attempts: int
    pass_rate: Figure
    mean: Figure
    domains: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member with the latest score."""

    user: User
    attempts: int
    latest: Score | None


@dataclass(frozen=True, slots=True)
class CohortPage:
    """A cohort in detail."""

    summary: CohortSummary
    distribution: Histogram | None
    members: tuple[Member, ...]


def cohort_summaries() -> list[CohortSummary]:
    """Return every cohort with its figures."""
    cohorts = list(Cohort.objects.annotate(members_count=Count("members")))
    scores = defaultdict(list)
    pairs = Cohort.objects.filter(members__attempts__scores__superseded_at=None).values_list(
        "pk", "members__attempts__scores__pk"
    )
    held = _scores().in_bulk()
    for cohort_id, score_id in pairs:
        if score_id in held:
            scores[cohort_id].append(held[score_id])
    return [_summary(cohort, cohort.members_count, scores[cohort.pk]) for cohort in cohorts]


def cohort_page(cohort: Cohort) -> CohortPage:
    """Return a cohort with its score distribution and its members."""
    scores = list(_scores().filter(attempt__candidate__cohorts=cohort).order_by("attempt__started_at"))
    by_user: dict[int, list[Score]] = defaultdict(list)
    for score in scores:
        by_user[score.attempt.candidate_id].append(score)
    users = list(cohort.members.order_by("name", "email"))
    form = scores[0].attempt.form if scores else None
    return CohortPage(
        summary=_summary(cohort, len(users), scores),
        distribution=histogram(
            [score.scaled for score in scores],
            least=form.scale_min,
            most=form.scale_max,
            step=50,
            mark=form.pass_mark,
        )
        if form
        else None,
        members=tuple(
            Member(user, len(by_user[user.pk]), by_user[user.pk][-1] if by_user[user.pk] else None) for user in users
        ),
    )


def _scores() -> "QuerySet[Score]":
    return (
        Score.objects.exams().select_related("attempt__form", "attempt__candidate").prefetch_related("domains__domain")
    )


def _summary(cohort: Cohort, members: int, scores: Sequence[Score]) -> CohortSummary:
    domains: dict[str, list[DomainScore]] = defaultdict(list)
    for score in scores:
        for domain in score.domains.all():
            domains[str(domain.domain)].append(domain)
    return CohortSummary(
        cohort=cohort,
        members=members,
        sitters=len({score.attempt.candidate_id for score in scores}),
        attempts=len(scores),
        pass_rate=rate(sum(score.passed for score in scores), len(scores)),
        mean=mean([float(score.scaled) for score in scores]),
        domains=tuple(
            (name, mean([row.credit / (FULL_CREDIT * row.item_count) for row in rows], most=1.0))
            for name, rows in sorted(domains.items())
        ),
    )


def rate(hits: int, n: int) -> Figure:
    """Return a proportion with Wilson's interval; undefined at n = 0."""
    if n == 0:
        return Figure(None, None, None, 0)
    interval = wilson(hits / n, n)
    return Figure(hits / n, interval.low, interval.high, n)


def mean(values: Sequence[float], *, most: float = math.inf) -> Figure:
    """Return a mean with its normal 90 % interval, capped to [0, most]; the interval is undefined under n = 2."""
    n = len(values)
    if n == 0:
        return Figure(None, None, None, 0)
    centre = statistics.fmean(values)
    if n == 1:
        return Figure(centre, None, None, 1)
    spread = Z90 * statistics.stdev(values) / math.sqrt(n)
    return Figure(centre, max(0.0, centre - spread), min(most, centre + spread), n)
