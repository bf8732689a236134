"""A real worker and a real broker; and what happens when there is none of them."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Task
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from apps.analytics.models import WeakAreaReport
from apps.core import broker
from apps.delivery.services import submit_attempt
from apps.scoring.models import Score, ScoreJob
from apps.scoring.services import settle_owed
from config.stack.child import start, stop
from tests import world as worlds
from tests.live import ROOT, database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[None]:
    """Run a Celery worker on this test's database, alone: no sweeper helps it."""
    env = {**os.environ, "DATABASE_URL": database_url(connection.settings_dict["NAME"])}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--queues", "scoring,reports"]
    log = (tmp_path / "worker.log").open("wb")
    process = start([*command, "--concurrency", "1", "--loglevel", "INFO"], env=env, output=log, cwd=ROOT)
    until(lambda: b" ready." in (tmp_path / "worker.log").read_bytes())
    yield
    stop(process, with_signal=signal.SIGTERM, patience=10)
    log.close()


def until(condition: Callable[[], bool], *, patience: float = 30) -> None:
    """Wait for a condition; fail when it does not come."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_worker_scores_and_reports_by_itself(worker: None) -> None:
    world = worlds.build()
    attempt = worlds.sitting(world)
    worlds.answer(attempt, dict.fromkeys(worlds.positions(world.form), True))
    submit_attempt(attempt, clients={})
    until(lambda: Score.objects.filter(attempt=attempt, scaled=1000).exists())
    until(lambda: WeakAreaReport.objects.filter(score__attempt=attempt).exists())
    assert not ScoreJob.objects.exists()


def test_messages_that_come_twice_score_once(worker: None) -> None:
    from apps.scoring import tasks

    attempt = submit_attempt(worlds.sitting(worlds.build()), clients={})
    for _ in range(3):
        tasks.score.delay(attempt.pk)
    until(lambda: Score.objects.exists())
    time.sleep(1)
    assert Score.objects.count() == 1


@pytest.mark.promise("R-06", "R-19")
def test_without_a_broker_the_submit_stands_and_the_score_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(Task, "apply_async", dead)
    monkeypatch.setattr(broker, "_closed_until", 0.0)
    attempt = submit_attempt(worlds.sitting(worlds.build()), clients={})
    assert attempt.submitted_at is not None
    assert ScoreJob.objects.get().attempt_id == attempt.pk
    assert settle_owed() == 1
    assert settings.CELERY_TASK_PUBLISH_RETRY is False
