"""First-sight responses as columns, for calibration and mastery: no row becomes an object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from django.db import connection

from apps.accounts.models import User
from apps.analytics.models import ItemStatistic
from apps.analytics.psychometrics import rapid_threshold
from apps.analytics.psychometrics.model import Floats, Ints
from apps.bank.models import Certification

# An attempt with fewer unhurried answers says nothing about its items (scoring.md F).
LEAST_UNHURRIED = 0.9


@dataclass(frozen=True, slots=True)
class Columns:
    """Responses as arrays of equal length: ids of score, learner and version, credit 0 to 1, seconds, age in days.

    Seconds that are not known are NaN. An item that was neither answered nor looked at is no response; one whose
    pinned key credits everybody, or leaves it out, has none.
    """

    score: Ints
    learner: Ints
    version: Ints
    credit: Floats
    seconds: Floats
    age_days: Floats

    def __len__(self) -> int:
        """How many responses there are."""
        return len(self.score)

    def where(self, kept: npt.NDArray[np.bool_] | Ints) -> "Columns":
        """Return those responses that a mask or an order picks."""
        return Columns(*(getattr(self, name)[kept] for name in self.__slots__))

    def rapid(self, thresholds: Mapping[int, float]) -> npt.NDArray[np.bool_]:
        """Return which were given faster than the item can be read; a time that is not known is not fast."""
        usual = rapid_threshold(None, 0).total_seconds()
        versions, at = np.unique(self.version, return_inverse=True)
        limits = np.array([thresholds.get(int(version), usual) for version in versions], dtype=np.float64)
        with np.errstate(invalid="ignore"):
            return np.asarray(self.seconds < limits[at]) if len(self) else np.zeros(0, dtype=np.bool_)


# Fixed width: nothing is NULL, so that the binary rows of COPY are one structured array. The scores come first: without
# statistics, as after a bulk load, the planner would walk through everybody's answers to find those of one learner.
_COLUMNS = """
    WITH score AS {how} (
        SELECT score.id, score.key_ids, attempt.candidate_id, attempt.timed_closed_at
        FROM scoring_score score
        JOIN delivery_attempt attempt ON attempt.id = score.attempt_id
        JOIN delivery_assignment assignment ON assignment.id = attempt.assignment_id
        JOIN exams_form form ON form.id = attempt.form_id
        JOIN exams_blueprint blueprint ON blueprint.id = form.blueprint_id
        WHERE blueprint.certification_id = {certification:d} AND score.superseded_at IS NULL AND score.kind = 'timed'
          AND {scores}
    )
    SELECT score.id, score.candidate_id, asked.version_id, item.credit::int4, coalesce(item.seconds, -1)::int4,
           (extract(epoch FROM statement_timestamp() - score.timed_closed_at) / 86400)::float8
    FROM score
    JOIN scoring_itemscore item ON item.score_id = score.id
    JOIN exams_formitem asked ON asked.id = item.form_item_id
    WHERE item.sight = 1 AND (item.is_answered OR item.seconds IS NOT NULL) AND {items}
      AND NOT EXISTS (SELECT FROM bank_key WHERE bank_key.id = score.key_ids[asked.position] AND treatment <> 'scored')
    {order}
"""
_ROW = np.dtype(
    [
        ("fields", ">i2"), ("l0", ">i4"), ("score", ">i8"), ("l1", ">i4"), ("learner", ">i8"), ("l2", ">i4"),
        ("version", ">i8"), ("l3", ">i4"), ("credit", ">i4"), ("l4", ">i4"), ("seconds", ">i4"), ("l5", ">i4"),
        ("age", ">f8"),
    ]
)  # fmt: skip
_HEADER, _TRAILER = 19, 2


def exam_responses(certification: Certification) -> Columns:
    """Return every first-sight response in exam mode, pilots included, of current timed scores.

    One statement streams them: some 70 bytes each while they are read.
    """
    return _read(certification, how="NOT MATERIALIZED", scores="assignment.mode = 'exam'", items="TRUE", order="")


def learner_responses(learner: User, certification: Certification) -> Columns:
    """Return the learner's first-sight responses to scored items, in exams and in practice."""
    own = f"attempt.candidate_id = {learner.pk:d}"
    return _read(
        certification,
        how="MATERIALIZED",
        scores=own,
        items="asked.is_scored",
        order="ORDER BY score.id, asked.position",
    )


def _read(certification: Certification, **parts: str) -> Columns:
    statement = _COLUMNS.format(certification=certification.pk, **parts)
    # COPY takes no parameters; all that is put into the statement are whole numbers.
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT binary)") as copy:
        raw = b"".join(copy)
    rows = np.frombuffer(raw, dtype=_ROW, offset=_HEADER, count=(len(raw) - _HEADER - _TRAILER) // _ROW.itemsize)
    return Columns(
        score=rows["score"].astype(np.int64),
        learner=rows["learner"].astype(np.int64),
        version=rows["version"].astype(np.int64),
        credit=rows["credit"] / 1000,
        seconds=np.where(rows["seconds"] < 0, np.nan, rows["seconds"]).astype(np.float64),
        age_days=rows["age"].astype(np.float64),
    )


def rapid_thresholds(certification: Certification) -> dict[int, float]:
    """Return the seconds under which an answer to a version is a rapid guess, for versions whose times are known."""
    timed = ItemStatistic.objects.filter(version__item__certification=certification, n_timed__gt=0)
    return {
        version: rapid_threshold(timedelta(seconds=total / n), n).total_seconds()
        for version, n, total in timed.values_list("version_id", "n_timed", "sum_seconds")
    }


def unhurried(responses: Columns, thresholds: Mapping[int, float]) -> Columns:
    """Return the responses that say something about items: not rapid, and not of an attempt that was rushed through."""
    rapid = responses.rapid(thresholds)
    _, at = np.unique(responses.score, return_inverse=True)
    slow_share = np.bincount(at, ~rapid) / np.bincount(at) if len(responses) else np.zeros(0)
    return responses.where(~rapid & (slow_share[at] >= LEAST_UNHURRIED))
