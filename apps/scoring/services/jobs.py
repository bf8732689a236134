"""Scores that are owed, and settling them.

A job row exists exactly while a score is owed. Its tries are committed before each try, so an attempt that kills its
worker is tried five times and then shown to an admin instead of circling for ever (R-19).
"""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from apps.delivery.models import Attempt
from apps.scoring.models import RescoreJob, Score, ScoreJob
from apps.scoring.services.debts import claim, settle
from apps.scoring.services.scores import score_attempts


def owe_score(attempt_id: int) -> None:
    """Note that an attempt which has just ended is owed a score; one that has it already is only looked at again."""
    ScoreJob.objects.bulk_create([ScoreJob(attempt_id=attempt_id)], ignore_conflicts=True)


def owe_missing() -> int:
    """Note every ended attempt that has neither score nor job; returns how many. There is no time window."""
    forgotten = (
        Attempt.objects.submitted()
        .filter(~Exists(Score.objects.current().filter(attempt=OuterRef("pk"))), score_job=None)
        .values_list("pk", flat=True)
    )
    jobs = ScoreJob.objects.bulk_create([ScoreJob(attempt_id=pk) for pk in forgotten], ignore_conflicts=True)
    return len(jobs)


def settle_owed(*, attempt_ids: Sequence[int] | None = None, limit: int = 50) -> int:
    """Claim owed scores, of these attempts or of any, compute them, and return how many are settled."""
    wanted = Q() if attempt_ids is None else Q(attempt_id__in=attempt_ids)
    claimed = claim(ScoreJob.objects.filter(wanted), limit)
    return settle(claimed, lambda jobs: score_attempts([job.attempt_id for job in jobs]))


def retry_score(attempt: Attempt) -> int:
    """Let what has failed for good be tried again, from the first try on: the score, or a correction of it.

    Returns how many jobs that are.
    """
    fresh = {"tries": 0, "claimed_at": None, "failed_at": None, "error": ""}
    failed = (model.objects.filter(attempt=attempt, failed_at__isnull=False) for model in (ScoreJob, RescoreJob))
    return sum(jobs.update(**fresh) for jobs in failed)
