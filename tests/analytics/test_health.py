"""Ready, degraded or well: the verdict and the four places that show it."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import database_now, record_event
from apps.analytics.audit import all_findings
from apps.analytics.models import ReportJob
from apps.analytics.queries.health import conditions, facts
from apps.analytics.serializers import CODES
from apps.analytics.services import check_health, record_findings, settle_owed_reports
from apps.delivery import services as delivery
from apps.delivery.checks import check_durability
from apps.delivery.models import Attempt, Heartbeat, Outage
from apps.delivery.services import NotAllowed, beat, start_attempt, submit_attempt
from apps.scoring.models import ScoreJob
from apps.scoring.services import settle_owed
from tests import world as worlds

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def alive() -> None:
    """Let web and sweeper have given a sign of life just now."""
    beat("web")
    beat("sweeper")


def codes() -> set[str]:
    """Return the codes of what is wrong now."""
    return {reason.code for reason in check_health().reasons}


def set_up_session(statement: str) -> None:
    """Change this test's session, for its transaction."""
    delivery.readiness.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute(statement)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    """Ask for readiness."""
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_r28_ready_means_that_a_row_was_written(client: Client) -> None:
    assert ready(client) == (200, {"status": "ok", "reasons": []})
    assert Heartbeat.objects.filter(name="ready").exists()


def test_asking_often_writes_once_in_a_tick(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/readyz")
    verdict = delivery.readiness(7)
    with django_assert_num_queries(0):
        assert delivery.readiness(7) is verdict


def test_r28_a_database_that_takes_no_writes_is_not_ready(client: Client) -> None:
    set_up_session("SET TRANSACTION READ ONLY")
    status, body = ready(client)
    assert (status, body["status"]) == (503, "failed")
    assert "read-only or a standby" in body["reasons"][0]


def test_a_database_that_forgets_is_not_ready_and_starts_no_exam(client: Client, world: worlds.World) -> None:
    running = worlds.sitting(world)
    set_up_session("SET LOCAL synchronous_commit = off")
    status, body = ready(client)
    assert status == 503
    assert "Set synchronous_commit = on" in body["reasons"][0]
    with pytest.raises(NotAllowed, match="would not keep your answers"):
        start_attempt(world.assignment, candidate=worlds.person())
    # Who sits already goes on: their answers are better here than nowhere.
    assert start_attempt(world.assignment, candidate=running.candidate) == running
    assert [error.id for error in check_durability(databases=["default"])] == ["delivery.E001"]


def test_the_database_check_is_silent_about_a_durable_one() -> None:
    assert check_durability(databases=["default"]) == []
    assert check_durability() == []


def test_r28_a_silent_sweeper_degrades_and_leaves_the_web_node_in(client: Client, alive: None) -> None:
    assert check_health().status == "ok"
    Heartbeat.objects.filter(name="sweeper").update(beat_at=F("beat_at") - timedelta(seconds=31))
    assert codes() == {"sweeper-silent"}
    assert check_health().status == "degraded"
    assert client.get("/readyz").status_code == 200


def test_what_is_owed_for_long_or_has_failed_degrades(world: worlds.World, alive: None) -> None:
    attempt = submit_attempt(worlds.sitting(world), clients={})
    ScoreJob.objects.get_or_create(attempt=attempt)
    assert codes() == set()
    Attempt.objects.update(submitted_at=F("submitted_at") - timedelta(seconds=121))
    assert codes() == {"score-owed"}
    ScoreJob.objects.update(failed_at=database_now(), tries=5)
    assert codes() == {"score-failed"}
    (reason,) = check_health().reasons
    assert reason.since == ScoreJob.objects.get().failed_at


@pytest.mark.parametrize("over", [69, 71])
def test_an_attempt_that_nobody_closes_degrades_a_minute_after_its_grace(
    world: worlds.World, alive: None, over: int
) -> None:
    worlds.sitting(world)
    Attempt.objects.update(deadline_at=database_now() - timedelta(seconds=over))
    assert codes() == ({"attempt-overdue"} if over == 71 else set())


def test_a_broker_that_is_gone_is_a_note(alive: None) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        health = check_health()
    assert [(reason.code, reason.level) for reason in health.reasons] == [("broker-silent", "note")]
    assert health.status == "ok"


def test_every_code_has_its_metric() -> None:
    found = facts()
    assert {condition.code for condition in conditions(found)} <= set(CODES)


def test_the_cost_of_looking_does_not_grow(
    world: worlds.World, alive: None, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        submit_attempt(worlds.sitting(world), clients={})
    with django_assert_max_num_queries(9):
        facts()


def test_the_api_says_it_to_instructors(instructor: User, student: User, signed_in: SignIn, alive: None) -> None:
    assert signed_in(student).get("/api/status/").status_code == 403
    body = signed_in(instructor).get("/api/status/").json()
    assert (body["status"], body["reasons"], body["counts"]["open_attempts"]) == ("ok", [], 0)
    assert set(body["last_beats"]) == {"web", "sweeper", "ready"}


def test_metrics_want_the_token(client: Client, world: worlds.World, alive: None) -> None:
    worlds.sitting(world)
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    with override_settings(METRICS_TOKEN="a token"):
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
        text = client.get("/metrics", headers={"Authorization": "Bearer a token"}).text
    assert "cutscore_ready 1.0\n" in text
    assert "cutscore_open_attempts 1.0\n" in text
    assert 'cutscore_condition{code="sweeper-silent"} 0.0\n' in text


def test_the_nightly_audit_keeps_what_degrades(alive: None) -> None:
    Heartbeat.objects.filter(name="sweeper").delete()
    found = list(all_findings())
    assert [(check, subject) for check, subject, _ in found] == [("nothing_degraded", "health:sweeper-silent")]
    assert record_findings(found) == 1
    beat("sweeper")
    assert record_findings(all_findings()) == 0


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("failed", 1), ("degraded", 2)])
def test_the_command_says_it_by_its_exit_code(alive: None, status: str, code: int) -> None:
    if status == "failed":
        set_up_session("SET LOCAL synchronous_commit = off")
    if status == "degraded":
        record_event(None, verb="test", subject="test")
        AuditEvent.objects.update(verb="forged")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_health", as_json=True, stdout=out)
    assert end.value.code == code
    assert json.loads(out.getvalue())["status"] == status


def failed_jobs(world: worlds.World) -> tuple[Attempt, Attempt]:
    """Return an attempt whose score has failed and one whose report has."""
    no_score, no_report = (submit_attempt(worlds.sitting(world), clients={}) for _ in range(2))
    ScoreJob.objects.get_or_create(attempt=no_report)
    settle_owed(attempt_ids=[no_report.pk])
    score = no_report.scores.get()
    ReportJob.objects.update_or_create(score=score, defaults={"tries": 5, "failed_at": database_now(), "error": "boom"})
    ScoreJob.objects.update_or_create(
        attempt=no_score, defaults={"tries": 5, "failed_at": database_now(), "error": "KeyError('gone')"}
    )
    return no_score, no_report


def test_an_admin_sees_what_failed_and_tries_again(world: worlds.World, admin: User, signed_in: SignIn) -> None:
    no_score, no_report = failed_jobs(world)
    client = signed_in(admin)
    page = client.get(reverse("analytics:health")).text
    assert "KeyError(&#x27;gone&#x27;)" in page
    assert "boom" in page
    assert settle_owed() == settle_owed_reports() == 0
    for attempt in (no_score, no_report):
        url = reverse("analytics:retry", args=[attempt.uuid])
        assert client.post(url)["Location"] == reverse("analytics:health")
        assert client.post(url).status_code == 404  # nothing has failed any more
    assert (settle_owed(), settle_owed_reports()) == (1, 1)
    events = AuditEvent.objects.filter(verb="job.retried", actor=admin).order_by("id")
    assert [event.subject for event in events] == [f"delivery.attempt:{a.uuid}" for a in (no_score, no_report)]
    assert "KeyError" not in client.get(reverse("analytics:health")).text


def test_only_an_admin_tries_again(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    attempt, _ = failed_jobs(world)
    assert signed_in(instructor).post(reverse("analytics:retry", args=[attempt.uuid])).status_code == 404
    assert settle_owed() == 0


def test_the_page_says_its_finding_and_its_history(admin: User, signed_in: SignIn, alive: None) -> None:
    client = signed_in(admin)
    page = client.get(reverse("analytics:health")).text
    assert "<h1>Everything is well</h1>" in page
    assert "No outage so far" in page
    record_findings([("a_check", "exams.form:x", "Something is wrong with it.")])
    now = database_now()
    Outage.objects.create(started_at=now - MINUTE, ended_at=now, credited_count=7)
    record_event(None, verb="database.backed-up", subject="x", detail={"file": "monday.dump", "bytes": 2048})
    Heartbeat.objects.filter(name="sweeper").delete()
    page = client.get(reverse("analytics:health")).text
    assert "<h1>Exams go on, but one thing needs somebody</h1>" in page
    for words in ("Something is wrong with it.", "monday.dump", "Outages, for which", "No sweeper process"):
        assert words in page
