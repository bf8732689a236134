"""The ledger of all that candidates sent and were told.

It lives in the test process, outside of the system: what it holds is what a person saw on the screen.
"""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_LEAKS = (
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r"psycopg|OperationalError|IntegrityError|ProgrammingError"),
    re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.{1,200}?\b(?:FROM|VALUES|SET|WHERE)\b", re.S),
)
_KEY = re.compile(r"secret (?:reason|takeaway)")


@dataclass(frozen=True)
class Entry:
    """One change of a person, as it is sent."""

    attempt: str
    client: str
    n: int
    seq: int
    position: int
    kind: str
    value: Any

    @property
    def key(self) -> tuple[str, str, int]:
        """What names it everywhere."""
        return self.attempt, self.client, self.n


@dataclass(frozen=True)
class Receipt:
    """What the candidate was told of an entry, and when (seconds of the machine's clock)."""

    disposition: str
    at: float


@dataclass
class Ledger:
    """All that candidates sent and were told; in `let_count` is what came late and an instructor lets count."""

    sent: dict[tuple[str, str, int], Entry] = field(default_factory=dict)
    first_sent_at: dict[tuple[str, str, int], float] = field(default_factory=dict)
    receipts: dict[tuple[str, str, int], Receipt] = field(default_factory=dict)
    submitted: set[str] = field(default_factory=set)
    let_count: set[tuple[str, str, int]] = field(default_factory=set)
    statuses: "Counter[str]" = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_sent(self, entries: list[Entry]) -> None:
        """Note that these are about to be sent."""
        now = time.time()
        with self._lock:
            for entry in entries:
                self.sent[entry.key] = entry
                self.first_sent_at.setdefault(entry.key, now)

    def note_receipt(self, entry: Entry, disposition: str) -> None:
        """Note a verdict. It must be the one given before."""
        with self._lock:
            before = self.receipts.setdefault(entry.key, Receipt(disposition, time.time()))
            if before.disposition != disposition:
                self.complaints.append(f"{entry.key} was {before.disposition} and then {disposition}.")

    def note_submitted(self, attempt: str) -> None:
        """Note that the candidate was told that the attempt has ended."""
        with self._lock:
            self.submitted.add(attempt)

    def note_answer(self, path: str, answer: "Answer", *, keys_allowed: bool) -> None:
        """Count the status, and complain about a body that says what it must not."""
        with self._lock:
            kind = path.strip("/").split("/")[-1] if "/" in path.strip("/") else path.strip("/")
            self.statuses[f"{kind if len(kind) < 20 else 'paper'} {answer.status}"] += 1
        for pattern in (*_LEAKS, *(() if keys_allowed else (_KEY,))):
            if found := pattern.search(answer.text):
                self.complain(f"{path} answered {answer.status} with {found[0][:80]!r} in its body.")

    def complain(self, words: str) -> None:
        """Note something that must not happen."""
        with self._lock:
            self.complaints.append(words)


@dataclass(frozen=True)
class Answer:
    """A response; `place` is where it redirects to."""

    status: int
    text: str
    place: str
