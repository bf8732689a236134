"""Which kinds of requirement a learner misses. Pure (scoring.md F).

An item states requirements, and a distractor breaks at least one of them. The authors write the requirements out in
words; the kinds here are read off those words by the list below, short on purpose: a requirement may be of several
kinds, and one that no word tells is of the kind `OTHER`. The list was read against the shipped bank, where it places
most requirements.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from apps.scoring.engine import Interval, wilson

LEAST_TO_SAY = 5
OTHER = "What the solution itself must do"

# Beginnings of words; \b closes a word that has a longer neighbour.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "Least operational overhead": (
        "operational(?:ly)? (?:overhead|effort|efficien)", "administrat(?:ive|ion)", r"maintain\b",
        "manag(?:e|ing) servers",
    ),
    "Least development effort": (
        "development effort", "custom code", "writes? no code", r"no (?:scripts?|code|functions?)\b", "without code",
        "code changes?", "stays? as (?:it is|they are)",
    ),
    "Least effort": ("least effort", "fewest", "least (?:change|delay|disturbance|risk)"),
    "Nothing else may change": (
        "(?:does|do) not (?:change|influence)", "stays? ", "remains?", r"as before\b", "no edits", "without another",
        "unchanged", "without replacing", "goe?s? on ", "continues? to",
    ),
    "Lowest cost": (r"costs?\b", "cost-", "expens", r"prices?\b", r"charges?\b", "budget", "spend", "saving"),
    "No downtime, no loss": (
        "downtime", "availab", "interrupt", "outage", "keeps? (?:working|running)", "goe?s? on working", r"fails?\b",
        r"failures?\b", "failover", "surviv", "recover", r"lost\b", r"loses?\b", "rolls? back", "rollback",
    ),
    "Least privilege": (
        "least privilege", r"permissions?\b", r"access\b", r"roles?\b", r"credentials?\b", r"administrators?\b",
        "cannot get around", r"(?:nobody|no one|no other|only) \w+ can", r"logins?\b",
    ),
    "Protection of data and network": (
        "encrypt", "secur", r"secrets?\b", r"keys?\b", r"private\b", r"internet\b", r"public\b", "trusted", "signed",
    ),
    "Across accounts": (r"accounts?\b", r"OUs?\b", "organi[sz]ation", "cross-account"),
    "Across Regions": (r"Regions?\b", r"(?:us|eu|ap)-[a-z]+-\d", "cross-Region"),
    "In time": (
        r"within \w+", r"seconds?\b", r"minutes?\b", r"hours?\b", r"days?\b", "immediately", r"faste?r?\b", "latency",
        "real time", "at once",
    ),
    "Without manual work": (
        "automatic", "without (?:human|manual|further|a ticket)", r"manual(?:ly)?\b", "by itself", "continuously",
    ),
    "Proof and monitoring": (
        "audit", r"logs?\b", "logged", "histor", "trace", "record", "evidence", r"alarms?\b", r"metrics?\b",
        r"paged?\b",
        r"messages?\b", "notif", r"dashboards?\b",
    ),
}  # fmt: skip
KINDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE) for name, words in _WORDS.items()
}


@lru_cache(maxsize=8192)
def kinds_of(text: str) -> tuple[str, ...]:
    """Return the kinds that the words of a requirement speak of, one at least."""
    return tuple(name for name, words in KINDS.items() if words.search(text)) or (OTHER,)


@dataclass(frozen=True, slots=True)
class AnsweredItem:
    """An answered item: what it states by id, and the ids that the options chosen break."""

    position: int
    texts: Mapping[str, str]
    broken: Collection[str]


@dataclass(frozen=True, slots=True)
class MissedKind:
    """A kind of requirement: `n` answered items state it, `misses` of them were answered with what breaks it.

    `positions` are those items, `examples` what they state, in the words of the items.
    """

    kind: str
    misses: int
    n: int
    interval: Interval
    positions: tuple[int, ...]
    examples: tuple[str, ...]

    @property
    def is_enough(self) -> bool:
        """Whether n suffices to speak of a habit."""
        return self.n >= LEAST_TO_SAY


def missed_kinds(items: Sequence[AnsweredItem]) -> list[MissedKind]:
    """Return the kinds that were missed at least once, most misses first, then the larger share.

    An item counts once for each kind that it states, however many of its requirements are of that kind.
    """
    stated: Counter[str] = Counter()
    missed: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.position):
        kinds = {identifier: kinds_of(text) for identifier, text in item.texts.items()}
        stated.update({kind for named in kinds.values() for kind in named})
        first = {kind: item.texts[name] for name in reversed([*kinds]) if name in item.broken for kind in kinds[name]}
        for kind, text in first.items():
            missed[kind].append((item.position, text))
    rows = [
        MissedKind(
            kind=kind,
            misses=len(found),
            n=stated[kind],
            interval=wilson(len(found) / stated[kind], stated[kind]),
            positions=tuple(position for position, _ in found),
            examples=tuple(text for _, text in found),
        )
        for kind, found in missed.items()
    ]
    return sorted(rows, key=lambda row: (row.kind == OTHER, -row.misses, row.n, row.kind))
