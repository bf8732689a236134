"""CPU-seconds of the stack's processes, read from /proc, and the write-ahead log of its database.

A process that has ended counts through its parent, which has reaped it; so the sum over a tree loses nothing.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from apps.analytics.models import ReportJob
from apps.scoring.models import ScoreJob
from tests.load.report import Figure

_TICKS = os.sysconf("SC_CLK_TCK")
_WORDS = {"granian": "web", "celery": "worker", "sweep": "sweeper"}
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    seconds: float


def _processes() -> dict[int, _Process]:
    found = dict[int, _Process]()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                text = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            # The name stands in parentheses and may hold spaces; everything is counted from behind it.
            fields = text.rpartition(")")[2].split()
            ticks = sum(int(field) for field in fields[11:15])
            found[int(folder.name)] = _Process(int(fields[1]), ticks / _TICKS)
    return found


class Meter:
    """Reads the CPU-seconds that each part of the stack has used so far: user and system, with all descendants."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = roots

    @classmethod
    def of_stack(cls) -> "Meter":
        """Return a meter of the processes that this one has started, and of the servers."""
        return cls({**children(), **servers()})

    def instead_of_web(self, process: int) -> "Meter":
        """Return a meter that reads another process in the place of web."""
        return Meter({**self._roots, "web": process})

    def read(self) -> dict[str, float]:
        """Return CPU-seconds by part."""
        running = _processes()
        below = defaultdict[int, list[int]](list)
        for pid, process in running.items():
            below[process.parent].append(pid)
        totals = {}
        for name, root in self._roots.items():
            waiting, total = [root], 0.0
            while waiting:
                pid = waiting.pop()
                total += running[pid].seconds if pid in running else 0.0
                waiting += below[pid]
            totals[name] = total
        return totals


def servers() -> dict[str, int]:
    """Return PostgreSQL's first process and Valkey. Ends the benchmark when they do not run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    broker: redis.Redis = redis.Redis.from_url(settings.REDIS_URL)
    valkey = int(broker.info("server")["process_id"])
    broker.close()
    running = _processes()
    if backend not in running or valkey not in running:
        raise SystemExit("Benchmarks read /proc: run them with PostgreSQL and Valkey as processes of this machine.")
    return {"postgres": running[backend].parent, "valkey": valkey}


def is_throw_away() -> bool:
    """Whether the database server was started by a process above this one, as `config.stack exec` does, and so goes."""
    running = _processes()
    above, pid = set[int](), os.getpid()
    while pid in running:
        above.add(pid)
        pid = running[pid].parent
    # Whatever was left alone belongs to process 1, which is above everything.
    return running[servers()["postgres"]].parent in above - {1}


class Neighbours:
    """How much of the machine other programs use meanwhile: without that nobody can judge a latency."""

    def __init__(self) -> None:
        self._meter = Meter({"driver": os.getpid(), **servers()})
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), self._own_seconds()

    def figures(self, benchmark: str) -> Iterator[Figure]:
        """Yield the mean number of cores that were busy with something else since this was made."""
        others = (_busy_seconds() - self._busy) - (self._own_seconds() - self._own)
        cores = max(0.0, others / (time.monotonic() - self._began))
        yield Figure(benchmark, "  cores that other programs used meanwhile", "", (cores,))

    def _own_seconds(self) -> float:
        return sum(self._meter.read().values())


def _busy_seconds() -> float:
    user, nice, system, _idle, _waiting, *rest = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    return sum(int(ticks) for ticks in (user, nice, system, *rest)) / _TICKS


def children() -> dict[str, int]:
    """Return web, worker and sweeper among the processes that this one has started."""
    found = dict[str, int]()
    for pid, process in _processes().items():
        if process.parent == os.getpid():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            found |= {name: pid for word, name in _WORDS.items() if word in command}
    return found


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return the CPU-seconds by part between two readings."""
    return {name: after[name] - before[name] for name in after}


def wal_position() -> int:
    """Return the end of the write-ahead log in bytes; a difference is what was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def settle() -> None:
    """Wait until every owed score and report is there. Raises TimeoutError after two minutes."""
    until = time.monotonic() + PATIENCE
    quiet = 0
    # A report becomes owed just after its score is there: nothing owed must be seen twice.
    while quiet < 2:
        if time.monotonic() > until:
            raise TimeoutError("Scores or reports are still owed.")
        owed = ScoreJob.objects.filter(failed_at=None).exists() or ReportJob.objects.filter(failed_at=None).exists()
        quiet = 0 if owed else quiet + 1
        time.sleep(0.05)
