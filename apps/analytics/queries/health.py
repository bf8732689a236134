"""What tells whether all that runs by itself does run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Min, Q

from apps.accounts.models import AuditEvent
from apps.accounts.services import database_now
from apps.analytics.models import AuditFinding, ReportJob
from apps.core import broker
from apps.core.queries import Disk, disks
from apps.delivery import clock
from apps.delivery.models import Attempt, Heartbeat, Outage
from apps.scoring.models import RescoreJob, ScoreJob

SILENT = timedelta(seconds=30)
OWED_LONG = timedelta(seconds=120)
OVERDUE_LONG = timedelta(seconds=60)
LEAST_FREE = 0.05


class Level(models.TextChoices):
    """How bad a condition is."""

    FAILED = "failed", "Exams cannot be trusted"
    DEGRADED = "degraded", "Somebody must look"
    NOTE = "note", "Good to know"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is not as it should be, and since when, where that is known."""

    code: str
    level: Level
    message: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Jobs:
    """Work of one kind that stands in rows: how much is owed since when, and how much has failed for good."""

    owed: int
    owed_since: datetime | None
    failed: int
    failed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rows, the disks and the broker say at the moment `at`."""

    at: datetime
    beats: dict[str, datetime]
    open_attempts: int
    overdue: int
    overdue_since: datetime | None
    scores: Jobs
    reports: Jobs
    rescores: Jobs
    open_findings: int
    outages: int
    disks: tuple[Disk, ...]
    broker_answers: bool


def facts() -> Facts:
    """Look at everything; a handful of statements, whatever has been sat."""
    at = database_now()
    overdue = _overdue(at)
    return Facts(
        at=at,
        beats=dict(Heartbeat.objects.values_list("name", "beat_at")),
        open_attempts=overdue["open_count"],
        overdue=overdue["late"],
        overdue_since=min(
            (
                begun + lasted
                for begun, lasted in (
                    (overdue["deadline"], settings.GRACE),
                    (overdue["blind"], clock.BLIND_LASTS),
                )
                if begun
            ),
            default=None,
        ),
        scores=_jobs(ScoreJob.objects.all(), "attempt__submitted_at"),
        reports=_jobs(ReportJob.objects.all(), "score__scored_at"),
        rescores=_jobs(RescoreJob.objects.all(), "correction__made_at"),
        open_findings=AuditFinding.objects.filter(gone_at=None).count(),
        outages=Outage.objects.count(),
        disks=disks(),
        broker_answers=broker.answers(),
    )


def _overdue(at: datetime) -> dict[str, Any]:
    timed = Q(timed_closed_at=None, deadline_at__lt=at - settings.GRACE - OVERDUE_LONG)
    blind = Q(timed_closed_at__lt=at - clock.BLIND_LASTS - OVERDUE_LONG)
    return Attempt.objects.open().aggregate(
        open_count=Count("pk"),
        late=Count("pk", filter=timed | blind),
        deadline=Min("deadline_at", filter=timed),
        blind=Min("timed_closed_at", filter=blind),
    )


def _jobs(jobs: "models.QuerySet[Any]", owed_since: str) -> Jobs:
    owed, failed = Q(failed_at=None), Q(failed_at__isnull=False)
    return Jobs(
        **jobs.aggregate(
            owed=Count("pk", filter=owed),
            owed_since=Min(owed_since, filter=owed),
            failed=Count("pk", filter=failed),
            failed_since=Min("failed_at"),
        )
    )


def conditions(found: Facts) -> Iterator[Condition]:
    """Yield what degrades (R-28). None of it takes a web node out: exams go on."""
    for name, cost in (
        ("web", "nobody can sit an exam"),
        ("sweeper", "overdue attempts stay open until somebody touches them"),
    ):
        last = found.beats.get(name)
        if last is None or found.at - last > SILENT:
            yield Condition(f"{name}-silent", Level.DEGRADED, f"No {name} process gives a sign of life: {cost}.", last)
    for what, jobs in (("score", found.scores), ("report", found.reports)):
        if jobs.owed_since and found.at - jobs.owed_since > OWED_LONG:
            words = f"{_count(jobs.owed, what)} owed, the oldest for over two minutes."
            yield Condition(f"{what}-owed", Level.DEGRADED, words, jobs.owed_since)
        if jobs.failed:
            words = f"{_count(jobs.failed, what)} could not be computed in five tries."
            yield Condition(f"{what}-failed", Level.DEGRADED, words, jobs.failed_since)
    # How long a correction takes depends on how many attempts it reaches, so only what was given up is told.
    if found.rescores.failed:
        words = f"{_count(found.rescores.failed, 'attempt')} could not be scored by a corrected key."
        yield Condition("rescore-failed", Level.DEGRADED, words, found.rescores.failed_since)
    if found.overdue:
        words = f"{_count(found.overdue, 'attempt')} still open over a minute past the end."
        yield Condition("attempt-overdue", Level.DEGRADED, words, found.overdue_since)
    for disk in found.disks:
        if disk.share_free < LEAST_FREE:
            whose = "the database's disk" if disk.is_database else "the program's disk"
            words = f"Only {disk.share_free:.1%} of {whose} is free ({disk.free // 2**20} MB under {disk.folder})."
            yield Condition("disk-database" if disk.is_database else "disk-program", Level.DEGRADED, words, None)
    if not found.broker_answers:
        words = "The broker does not answer: scores and reports come a few seconds later, and nothing is lost."
        yield Condition("broker-silent", Level.NOTE, words, None)


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A score or report that failed for good, and its last error."""

    attempt: Attempt
    what: str
    tries: int
    failed_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class History:
    """What an admin reads beside the state: what failed, what the nightly audit found, outages, the last backup."""

    failed: tuple[FailedJob, ...]
    open_findings: tuple[AuditFinding, ...]
    gone_findings: tuple[AuditFinding, ...]
    outages: tuple[Outage, ...]
    backup: AuditEvent | None
    restore: AuditEvent | None


MOST_ROWS = 50


def history() -> History:
    """Return the newest rows of each kind, at most fifty."""
    findings = AuditFinding.objects.all()
    return History(
        failed=(*_failed_scores(), *_failed_rescores(), *_failed_reports()),
        open_findings=tuple(findings.filter(gone_at=None)[:MOST_ROWS]),
        gone_findings=tuple(findings.filter(gone_at__isnull=False).order_by("-gone_at")[:MOST_ROWS]),
        outages=tuple(Outage.objects.order_by("-started_at")[:MOST_ROWS]),
        backup=AuditEvent.objects.filter(verb="database.backed-up").order_by("-id").first(),
        restore=AuditEvent.objects.filter(verb="database.restored").order_by("-id").first(),
    )


def _failed_scores() -> Iterator[FailedJob]:
    jobs = ScoreJob.objects.exclude(failed_at=None).order_by("-failed_at")
    for job in jobs.select_related("attempt__form", "attempt__candidate")[:MOST_ROWS]:
        assert job.failed_at is not None  # noqa: S101 - filtered
        yield FailedJob(job.attempt, "Score", job.tries, job.failed_at, job.error)


def _failed_rescores() -> Iterator[FailedJob]:
    jobs = RescoreJob.objects.exclude(failed_at=None).order_by("-failed_at")
    for job in jobs.select_related("attempt__form", "attempt__candidate")[:MOST_ROWS]:
        assert job.failed_at is not None  # noqa: S101 - filtered
        yield FailedJob(job.attempt, "Score by a corrected key", job.tries, job.failed_at, job.error)


def _failed_reports() -> Iterator[FailedJob]:
    jobs = ReportJob.objects.exclude(failed_at=None).order_by("-failed_at")
    for job in jobs.select_related("score__attempt__form", "score__attempt__candidate")[:MOST_ROWS]:
        assert job.failed_at is not None  # noqa: S101 - filtered
        yield FailedJob(job.score.attempt, "Weak-area report", job.tries, job.failed_at, job.error)
