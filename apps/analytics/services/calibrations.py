"""Calibration: the items of a certification on one scale, run by run (scoring.md C).

A run is a row whose progress is committed while it goes on. One goes on at a time for a certification: it holds an
advisory lock of its connection, so that of a run that died nothing stays locked and the next one closes its row.
"""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.analytics import psychometrics
from apps.analytics.mastery import Answer, Bank, estimate_hyper
from apps.analytics.models import Calibration
from apps.analytics.psychometrics import Anchors, Responses
from apps.analytics.queries.bank import COLD, bank_items, bank_rows, hyper_of, latest_calibration
from apps.analytics.queries.calibrations import LOCK
from apps.analytics.queries.responses import Columns, exam_responses, rapid_thresholds, unhurried
from apps.bank.models import Certification

logger = logging.getLogger(__name__)

# An item with fewer new responses keeps its parameters, or waits for its first ones.
LEAST_RESPONSES = 50
# Under this many items nobody's ability can be told from their answers, and no scale can be handed on.
LEAST_ITEMS = 5
# Learners whom the spread of learners is estimated from; more would not change its second digit.
MOST_LEARNERS = 300
DIED = "The process that ran it ended before it was done."


class NotCalibrated(Exception):
    """There is no calibration to be had now; the message says why. `n` is the number of usable responses."""

    def __init__(self, reason: str, n: int = 0) -> None:
        super().__init__(reason)
        self.n = n


@dataclass(frozen=True, slots=True)
class _Data:
    """Usable responses of the items in the run, and who of them stays as the last run found it."""

    columns: Columns
    versions: tuple[int, ...]
    responses: Responses
    anchors: Anchors | None


@transaction.atomic
def ask_calibration(certification: Certification, *, by: User) -> Calibration:
    """Note that somebody wants a run; a row that waits already is returned instead of another."""
    row = Calibration.objects.filter(certification=certification, finished_at=None, progress=0).first()
    if row is None:
        row = _new_row(certification)
        record_event(
            by, verb="calibration.asked", subject=f"bank.certification:{certification.code}",
            detail={"number": row.number},
        )  # fmt: skip
    return row


def calibrate(
    certification: Certification, *, progress: Callable[[int], None] | None = None, dry_run: bool = False
) -> Calibration:
    """Calibrate the items of a certification from all that was answered, and return the finished run.

    Items with fewer than 50 new responses since the last run stay as they are and anchor the scale; the others are
    estimated anew. `progress` is told whole percents. A dry run writes nothing and returns a row that is not stored.
    Raises NotCalibrated when there is too little data or another run goes on; then no run is stored, unless
    somebody asked for it: its row says why.
    """
    with _alone(certification):
        row = None if dry_run else _take_over(certification)
        try:
            last = latest_calibration(certification)
            data = _gather(certification, last)
            if not dry_run:
                row = row or _new_row(certification)
            done = row or Calibration(certification=certification, number=(last.number if last else 0) + 1)
            _run(done, data, last, _Progress(row, progress))
        except NotCalibrated as reason:
            _fail(row, str(reason))
            raise
        except Exception as error:
            _fail(row, repr(error))
            raise
        if row:
            row.progress = 100
            row.save()
            Calibration.objects.filter(pk=row.pk).update(finished_at=Now())
            row.refresh_from_db()
        return done


def calibrate_all() -> int:
    """Calibrate every certification that has new data, and return how many were."""
    done = 0
    for certification in Certification.objects.all():
        try:
            calibrate(certification)
            done += 1
        except NotCalibrated as reason:
            logger.info("%s is not calibrated: %s", certification.code, reason)
        except Exception:
            logger.exception("Calibrating %s failed.", certification.code)
    return done


def calibrate_asked(certification_id: int) -> None:
    """Do the run that somebody asked for; why there is none stands in its row."""
    try:
        calibrate(Certification.objects.get(pk=certification_id))
    except NotCalibrated as reason:
        logger.info("Certification %d is not calibrated: %s", certification_id, reason)


@contextmanager
def _alone(certification: Certification) -> Iterator[None]:
    key = [LOCK, certification.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            raise NotCalibrated(f"Another calibration of {certification.code} goes on; wait until it is done.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _take_over(certification: Certification) -> Calibration | None:
    """Close the rows of runs that died, and return the one that waits, if somebody asked for a run."""
    unfinished = Calibration.objects.filter(certification=certification, finished_at=None)
    unfinished.filter(progress__gt=0).update(finished_at=Now(), error=DIED)
    row = unfinished.order_by("number").first()
    if row:
        unfinished.filter(pk=row.pk).update(progress=1)
        row.progress = 1
    return row


@transaction.atomic
def _new_row(certification: Certification) -> Calibration:
    # Two who ask at once would both take the next number.
    Certification.objects.select_for_update().get(pk=certification.pk)
    runs = Calibration.objects.filter(certification=certification)
    number = (runs.aggregate(last=Max("number"))["last"] or 0) + 1
    return Calibration.objects.create(certification=certification, number=number)


def _fail(row: Calibration | None, why: str) -> None:
    if row:
        Calibration.objects.filter(pk=row.pk).update(finished_at=Now(), error=why)


class _Progress:
    """Writes percents into the row as they are reached, each once."""

    def __init__(self, row: Calibration | None, told: Callable[[int], None] | None) -> None:
        self.row, self.told, self.percent = row, told, 0

    def __call__(self, percent: int) -> None:
        """Note a percent; one that does not go on is left out."""
        if percent <= self.percent:
            return
        self.percent = percent
        if self.row:
            Calibration.objects.filter(pk=self.row.pk).update(progress=percent)
        if self.told:
            self.told(percent)


def _gather(certification: Certification, last: Calibration | None) -> _Data:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")  # it reads all there is, for as long as that takes
        usable = unhurried(exam_responses(certification), rapid_thresholds(certification))
    versions, at, counts = np.unique(usable.version, return_inverse=True, return_counts=True)
    held = {int(version): values for version, values in (last.parameters if last else {}).items()}
    new = np.array([n - (held[int(v)][4] if int(v) in held else 0) for v, n in zip(versions, counts, strict=True)])
    is_known = np.array([int(version) in held for version in versions], dtype=np.bool_)
    is_free = new >= LEAST_RESPONSES
    if not is_free.any():
        most = int(new.max()) if len(new) else 0
        raise NotCalibrated(
            f"No item has {LEAST_RESPONSES} {'new ' if last else ''}responses yet; the most any has is {most} "
            f"(n = {len(usable)}).", len(usable),
        )  # fmt: skip
    if (is_free | is_known).sum() < LEAST_ITEMS:
        raise NotCalibrated(
            f"Only {int((is_free | is_known).sum())} items have {LEAST_RESPONSES} responses; a scale needs "
            f"{LEAST_ITEMS} (n = {len(usable)}).", len(usable),
        )  # fmt: skip
    kept = is_free | is_known
    columns = usable.where(kept[at])
    chosen = tuple(int(version) for version in versions[kept])
    anchored = np.flatnonzero((is_known & ~is_free)[kept])
    # A handful of anchors would carry their own errors into all others; then the scales are linked afterwards.
    anchors = None
    if len(anchored) >= LEAST_ITEMS:
        fixed = np.array([held[chosen[place]][:2] for place in anchored])
        anchors = Anchors(anchored, fixed[:, 0], fixed[:, 1])
    # A sitting is the unit that has one ability: people learn between two.
    _, sitting = np.unique(columns.score, return_inverse=True)
    _, item = np.unique(columns.version, return_inverse=True)
    responses = Responses(sitting, item, columns.credit, np.ones(len(columns)), int(sitting.max()) + 1, len(chosen))
    return _Data(columns, chosen, responses, anchors)


def _run(row: Calibration, data: _Data, last: Calibration | None, progress: _Progress) -> None:
    """Fit and put everything into the row, which the caller stores."""
    progress(5)
    found = psychometrics.calibrate(
        data.responses,
        anchors=data.anchors,
        progress=lambda iteration, _: progress(5 + int(65 * (1 - math.exp(-iteration / 15)))),
    )
    items, held = found.items, last.parameters if last else {}
    scale, shift = (1.0, 0.0) if data.anchors or not last else _link(data.versions, found, held)
    mean = scale * found.mean + shift
    slope = items.slope / scale
    intercept = items.intercept - slope * shift
    fixed = set(data.anchors.item.tolist()) if data.anchors else set()
    row.parameters = held | {
        str(version): held[str(version)]
        if place in fixed
        else [
            round(float(slope[place]), 5),
            round(float(intercept[place]), 5),
            round(float(items.slope_se[place] / scale), 5),
            round(float(items.intercept_se[place]), 5),
            int(found.n[place]),
        ]
        for place, version in enumerate(data.versions)
    }
    row.response_count, row.item_count = len(data.columns), len(data.versions) - len(fixed)
    row.person_count = len(np.unique(data.columns.learner))
    row.log_likelihood = found.log_likelihood
    row.hyperparameters = {"population": round(mean, 5)}
    progress(75)
    start = hyper_of(last) if last else COLD
    cut = min(row.certification.blueprints.all(), key=lambda plan: plan.code != row.certification.code, default=None)
    bank = Bank.of(bank_items(bank_rows(row.certification), row, Fraction((cut or row.certification).cut)))
    hyper = estimate_hyper(_learners(data.columns, bank), bank, start, most_rounds=30, tolerance=0.003).hyper
    row.hyperparameters |= {
        name: round(getattr(hyper, name), 5) for name in ("mean", "learner_sd", "domain_sd", "topic_sd")
    }
    progress(99)


def _link(
    versions: tuple[int, ...], found: psychometrics.Calibration, held: dict[str, list[float]]
) -> tuple[float, float]:
    """Return A and B of θ_last = A θ + B, so that the common items have the mean slope and difficulty that they had.

    Where nearly every item has new responses none is left to be an anchor, and without a link every run would put the
    zero where its own people are.
    """
    common = [(place, held[str(version)]) for place, version in enumerate(versions) if str(version) in held]
    if len(common) < LEAST_ITEMS:
        return 1.0, 0.0
    at = np.array([place for place, _ in common])
    a, d = np.array([values[:2] for _, values in common]).T
    scale = math.exp(float(np.log(found.items.slope[at]).mean() - np.log(a).mean()))
    return scale, float((-d / a).mean() - scale * found.items.difficulty[at].mean())


def _learners(columns: Columns, bank: Bank) -> list[list[Answer]]:
    """Return the answers of learners drawn at random, always the same ones of the same."""
    known = columns.where(np.isin(columns.version, list(bank.place)))
    learners = np.unique(known.learner)
    if len(learners) > MOST_LEARNERS:
        learners = np.random.default_rng(0).choice(learners, MOST_LEARNERS, replace=False)
    picked = known.where(np.isin(known.learner, learners))
    grouped: dict[int, list[Answer]] = {int(learner): [] for learner in learners}
    for learner, version, credit, age in zip(
        picked.learner.tolist(), picked.version.tolist(), picked.credit.tolist(), picked.age_days.tolist(), strict=True
    ):
        grouped[learner].append(Answer(version, credit, age))
    return list(grouped.values())
