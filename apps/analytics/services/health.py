"""Whether all is well, in one verdict that the page, the API, the metrics and the command share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.analytics.models import ReportJob
from apps.analytics.queries.health import Condition, Facts, Level, conditions, facts
from apps.delivery.models import Attempt
from apps.delivery.services import check_ready
from apps.scoring.services import retry_score


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict (ok, degraded or failed), why, and the facts; None while the database does not answer."""

    status: str
    reasons: tuple[Condition, ...]
    facts: Facts | None
    version: str

    @property
    def sentence(self) -> str:
        """The verdict as a person would say it."""
        if self.status == "failed":
            return "Exams cannot be trusted to this server now"
        if self.status == "degraded":
            count = sum(reason.level == Level.DEGRADED for reason in self.reasons)
            return f"Exams go on, but {'one thing needs' if count == 1 else f'{count} things need'} somebody"
        return "Everything is well"


def check_health(*, more: Callable[[], Iterable[Condition]] = tuple) -> Health:
    """Judge readiness and what runs by itself (R-28), and `more`, which is asked when the database answers."""
    reasons = [Condition(trouble.code, Level.FAILED, trouble.message, None) for trouble in check_ready()]
    found = None
    try:
        found = facts()
        reasons += [*conditions(found), *more()]
    except (DatabaseError, InterfaceError):
        if not reasons:
            reasons.append(Condition("database", Level.FAILED, "The database does not answer.", None))
    levels = {reason.level for reason in reasons}
    status = "failed" if Level.FAILED in levels else "degraded" if Level.DEGRADED in levels else "ok"
    return Health(status, tuple(reasons), found, settings.VERSION)


@transaction.atomic
def retry_failed(attempt: Attempt, *, by: User) -> int:
    """Let what has failed of an attempt, score or report, be tried again; returns how many jobs that are."""
    failed = ReportJob.objects.filter(score__attempt=attempt, failed_at__isnull=False)
    reports = failed.update(tries=0, claimed_at=None, failed_at=None, error="")
    count = reports + retry_score(attempt)
    if count:
        record_event(by, verb="job.retried", subject=f"delivery.attempt:{attempt.uuid}", detail={"jobs": count})
    return count
