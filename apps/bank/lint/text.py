"""How the rules take text apart: prose and artefacts, words, and the words that carry a subject."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.bank.content import ItemContent

_FENCE = re.compile(r"^[ \t]*```([\w-]*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_WORD = re.compile(r"[^\W_][\w'’:./*-]*")


@dataclass(frozen=True, slots=True)
class Artefact:
    """A fenced block of code; `language` is empty when the fence names none."""

    language: str
    text: str


def artefacts(text: str) -> list[Artefact]:
    """Return the code blocks of `text`."""
    return [Artefact(match[1].lower(), match[2]) for match in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """Return `text` without its code blocks."""
    return _FENCE.sub(" ", text)


def spoken(text: str) -> str:
    """Return `text` without code of any kind: the name of an option or a file is no choice of words."""
    return _CODE.sub(" ", prose(text))


def words(text: str) -> list[str]:
    """Return the words of `text` outside code blocks; artefacts are read, not counted."""
    return _WORD.findall(prose(text))


def artefact_words(item: ItemContent) -> int:
    """Return how many words stand in the code blocks that the candidate sees."""
    return sum(len(_WORD.findall(block.text)) for _, text in seen_texts(item) for block in artefacts(text))


def prose_words(item: ItemContent) -> int:
    """Return how many words of prose the candidate reads."""
    return sum(len(words(text)) for _, text in seen_texts(item))


def seen_texts(item: ItemContent) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of everything that the candidate sees."""
    yield "stem", item.stem
    yield "lead-in", item.lead_in
    for number, option in enumerate(item.options, 1):
        yield f"option {number}", option.text


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
    return {_folded(word) for word in _bare(text) if len(word) >= 4 and word not in _COMMON}


def subject_words(text: str) -> list[str]:
    """Return the words of `text` and of its artefacts that carry a subject, as often as they stand there."""
    return [_folded(word) for word in _bare(text, artefacts_too=True) if len(word) >= 3 and word not in _COMMON]


def _bare(text: str, *, artefacts_too: bool = False) -> Iterator[str]:
    found = _WORD.findall(text) if artefacts_too else words(text)
    return (word.lower().strip(".,:;'’") for word in found)


def _folded(word: str) -> str:
    return word.rstrip("s")
