"""Cutscore as real processes, for the browser tests and the screenshots."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import dj_database_url

from config.stack.child import start, stop
from config.stack.run import commands
from config.stack.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0


def database_url(name: str) -> str:
    """Return the address of another database on the server of this run."""
    address = dj_database_url.parse(os.environ["DATABASE_URL"])["NAME"]
    return re.sub(rf"/{address}(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"])


def broker_url(number: int) -> str:
    """Return the address of another numbered store on the broker of this run."""
    return f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}"


@contextmanager
def serving(env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run web, worker and sweeper on a free port; gives the address. The log is shown when one of them dies."""
    port = free_port()
    surroundings = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1,localhost", "LOG_LEVEL": "WARNING", **(env or {})}
    with ExitStack() as running:
        log = running.enter_context(tempfile.TemporaryFile())
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        team = {}
        for name, command in commands(port, folder).items():
            if name == "beat":
                continue
            team[name] = start(command, env=surroundings, output=log.fileno(), cwd=ROOT)
            running.callback(stop, team[name], with_signal=signal.SIGTERM, patience=8)
        address = f"http://127.0.0.1:{port}"
        _wait(address, team, log)
        yield address
        for name, process in team.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} died with code {process.returncode}:\n{_text(log)}")


def _wait(address: str, team: Mapping[str, subprocess.Popen[bytes]], log: IO[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and all(process.poll() is None for process in team.values()):
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{_text(log)}")


def _text(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-4000:]


def manage(*arguments: str, env: Mapping[str, str] | None = None) -> None:
    """Run a management command with the given surroundings."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        check=True,
        stdout=subprocess.DEVNULL,
    )
