"""Health for machines: the metrics that Prometheus reads, and plain data."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.analytics.queries.health import Facts
from apps.analytics.services import Health

# A gauge per condition only while it holds would vanish instead of falling to zero.
CODES = (
    "database", "read-only", "disk-full", "durability", "web-silent", "sweeper-silent", "score-owed", "score-failed",
    "report-owed", "report-failed", "rescore-failed", "attempt-overdue", "disk-database", "disk-program",
    "broker-silent",
)  # fmt: skip


def as_metrics(health: Health) -> bytes:
    """Return the verdict and the facts in Prometheus' text format.

    Everything is a gauge read from the database at the moment of the question: counters kept in one of several web
    processes would tell a part and forget it at every restart.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(health))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        health = self._health
        yield _labelled("cutscore_info", "The version that answers", "version", {health.version: 1})
        yield GaugeMetricFamily("cutscore_ready", "1 while exams may be served", value=health.status != "failed")
        held = {reason.code for reason in health.reasons}
        named = {code: float(code in held) for code in CODES}
        yield _labelled("cutscore_condition", "1 while this condition holds", "code", named)
        if health.facts:
            yield from _facts(health.facts)


def _facts(found: Facts) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily("cutscore_open_attempts", "Attempts under way", value=found.open_attempts)
    yield GaugeMetricFamily(
        "cutscore_overdue_attempts", "Attempts open over a minute past their end", value=found.overdue
    )
    jobs = {"score": found.scores, "report": found.reports, "rescore": found.rescores}
    yield _labelled("cutscore_owed_jobs", "Jobs owed", "kind", {kind: one.owed for kind, one in jobs.items()})
    yield _labelled("cutscore_failed_jobs", "Jobs failed for good", "kind", {k: one.failed for k, one in jobs.items()})
    ages = {k: (found.at - one.owed_since).total_seconds() if one.owed_since else 0.0 for k, one in jobs.items()}
    yield _labelled("cutscore_oldest_owed_seconds", "How long the oldest job is owed", "kind", ages)
    silences = {name: (found.at - beat_at).total_seconds() for name, beat_at in found.beats.items()}
    yield _labelled("cutscore_silence_seconds", "Time since a kind of process last gave a sign", "process", silences)
    yield GaugeMetricFamily("cutscore_open_findings", "Open findings of the nightly audit", value=found.open_findings)
    yield GaugeMetricFamily("cutscore_outages", "Outages for which candidates were given time", value=found.outages)
    free = {"database" if disk.is_database else "program": disk.share_free for disk in found.disks}
    yield _labelled("cutscore_disk_free_ratio", "Free share of a disk that is seen from here", "disk", free)
    yield GaugeMetricFamily("cutscore_broker_up", "1 while the broker answers", value=found.broker_answers)


def _labelled(name: str, words: str, label: str, values: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        family.add_metric([value], float(number))
    return family


def as_data(health: Health) -> dict[str, Any]:
    """Return the verdict as plain data: what /api/status/ and `check_health --json` say."""
    found = health.facts
    return {
        "status": health.status,
        "version": health.version,
        "reasons": [
            {"code": one.code, "level": one.level.value, "message": one.message, "since": one.since}
            for one in health.reasons
        ],
        "counts": {
            "open_attempts": found.open_attempts,
            "overdue_attempts": found.overdue,
            "owed_scores": found.scores.owed,
            "owed_reports": found.reports.owed,
            "failed_scores": found.scores.failed,
            "failed_reports": found.reports.failed,
            "owed_rescores": found.rescores.owed,
            "failed_rescores": found.rescores.failed,
            "open_findings": found.open_findings,
            "outages": found.outages,
        }
        if found
        else None,
        "last_beats": found.beats if found else None,
    }
