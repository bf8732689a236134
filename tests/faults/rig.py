"""Cutscore with servers and processes of its own: one run's servers, and one scenario's processes after the other."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config.stack.places import Places, passing_places
from config.stack.run import commands
from config.stack.servers import free_port
from tests.faults.disk import Disk, small_disk
from tests.faults.processes import NAME, ROOT, Member, Postgres, RigError, Valkey, until

GOLDEN = "golden"


@dataclass(frozen=True)
class Person:
    """A student with a session."""

    email: str
    cookie: str


class Rig:
    """The servers of one run, and the processes of one scenario after the other."""

    def __init__(self, places: Places, static: str | None) -> None:
        self._places = places
        self.postgres, self.valkey = Postgres(places), Valkey(places)
        self.env = {
            **os.environ,
            "DATABASE_URL": self.postgres.address(),
            "REDIS_URL": self.valkey.address,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "STATIC_ROOT": static or str(places.data / "static"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
            "DEMO": "1",
            "DEBUG": "0",
            "HTTPS": "0",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
        }
        self.members: list[Member] = []
        self.disk: Disk | None = None

    def prepare(self) -> None:
        """Make the database that every scenario starts from."""
        self.postgres.create()
        self.postgres.start()
        with psycopg.connect(self.postgres.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {GOLDEN}")
        env = {"DATABASE_URL": self.postgres.address(GOLDEN), "BATCH": "1"}
        if not (Path(self.env["STATIC_ROOT"]) / "staticfiles.json").exists():
            self._run("manage.py", "collectstatic", "-v0", "--noinput", env=env)
        self._run("manage.py", "migrate", "-v0", env=env)
        self.stage("world", env=env)

    def fresh(self) -> None:
        """Bring both servers up, with the small world and nothing else in them."""
        self.end()
        for server in (self.postgres, self.valkey):
            server.thaw()
            server.start()
        self.valkey.flush()
        with psycopg.connect(self.postgres.address("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME} TEMPLATE {GOLDEN}")

    def web(self, **env: str) -> tuple[Member, int]:
        """Start a web server and return it with its port, as soon as it answers."""
        port = free_port()
        member = self._member("web", port, env)
        member.start()
        until(lambda: _is_listening(port), f"the web server answers\n{member.last_words()}")
        return member, port

    def worker(self, **env: str) -> Member:
        """Start a Celery worker."""
        return self._started("worker", env)

    def sweeper(self, **env: str) -> Member:
        """Start a sweeper; there may be several."""
        return self._started("sweeper", env)

    def _started(self, kind: str, env: Mapping[str, str]) -> Member:
        member = self._member(kind, 0, env)
        member.start()
        return member

    def _member(self, kind: str, port: int, env: Mapping[str, str]) -> Member:
        log = self._places.data / f"{kind}-{len(self.members)}.log"
        log.unlink(missing_ok=True)
        command = commands(port, self._places.data)[kind]
        member = Member(f"{kind}-{len(self.members)}", command, env={**self.env, **env}, log=log)
        self.members.append(member)
        return member

    def revive(self) -> None:
        """Start again what has died, as a supervisor does."""
        for member in self.members:
            member.revive()

    def end(self) -> None:
        """End the scenario's processes; the servers stay."""
        for member in self.members:
            member.stop(patience=0)
        self.members.clear()

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database directly."""
        with psycopg.connect(self.postgres.address(), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def holding(self, statement: str, *parameters: object) -> Iterator[None]:
        """Run a statement in a transaction that stays open, with its locks, inside the `with`; then commit it."""
        with psycopg.connect(self.postgres.address()) as connection:
            connection.execute(statement, parameters)
            yield

    def people(self, count: int) -> list[Person]:
        """Make students with sessions."""
        return [Person(**one) for one in self.stage("people", str(count))]

    def stage(self, *arguments: str, env: Mapping[str, str] | None = None) -> Any:
        """Run a command of `tests.faults.stage` beside the processes, and return what it answers."""
        return json.loads(self._run("-m", "tests.faults.stage", *arguments, env={"BATCH": "1", **(env or {})}))

    def _run(self, *arguments: str, env: Mapping[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env={**self.env, **env}, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RigError(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def logs(self) -> str:
        """Return the ends of all logs, for a failed scenario."""
        return "\n".join(f"--- {member.name}\n{member.last_words()}" for member in self.members)

    def close(self) -> None:
        """End everything."""
        self.end()
        self.valkey.stop()
        self.postgres.stop(with_signal=signal.SIGINT, patience=20)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def rig(*, disk: int = 0) -> Iterator[Rig]:
    """Run servers of its own with the small world in a database that scenarios copy.

    With `disk`, in megabytes, the database has a disk of that size for itself; raises NoDisk where that cannot be had.
    """
    places = passing_places()
    given = os.environ.get("STATIC_ROOT")
    collected = given if given and (Path(given) / "staticfiles.json").exists() else None
    with ExitStack() as running:
        running.callback(shutil.rmtree, places.data, ignore_errors=True)
        made = Rig(places, collected)
        if disk:
            made.disk = running.enter_context(small_disk(places.postgres_data.parent, places.account, megabytes=disk))
        running.callback(made.close)
        made.prepare()
        yield made
