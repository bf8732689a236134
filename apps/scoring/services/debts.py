"""Settling work that stands in rows: any number of workers share it, and a dead one's is taken over (R-19)."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from apps.accounts.services import database_now
from apps.scoring.models import Job

logger = logging.getLogger(__name__)

MAX_TRIES = 5
# A claim older than this belongs to a worker that died.
CLAIM_LASTS = timedelta(seconds=60)
J = TypeVar("J", bound=Job)


@transaction.atomic
def claim(jobs: "QuerySet[J]", limit: int) -> list[J]:
    """Claim at most `limit` of these jobs, the oldest first. The try that begins is counted before it is made."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=database_now() - CLAIM_LASTS)
    picked = list(jobs.filter(free, failed_at=None).order_by("pk").select_for_update(skip_locked=True)[:limit])
    _rows(jobs.model, picked).update(claimed_at=Now(), tries=F("tries") + 1)
    return picked


def settle(jobs: Sequence[J], act: Callable[[Sequence[J]], int]) -> int:
    """Do `act` with all these claimed jobs and return how many it settled.

    When it fails the jobs are tried one by one, so that one poisoned job holds up no other; after its fifth try a job
    is given up and shown to an admin.
    """
    if not jobs:
        return 0
    try:
        return act(jobs)
    except Exception as error:
        if len(jobs) > 1:
            logger.exception("A batch of %d jobs failed; trying them one by one.", len(jobs))
            return sum(settle([job], act) for job in jobs)
        logger.exception("The job %s failed.", jobs[0])
        row = _rows(type(jobs[0]), jobs)
        row.update(error=repr(error), claimed_at=None)
        row.filter(tries__gte=MAX_TRIES).update(failed_at=Now())
        return 0


def _rows(model: type[J], jobs: Sequence[J]) -> "QuerySet[Any]":
    return model._default_manager.filter(pk__in=[job.pk for job in jobs])
