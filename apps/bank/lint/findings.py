"""The shape of a finding, and how the rules count words."""

import re
from dataclasses import dataclass
from enum import StrEnum


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


def error(rule: str, place: str, message: str, remedy: str) -> Finding:
    """Return a finding that keeps the item out of forms."""
    return Finding(rule, Severity.ERROR, place, message, remedy)


def warning(rule: str, place: str, message: str, remedy: str) -> Finding:
    """Return a finding that asks for a second look."""
    return Finding(rule, Severity.WARNING, place, message, remedy)


_FENCE = re.compile(r"```.*?```", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’:_./*-]*")


def words(text: str) -> list[str]:
    """Return the words of `text` outside code blocks; artefacts are read, not counted."""
    return _WORD.findall(_FENCE.sub(" ", text))


_COMMON = frozenset(
    "about above after again against also amazon among and another any application applications are around available "
    "because been before being between both but can company configure could create creates current does during each "
    "existing every first for from has have having how into its least less manage meet meets more most must need needs "
    "new not now of on one only operational or other overhead over own requirements service services set should so "
    "solution some such team than that the their them then there these they this those through to two under until use "
    "used uses using was were what when where which while who will with without within would you your account accounts "
    "aws resource resources steps step".split()
)


def distinctive(text: str) -> set[str]:
    """Return the words of `text` that carry its subject: four letters or more, not common, plural folded."""
    found = (word.lower().strip(".,:;'’") for word in words(text))
    return {word.rstrip("s") for word in found if len(word) >= 4 and word not in _COMMON}
