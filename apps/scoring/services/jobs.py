"""What is owed, and settling it.

A job row exists exactly while a score is owed. Its tries are committed before each try, so an attempt that kills its
worker is tried five times and then shown to an admin instead of circling for ever (R-19).
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from apps.accounts.services import database_now
from apps.delivery.models import Attempt
from apps.scoring.models import Score, ScoreJob
from apps.scoring.services.scores import score_attempts

logger = logging.getLogger(__name__)

MAX_TRIES = 5
# A claim older than this belongs to a worker that died.
CLAIM_LASTS = timedelta(seconds=60)


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
    """Claim owed scores, of these attempts or of any, compute them, and return how many are settled.

    When a batch fails its attempts are scored one by one, so that one poisoned attempt holds up no other.
    """
    claimed = _claim(attempt_ids, limit)
    if not claimed:
        return 0
    try:
        return score_attempts(claimed)
    except Exception:
        logger.exception("Scoring a batch of %d attempts failed; trying them one by one.", len(claimed))
        return sum(_settle_alone(attempt_id) for attempt_id in claimed)


@transaction.atomic
def _claim(attempt_ids: Sequence[int] | None, limit: int) -> list[int]:
    free = Q(claimed_at=None) | Q(claimed_at__lt=database_now() - CLAIM_LASTS)
    jobs = ScoreJob.objects.filter(free, failed_at=None)
    if attempt_ids is not None:
        jobs = jobs.filter(attempt_id__in=attempt_ids)
    picked = list(jobs.order_by("pk").select_for_update(skip_locked=True).values_list("pk", "attempt_id")[:limit])
    ScoreJob.objects.filter(pk__in=[pk for pk, _ in picked]).update(claimed_at=Now(), tries=F("tries") + 1)
    return [attempt_id for _, attempt_id in picked]


def _settle_alone(attempt_id: int) -> int:
    try:
        return score_attempts([attempt_id])
    except Exception as error:
        logger.exception("Scoring attempt %d failed.", attempt_id)
        ScoreJob.objects.filter(attempt_id=attempt_id).update(error=repr(error), claimed_at=None)
        ScoreJob.objects.filter(attempt_id=attempt_id, tries__gte=MAX_TRIES).update(failed_at=Now())
        return 0


def retry_score(attempt: Attempt) -> bool:
    """Let a score that has failed for good be tried again, from the first try on; says whether there was one."""
    failed = ScoreJob.objects.filter(attempt=attempt, failed_at__isnull=False)
    return failed.update(tries=0, claimed_at=None, failed_at=None, error="") > 0
