"""Folding scores into the statistics: exactly once, and out again when they are replaced (scoring.md G).

Why it is exact: a delta names a score, not a change. The folder takes deltas off the queue first, under row locks, and
only then looks whether each score stands and whether it is in; a score that was replaced after that look puts its delta
back, and waits with it until the folder has committed. Two folders never hold the same delta, and if they did, the
primary key of FoldedScore would let only one of them commit. A replaced score is taken out before its mark goes, from
the same item scores and options that were added, neither of which is ever edited.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from apps.analytics.models import FoldedScore, StatisticDelta
from apps.analytics.queries.statistics import TABLES, TAKE_IN, journals, unfolded

_OWE = """
INSERT INTO analytics_statisticdelta (score_id)
SELECT id FROM scoring_score WHERE kind = 'timed'
    AND attempt_id IN (SELECT attempt_id FROM scoring_score WHERE id = ANY(%s)) ORDER BY id
ON CONFLICT (score_id) DO NOTHING
"""
_CLAIM = """
DELETE FROM analytics_statisticdelta
WHERE id IN (SELECT id FROM analytics_statisticdelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING score_id
"""


def owe_statistics(score_ids: Sequence[int]) -> None:
    """Let the folder look at new scores, and at those of the same attempts that they replace."""
    with connection.cursor() as cursor:
        cursor.execute(_OWE, [list(score_ids)])


def owe_missing_statistics() -> int:
    """Let the folder look at every score that was forgotten; returns how many. There is no time window."""
    forgotten = unfolded().filter(statistic_delta=None).values_list("pk", flat=True)
    deltas = StatisticDelta.objects.bulk_create(
        [StatisticDelta(score_id=pk) for pk in forgotten], ignore_conflicts=True
    )
    return len(deltas)


@transaction.atomic
def fold_statistics(*, limit: int = 500) -> int:
    """Take a batch of deltas and bring the statistics up to date; returns how many scores came in or went out."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [limit])
        claimed = [score_id for (score_id,) in cursor.fetchall()]
        if not claimed:
            return 0
        due = list(
            unfolded().filter(pk__in=claimed).values_list("pk", "attempt", "attempt__started_at", "superseded_at")
        )
        arriving = [(pk, attempt, started) for pk, attempt, started, superseded in due if superseded is None]
        leaving = [pk for pk, _, _, superseded in due if superseded is not None]
        if arriving:
            cursor.execute(TAKE_IN, journals(arriving))
        if due:
            scores = [*(pk for pk, _, _ in arriving), *leaving]
            signs = [*[1] * len(arriving), *[-1] * len(leaving)]
            for table in TABLES:
                cursor.execute(table.upsert, [scores, signs])
    FoldedScore.objects.filter(pk__in=leaving).delete()
    return len(due)
