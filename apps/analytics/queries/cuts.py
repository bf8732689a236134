"""What a form's cut rests on, what the next level of evidence lacks, and how far its scores can be relied on."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import BigIntegerField, Count, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast

from apps.analytics.models import Calibration, Outcome
from apps.bank.models import Certification
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import Evidence, Form, FormItem
from apps.scoring.engine import FULL_CREDIT, Tally, cuts, error_variance
from apps.scoring.engine.reliability import Sums, alpha, phi, standard_error
from apps.scoring.models import DomainScore, ItemScore, Score
from apps.scoring.queries import latest_sheet
from apps.scoring.queries.judging import judged_cut


def equated_cut(form: Form, reference: Form) -> cuts.CutEstimate:
    """Return the cut of a form that asks as much as the reference form's does (level L2).

    It rests on the last calibration of the certification. Raises cuts.Unsupported with what is missing.
    """
    run = Calibration.objects.filter(
        certification=form.blueprint.certification_id, finished_at__isnull=False, error=""
    ).first()
    if run is None:
        raise cuts.Unsupported(["The items have not been calibrated yet."])
    here, there = (_calibrated(one, run.parameters) for one in (reference, form))
    return cuts.equated_cut(reference.exact_cut, here, there)


def _calibrated(form: Form, parameters: dict[str, list[float]]) -> list[cuts.CalibratedItem]:
    rows = FormItem.objects.filter(form=form, is_scored=True).order_by("position")
    places = {row.position: row for row in rows}
    domains = {place: row.domain_id for place, row in places.items()}
    shares = cuts.item_shares(domains, dict(form.domains.values_list("domain_id", "weight")))
    if unknown := [place for place, row in places.items() if str(row.version_id) not in parameters]:
        raise cuts.Unsupported([f"Of {form.title}, the items {unknown} are not calibrated."])
    return [_item(place, float(shares[place]), *parameters[str(row.version_id)]) for place, row in places.items()]


def _item(
    position: int, share: float, slope: float, intercept: float, slope_se: float, intercept_se: float, n: float
) -> cuts.CalibratedItem:
    difficulty = -intercept / slope
    # The largest that the two errors allow: a calibration does not keep their covariance.
    difficulty_se = (intercept_se + abs(difficulty) * slope_se) / slope
    return cuts.CalibratedItem(position, share, slope, intercept, int(n), difficulty_se)


def outcome_cut(certification: Certification) -> cuts.CutEstimate:
    """Return the raw score at which half of the reported real exams were passed (level L3).

    Each report is paired with the learner's last mock of the certification before that day. Raises cuts.Unsupported
    with what is missing.
    """
    last = (
        Score.objects.current()
        .filter(
            attempt__candidate=OuterRef("learner"),
            attempt__form__blueprint__certification=certification,
            attempt__started_at__date__lte=OuterRef("sat_on"),
            attempt__assignment__mode=Assignment.Mode.EXAM,
        )
        .order_by("-attempt__started_at")
        .values("pk")[:1]
    )
    told = Outcome.objects.filter(certification=certification).annotate(score=Subquery(last)).exclude(score=None)
    scores = Score.objects.in_bulk(told.values_list("score", flat=True))
    return cuts.linked_cut([(float(scores[one.score].raw), one.passed) for one in told])


@dataclass(frozen=True, slots=True)
class Level:
    """A level of evidence for a form's cut: what it gives, or every reason why it gives nothing yet."""

    level: Evidence
    cut: float | None
    se: float | None
    n: str
    reasons: tuple[str, ...]
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far a form's scores can be relied on, over the first sittings of `n` people; None where undefined.

    `sem` is the standard error of measurement as a share of the points, by alpha; `phi_error` the root of the mean
    error variance of the weighted raw score.
    """

    n: int
    items: int
    alpha: float | None
    sem: float | None
    phi: float | None
    phi_error: float | None


@dataclass(frozen=True, slots=True)
class CutPage:
    """What the page about a form's cut says."""

    form: Form
    levels: tuple[Level, ...]
    reference: Form | None
    reliability: Reliability

    @property
    def may_judge(self) -> bool:
        """Whether judges' estimates can still set the cut."""
        return self.form.state == Form.State.DRAFT


def cut_page(form: Form) -> CutPage:
    """Return the levels of evidence of a form's cut, and the reliability of its scores."""
    # The oldest other form with a cut of better evidence than an assumption is what others are equated to.
    reference = (
        Form.objects.published()
        .filter(blueprint=form.blueprint_id)
        .exclude(pk=form.pk)
        .exclude(cut_evidence=Evidence.ASSUMED)
        .order_by("published_at")
        .first()
    )

    def equate() -> cuts.CutEstimate:
        if reference is None:
            raise cuts.Unsupported(["There is no other published form with a judged or linked cut to equate to."])
        return equated_cut(form, reference)

    assumed = form.blueprint.cut
    return CutPage(
        form=form,
        levels=(
            Level(Evidence.ASSUMED, float(assumed), None, "no evidence", (), form.cut_evidence == Evidence.ASSUMED),
            _level(form, Evidence.ANGOFF, lambda: judged_cut(form), "judges"),
            _level(form, Evidence.EQUATED, equate, "responses to the least answered item"),
            _level(form, Evidence.OUTCOMES, lambda: outcome_cut(form.blueprint.certification), "reported exams"),
        ),
        reference=reference,
        reliability=reliability(form),
    )


def _level(form: Form, level: Evidence, ask: Callable[[], cuts.CutEstimate], unit: str) -> Level:
    in_force = form.cut_evidence == level
    try:
        found = ask()
    except cuts.Unsupported as refusal:
        return Level(level, None, None, "", tuple(refusal.reasons), in_force)
    return Level(level, float(found.cut), found.se, f"{found.n} {unit}", (), in_force)


def reliability(form: Form) -> Reliability:
    """Return alpha, Φ and their errors over each candidate's first exam sitting of a form."""
    first = (
        Attempt.objects.submitted()
        .filter(form=form, assignment__mode=Assignment.Mode.EXAM)
        .values("candidate")
        .annotate(first=Min("pk"))
        .values("first")
    )
    scores = Score.objects.current().filter(attempt__in=first)
    sheet = latest_sheet(form.pk)
    counted = [item.form_item_id for item in sheet.items if item.is_scored and item.treatment == "scored"]
    credits = ItemScore.objects.filter(score__in=scores, form_item__in=counted)
    n, total = _total_sums(credits)
    # A credit of 1000 fits its column, and its square does not.
    credit = Cast("credit", BigIntegerField())
    by_item = credits.order_by().values("form_item").annotate(s=Sum(credit), ss=Sum(credit * credit))
    items = [Sums(int(row["s"]), int(row["ss"])) for row in by_item]
    consistency = alpha(n, items, total)
    # In shares of all points, so that tests of different length compare.
    variance = Fraction(total.spread(n), n * (n - 1) * (FULL_CREDIT * len(items)) ** 2) if n > 1 and items else None
    raws, errors = _raws_and_errors(scores)
    dependability = phi(raws, errors)
    return Reliability(
        n=n,
        items=len(items),
        alpha=None if consistency is None else float(consistency),
        sem=standard_error(variance, consistency) if variance and (consistency or 0) <= 1 else None,
        phi=None if dependability is None else float(dependability),
        phi_error=math.sqrt(sum(errors, Fraction(0)) / len(errors)) if len(errors) > 1 else None,
    )


def _total_sums(credits: "QuerySet[ItemScore]") -> tuple[int, Sums]:
    totals = credits.order_by().values("score").annotate(total=Sum("credit")).values_list("total", flat=True)
    each = [int(total) for total in totals]
    return len(each), Sums(sum(each), sum(total * total for total in each))


def _raws_and_errors(scores: "QuerySet[Score]") -> tuple[list[Fraction], list[Fraction]]:
    tallies: dict[int, list[Tally]] = {}
    rows = DomainScore.objects.filter(score__in=scores).order_by()
    for score_id, weight, count, credit in rows.values_list("score", "weight", "item_count", "credit"):
        tallies.setdefault(score_id, []).append(Tally(weight, count, credit))
    raws = {score.pk: score.raw for score in scores.only("pk", "numerator", "denominator")}
    return [raws[pk] for pk in tallies], [error_variance(found) for found in tallies.values()]


def forms_with_counts() -> "QuerySet[Form]":
    """Return every form with how many attempts on it have ended and how many scored items it has, newest first."""
    ended: Any = Q(attempts__submitted_at__isnull=False)
    return (
        Form.objects.select_related("blueprint__certification")
        .annotate(ended=Count("attempts", filter=ended, distinct=True))
        .order_by("blueprint", "-created_at")
    )
