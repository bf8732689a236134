"""The shape of a finding and of the rule that makes it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, ParamSpec

P = ParamSpec("P")
# Where a flaw is, and what it is.
Places = Iterator[tuple[str, str]]


class Severity(StrEnum):
    """An error keeps an item out of forms; a warning asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw: which rule saw it, where, what it is and how to mend it."""

    rule: str
    severity: Severity
    place: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[P]):
    """A flaw that a machine sees; `seen` yields the place and the message of each occurrence."""

    id: str
    severity: Severity
    remedy: str
    seen: Callable[P, Iterable[tuple[str, str]]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Finding]:
        """Yield a finding for each place where the flaw is."""
        for place, message in self.seen(*args, **kwargs):
            yield Finding(self.id, self.severity, place, message, self.remedy)


Seen = Callable[P, Iterable[tuple[str, str]]]


def error(id_: str, remedy: str) -> Callable[[Seen[P]], Rule[P]]:
    """Make a function that yields (place, message) a rule whose findings keep an item out of forms."""
    return lambda seen: Rule(id_, Severity.ERROR, remedy, seen)


def warning(id_: str, remedy: str) -> Callable[[Seen[P]], Rule[P]]:
    """Make a function that yields (place, message) a rule whose findings ask for a second look."""
    return lambda seen: Rule(id_, Severity.WARNING, remedy, seen)
