"""Predictions joined with what happened next."""

from dataclasses import dataclass

from django.db import connection

from apps.analytics.calibration_curve import CalibrationCurve, calibration_curve
from apps.analytics.psychometrics.classical import Z95
from apps.bank.models import Certification
from apps.core.charts import ReliabilityPoint

# Under this a bin holds five, and its interval nearly everything.
LEAST_JOINED = 50


@dataclass(frozen=True, slots=True)
class Joined:
    """A prediction and what came of it: a chance to pass, whether the learner passed, and where."""

    learner_id: int
    probability: float
    passed: bool
    is_real: bool
    is_calibrated: bool


@dataclass(frozen=True, slots=True)
class PredictionPage:
    """How good the predictions of a certification were; `curve` is None under 50 joined ones."""

    certification: Certification
    curve: CalibrationCurve | None
    n: int
    real: int
    waiting: int
    least: int = LEAST_JOINED

    @property
    def z_words(self) -> str:
        """What Spiegelhalter's Z says."""
        if self.curve is None or self.curve.z is None:
            return ""
        if abs(self.curve.z) < Z95:
            return "no sign that the predictions are off: by chance alone it lies between -1.96 and 1.96"
        if self.curve.z > 0:
            return "the predictions were surer than they should have been, by more than chance explains"
        return "the predictions were less sure than they could have been, by more than chance explains"


# A prediction is about the next exam: the first one started after it was made, or a real exam sat on a later day,
# whichever came first. Several predictions before one exam are as many cases, because each was shown to somebody.
_JOINED = """
SELECT prediction.learner_id, prediction.probability, mock.passed, outcome.passed, mock.started_at, outcome.sat_on,
       prediction.calibration_id IS NOT NULL, mock.started_at < outcome.sat_on
FROM analytics_prediction prediction
LEFT JOIN LATERAL (
    SELECT score.passed, attempt.started_at
    FROM delivery_attempt attempt
    JOIN delivery_assignment assignment ON assignment.id = attempt.assignment_id AND assignment.mode = 'exam'
    JOIN exams_form form ON form.id = attempt.form_id
    JOIN exams_blueprint blueprint ON blueprint.id = form.blueprint_id
    JOIN scoring_score score ON score.attempt_id = attempt.id AND score.kind = 'timed' AND score.superseded_at IS NULL
    WHERE attempt.candidate_id = prediction.learner_id AND attempt.started_at > prediction.made_at
      AND blueprint.certification_id = prediction.certification_id
    ORDER BY attempt.started_at LIMIT 1
) mock ON true
LEFT JOIN LATERAL (
    SELECT passed, sat_on FROM analytics_outcome outcome
    WHERE outcome.learner_id = prediction.learner_id AND outcome.certification_id = prediction.certification_id
      AND outcome.sat_on > prediction.made_at::date
    ORDER BY sat_on LIMIT 1
) outcome ON true
WHERE prediction.certification_id = %s
ORDER BY prediction.id
"""


def joined_predictions(certification: Certification) -> tuple[list[Joined], int]:
    """Return every prediction that something came of, and how many still wait for it."""
    joined, waiting = [], 0
    with connection.cursor() as cursor:
        cursor.execute(_JOINED, [certification.pk])
        for learner, probability, mock, real, started_at, sat_on, is_calibrated, mock_first in cursor:
            if started_at is None and sat_on is None:
                waiting += 1
                continue
            is_real = sat_on is not None and not mock_first
            joined.append(Joined(learner, probability, real if is_real else mock, is_real, is_calibrated))
    return joined, waiting


def prediction_page(certification: Certification) -> PredictionPage:
    """Return how good the predictions were."""
    joined, waiting = joined_predictions(certification)
    curve = calibration_curve([(each.probability, each.passed) for each in joined]) if joined else None
    return PredictionPage(
        certification=certification,
        curve=curve if len(joined) >= LEAST_JOINED else None,
        n=len(joined),
        real=sum(each.is_real for each in joined),
        waiting=waiting,
    )


def prediction_chart(curve: CalibrationCurve) -> tuple[ReliabilityPoint, ...]:
    """Return the points of the reliability diagram."""
    return tuple(
        ReliabilityPoint(each.predicted, each.observed, each.interval.low, each.interval.high, each.n, each.is_kept)
        for each in curve.bins
    )
