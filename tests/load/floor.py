"""The floor under a save: the least that a web process can do to store an answer safely.

One guarded INSERT … ON CONFLICT through a psycopg pool, with the guard that a save needs: the attempt is open, and
stays so until the answer is in. Here it is a bare WSGI application, no framework; tests/load/floor_view.py does the
same in a bare view of Django. `save` serves both with the options of the real web process and compares.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from socket import create_connection
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from config.stack.child import start, stop
from config.stack.run import commands
from config.stack.servers import free_port
from tests.live import PATIENCE, ROOT

STORE = """
WITH attempt AS (SELECT id FROM delivery_attempt WHERE uuid = %s AND submitted_at IS NULL FOR SHARE)
INSERT INTO load_floor (attempt_id, client, n, position, value) SELECT id, %s, %s, %s, %s::jsonb FROM attempt
ON CONFLICT (attempt_id, client, n) DO UPDATE SET value = excluded.value
RETURNING n
"""
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    """Store one answer and say so; 409 when the attempt has ended."""
    sent = json.loads(environ["wsgi.input"].read())
    with _connections().connection() as connection:
        stored = connection.execute(STORE, parameters(sent)).fetchone()
    body = json.dumps({"stored": stored is not None}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK" if stored else "409 Conflict", headers)
    return [body]


def parameters(sent: dict[str, Any]) -> tuple[Any, ...]:
    """Return what STORE takes of an answer that was sent."""
    return (sent["attempt"], sent["client"], sent["n"], sent["position"], json.dumps(sent["value"]))


@cache
def _connections() -> ConnectionPool[psycopg.Connection[Any]]:
    kwargs = {"autocommit": True}
    return ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, kwargs=kwargs, open=True)


@contextmanager
def floor_table() -> Iterator[None]:
    """Make the scratch table that the floors store in; it goes afterwards."""
    _run("DROP TABLE IF EXISTS load_floor")
    _run(
        "CREATE TABLE load_floor (attempt_id bigint, client text, n int, position smallint, value jsonb, "
        "arrived_at timestamptz NOT NULL DEFAULT statement_timestamp(), PRIMARY KEY (attempt_id, client, n))"
    )
    try:
        yield
    finally:
        _run("DROP TABLE load_floor")


@contextmanager
def serving_floor(module: str) -> Iterator[tuple[int, int]]:
    """Serve the floor of a module on a free port; gives port and process id."""
    port = free_port()
    command = [part.replace("config.wsgi", module) for part in commands(port, Path())["web"]]
    process = start(command, env=os.environ, output=subprocess.DEVNULL, cwd=ROOT)
    try:
        _wait(port)
        yield port, process.pid
    finally:
        stop(process, with_signal=signal.SIGTERM, patience=8)


def _run(statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(statement)


def _wait(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The floor did not start.")
