"""`python -m config.stack run`: everything in the foreground until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from config.stack.child import start, stop, sweep_up
from config.stack.environment import environment, own_servers
from config.stack.places import lasting_places
from config.stack.servers import StackError, servers

COLOURS = {"web": 36, "worker": 32, "sweeper": 33, "beat": 35}
LONGEST_PAUSE = 30.0


class Stopped(BaseException):
    """Somebody asked the stack to stop."""


def run(root: Path) -> int:
    """Serve the demo until SIGINT, SIGTERM or SIGHUP; then stop everything that was started, and return 0."""
    port = _port()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with ExitStack() as running:
            data = root / ".data"
            data.mkdir(exist_ok=True)
            named = own_servers()
            if named is None:
                _say("Starting PostgreSQL and Valkey …")
                named = running.enter_context(servers(lasting_places(data)))
            env = environment(named, data=data)
            _prepare(root, env)
            team = [Member(name, command, root, env) for name, command in commands(port, data).items()]
            for member in team:
                running.callback(member.stop)
            _serve(team, port)
    except Stopped:
        _say("\nStopped.")
    return 0


def _stop(_number: int, _frame: object) -> None:
    # Once is enough: a second Ctrl-C must not interrupt the orderly stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise StackError(f"PORT takes a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise StackError(f"Port {text} cannot be used ({error.strerror}). Try: make run PORT=8001") from error
    return int(text)


def _prepare(root: Path, env: Mapping[str, str]) -> None:
    batch = {**env, "BATCH": "1", "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "WARNING"}
    process = start([sys.executable, "-m", "config.stack.prepare"], env=batch, output=sys.stdout.fileno(), cwd=root)
    try:
        code = process.wait()
    finally:
        stop(process, with_signal=signal.SIGTERM, patience=5)
    if code != 0:
        raise StackError("The database could not be prepared; the lines above say why.")


def commands(port: int, data: Path) -> dict[str, list[str]]:
    """Return the command line of each process; `data` is where beat keeps its schedule."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "config", "--quiet"]
    return {
        "web": [
            python, "-m", "config.serve", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
            "config.wsgi:application",
        ],
        "worker": [
            *celery, "worker", "--queues", "scoring,reports", "--concurrency", "2", "--without-gossip",
            "--without-mingle", "--loglevel", "WARNING",
        ],
        "sweeper": [python, "manage.py", "sweep"],
        "beat": [*celery, "beat", "--schedule", str(data / "beat"), "--loglevel", "WARNING"],
    }  # fmt: skip


class Member:
    """One process of the team: started, prefixed in the log, started again when it crashes."""

    def __init__(self, name: str, command: list[str], root: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._root = root
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._crashes = 0
        self._again_at: float | None = None

    def start(self) -> None:
        """Start the process and copy its lines."""
        self._process = start(self._command, env=self._env, output=subprocess.PIPE, cwd=self._root)
        self._started_at = time.monotonic()
        self._again_at = None
        threading.Thread(target=self._copy, args=(self._process,), daemon=True).start()

    def look_after(self) -> None:
        """Notice a crash, and start again after a pause that grows from one second to thirty."""
        if self._again_at is not None:
            if time.monotonic() >= self._again_at:
                self.start()
        elif self._process is not None and (code := self._process.poll()) is not None:
            sweep_up(self._process)
            lived = time.monotonic() - self._started_at
            self._crashes = 0 if lived > LONGEST_PAUSE else self._crashes + 1
            pause = min(LONGEST_PAUSE, 2.0 ** max(0, self._crashes - 1))
            self._print(f"stopped with code {code}; starting it again in {pause:.0f} s")
            self._again_at = time.monotonic() + pause

    def stop(self) -> None:
        """End the process, gently first."""
        if self._process is not None:
            stop(self._process, with_signal=signal.SIGTERM, patience=8)

    def _copy(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - started with a pipe
        for line in process.stdout:
            self._print(line.decode(errors="replace").rstrip())

    def _print(self, line: str) -> None:
        name = f"{self.name:>7} │"
        if sys.stdout.isatty():
            name = f"\x1b[{COLOURS[self.name]}m{name}\x1b[0m"
        _say(f"{name} {line}")


def _serve(team: list[Member], port: int) -> None:
    """Start the web first: what works behind it would only make it slower to answer. Then keep all of them alive."""
    web, *others = team
    web.start()
    told = False
    patience = time.monotonic() + LONGEST_PAUSE
    while True:
        for member in team:
            member.look_after()
        if others and (_answers(port) or time.monotonic() > patience):
            for member in others:
                member.start()
            others = []
        if not told and _answers(port):
            told = True
            _say(_welcome(port))
        time.sleep(0.1 if not told else 0.5)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _welcome(port: int) -> str:
    return f"""
  Cutscore is ready:  http://127.0.0.1:{port}

    student@example.com      sits the mock exams
    instructor@example.com   writes items
    admin@example.com        reads cohort analytics
    password for all three:  cutscore-demo

  Demo data, simulated people. Ctrl-C stops everything.
"""


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
