"""F20: the database is lost and comes back from a backup; and one that may forget starts no exam."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.processes import NAME, ROOT, until
from tests.faults.rig import Rig
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults

_DIGESTS = (
    "SELECT a.uuid::text, s.digest FROM scoring_score s JOIN delivery_attempt a ON a.id = s.attempt_id ORDER BY 1"
)
_EVENTS = (
    "SELECT a.uuid::text, e.client, e.n, e.disposition, e.seq, e.position, e.kind, e.value "
    "FROM delivery_responseevent e JOIN delivery_attempt a ON a.id = e.attempt_id"
)


def manage(rig: Rig, *arguments: str, ends: int = 0) -> Any:
    """Run a management command that must end with a code, and return what it said: JSON read, anything else as text."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=rig.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == ends, done.stdout + done.stderr
    return json.loads(done.stdout) if "--json" in arguments and done.stdout else done.stdout + done.stderr


def lose(rig: Rig) -> None:
    """Crash the server and take the database away; an empty one stands in its place."""
    rig.postgres.crash()
    rig.postgres.start()
    with psycopg.connect(rig.postgres.address("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")


@pytest.mark.promise("R-29")
def test_f20_a_backup_taken_amid_saves_brings_everything_back(scene: Callable[..., Scene], tmp_path: Path) -> None:
    now, file = scene(grace=0), str(tmp_path / "exam.dump")
    rig = now.rig
    now.crowd(3, changes=8)
    until(lambda: len(rig.sql(_DIGESTS)) == 3, "the first three are scored")
    now.crowd(6, changes=2000, pace=0.15, ends=False)
    now.saved(60)
    acknowledged = dict(now.ledger.receipts)
    manage(rig, "backup", file, "--json")
    now.saved(30)  # the exam went on meanwhile
    digests = rig.sql(_DIGESTS)
    for candidate in now.candidates:
        candidate.over.set()
    assert "other connections" in manage(rig, "restore", file, "--replace", ends=1)
    rig.end()

    lose(rig)
    said = manage(rig, "restore", file, "--json")
    assert (said["problems"], said["scores"]) == ([], 3)
    events = {(attempt, client, n): tuple(rest) for attempt, client, n, *rest in rig.sql(_EVENTS)}
    for key, receipt in acknowledged.items():
        entry = now.ledger.sent[key]
        assert events[key] == (receipt.disposition, entry.seq, entry.position, entry.kind, entry.value)
    assert rig.sql(_DIGESTS) == digests

    # Life goes on: what was open is closed and scored, and every score comes out the same again.
    rig.web(GRACE_SECONDS="0")
    rig.sweeper(GRACE_SECONDS="0")
    # The first beat gives the attempts the time since the backup; only then is their end ours to move.
    lately = "SELECT 1 FROM delivery_heartbeat WHERE name = 'web' AND beat_at > statement_timestamp() - interval '8 s'"
    until(lambda: bool(rig.sql(lately)), "web gives a sign of life")
    now.end_in(0)
    until(lambda: len(rig.sql(_DIGESTS)) == 9, "all nine are scored")
    said = manage(rig, "score", "--verify", "--json")
    assert (said["checked"], said["differences"]) == (9, [])
    rig.end()

    # A control: the verification notices one answer that is not there.
    rig.sql(
        "DELETE FROM delivery_responseevent WHERE (attempt_id, client, n) IN (SELECT DISTINCT ON (attempt_id) "
        "attempt_id, client, n FROM delivery_responseevent WHERE kind = 'answer' AND value <> '[]' "
        "ORDER BY attempt_id, seq DESC)"
    )
    assert manage(rig, "score", "--verify", "--json", ends=1)["differences"]

    # And the backup takes the place of what is wrong now, once it is told to.
    assert "tables already" in manage(rig, "restore", file, ends=1)
    assert manage(rig, "restore", file, "--replace", "--json")["problems"] == []
    assert rig.sql(_DIGESTS) == digests
    assert rig.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'replaced%%'") == []


def test_f20_a_restore_that_cannot_end_leaves_what_was_there(rig: Rig, tmp_path: Path) -> None:
    rig.fresh()
    file = str(tmp_path / "world.dump")
    manage(rig, "backup", file)
    items = rig.sql("SELECT count(*) FROM bank_item")
    # The file is whole, and the server refuses half-way.
    rig.sql("CREATE SCHEMA guard")
    rig.sql(
        "CREATE FUNCTION guard.refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'no more tables'; END $$"
    )
    rig.sql(
        "CREATE EVENT TRIGGER guard ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION guard.refuse()"
    )
    assert "no more tables" in manage(rig, "restore", file, "--replace", ends=1)
    assert rig.sql("SELECT count(*) FROM bank_item") == items
    rig.sql("DROP EVENT TRIGGER guard")
    manage(rig, "restore", file, "--replace")
    assert rig.sql("SELECT count(*) FROM bank_item") == items


def test_r01_a_database_that_may_forget_starts_no_exam(scene: Callable[..., Scene]) -> None:
    now = scene()
    rig = now.rig
    (candidate,) = now.crowd(1, start=False)

    def ready() -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{now.proxy.port}/readyz", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert ready() == 200
    try:
        for name in ("fsync", "full_page_writes"):
            rig.sql(f"ALTER SYSTEM SET {name} = off")
            rig.sql("SELECT pg_reload_conf()")
            until(lambda: ready() == 503, f"{name} is noticed")
            answer = candidate.ask("POST", f"/mocks/{now.assignment()}/start/", "csrfmiddlewaretoken=" + "a" * 32)
            assert answer.place.startswith("/mocks/")  # back to the instructions, which say why
            assert "delivery.E001" in manage(rig, "check", "--database", "default", ends=1)
            rig.sql(f"ALTER SYSTEM RESET {name}")
            rig.sql("SELECT pg_reload_conf()")
            until(lambda: ready() == 200, f"{name} is on again")
    finally:
        rig.sql("ALTER SYSTEM RESET ALL")
        rig.sql("SELECT pg_reload_conf()")
    assert candidate.start_attempt()
