"""How an attempt was sat: time, pace, changes, flags and confidence against what was right. Pure (scoring.md F).

Everything carries its n, and a comparison is made only where there is enough of both sides; else `is_enough` is false
or the finding None. Times are those at which marks arrived; a sight may travel with the next mark, so that a time
on one item is right to a few seconds.

The base rates of changed answers are those of Benjamin, Cavell & Shallenberger (1984), Teaching of Psychology 11,
133-141, who reviewed 33 studies: 58 % from wrong to right, 20 % from right to wrong, 22 % from wrong to wrong.
"""

import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from apps.scoring.engine import Interval, wilson

LEAST_TO_COMPARE = 5
LEAST_IN_QUARTER = 5
# The last quarter counts as rushed when an item there got under this share of the time that earlier ones got.
RUSHED_SHARE = 0.6
WRONG_TO_RIGHT, RIGHT_TO_WRONG, WRONG_TO_WRONG = "wrong to right", "right to wrong", "wrong to wrong"
BASE_RATES = {WRONG_TO_RIGHT: 0.58, RIGHT_TO_WRONG: 0.20, WRONG_TO_WRONG: 0.22}
CONFIDENCES = ("sure", "unsure", "guess")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing done: `kind` as in the journal (seen, answer, flag, confidence, …), `at` in seconds from the start.

    `value` is what the journal holds: option tokens for an answer, a truth value for a flag, a word for a confidence.
    """

    position: int
    kind: str
    at: float
    value: object


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """An item of the form: what is keyed, and whether the response that stood at the end was right."""

    position: int
    keyed: frozenset[str]
    is_right: bool


@dataclass(frozen=True, slots=True)
class Share:
    """k of n, with the 90 % Wilson interval of the share."""

    k: int
    n: int
    interval: Interval

    @property
    def is_enough(self) -> bool:
        """Whether n suffices to compare this share with another."""
        return self.n >= LEAST_TO_COMPARE


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the form, in order: seconds spent on its items, how many were looked at, and how many right."""

    seconds: float
    reached: int
    right: Share

    @property
    def pace(self) -> float:
        """Seconds per item of the quarter."""
        return self.seconds / self.right.n


@dataclass(frozen=True, slots=True)
class Rush:
    """A last quarter in a hurry: seconds per item there and before, and what was right there and before."""

    pace: float
    earlier_pace: float
    right: Share
    earlier_right: Share


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds per item over n items that were looked at; None without any."""

    n: int
    median: float | None

    @property
    def is_enough(self) -> bool:
        """Whether n suffices to compare."""
        return self.n >= LEAST_TO_COMPARE


@dataclass(frozen=True, slots=True)
class Change:
    """A changed answer, from one whole answer to another."""

    position: int
    at: float
    kind: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All changed answers, in order, and how many of each kind; `net` is how many answers they gained (or lost)."""

    changes: tuple[Change, ...]
    shares: dict[str, Share]
    net: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough changes to compare with the base rates."""
        return len(self.changes) >= LEAST_TO_COMPARE


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an attempt was sat. `dwell` is seconds by position, of items that were looked at."""

    dwell: dict[int, float]
    unreached: tuple[int, ...]
    quarters: tuple[Quarter, ...]
    rushed: Rush | None
    on_right: Spent
    on_wrong: Spent
    changes: Changes
    flagged_wrong: Share
    unflagged_wrong: Share
    confidence: dict[str, Share]
    sure_but_wrong: tuple[int, ...]


def describe(moments: Sequence[Moment], outcomes: Sequence[ItemOutcome], *, seconds: float) -> Behaviour:
    """Return how an attempt of `seconds` length was sat; moments may come in any order, outcomes are all its items."""
    ordered = sorted(moments, key=lambda moment: moment.at)
    items = sorted(outcomes, key=lambda item: item.position)
    dwell = dwell_times(ordered, seconds)
    flags = {moment.position: bool(moment.value) for moment in ordered if moment.kind == "flag"}
    said = {moment.position: str(moment.value) for moment in ordered if moment.kind == "confidence"}
    quarters = _quarters(items, dwell)
    return Behaviour(
        dwell=dwell,
        unreached=tuple(item.position for item in items if item.position not in dwell),
        quarters=quarters,
        rushed=_rush(quarters),
        on_right=_spent([item for item in items if item.is_right], dwell),
        on_wrong=_spent([item for item in items if not item.is_right], dwell),
        changes=answer_changes(ordered, items),
        flagged_wrong=share_of([not item.is_right for item in items if flags.get(item.position)]),
        unflagged_wrong=share_of([not item.is_right for item in items if not flags.get(item.position)]),
        confidence={
            word: share_of([item.is_right for item in items if said.get(item.position) == word]) for word in CONFIDENCES
        },
        sure_but_wrong=tuple(
            item.position for item in items if said.get(item.position) == "sure" and not item.is_right
        ),
    )


def dwell_times(ordered: Sequence[Moment], seconds: float) -> dict[int, float]:
    """Return the seconds spent on each item, from moments in order; together they are `seconds`.

    The time before a sight belongs to the item in view before it, the time before a mark to the item that was marked
    (without scripts there are no sights), and the time after the last moment to the item in view.
    """
    spent: dict[int, float] = defaultdict(float)
    if not ordered:
        return {}
    current, since = ordered[0].position, 0.0
    for moment in ordered:
        spent[current if moment.kind == "seen" else moment.position] += max(0.0, moment.at - since)
        spent.setdefault(moment.position, 0.0)
        current, since = moment.position, max(since, moment.at)
    spent[current] += max(0.0, seconds - since)
    return dict(spent)


def answer_changes(ordered: Sequence[Moment], items: Sequence[ItemOutcome]) -> Changes:
    """Return the changes between whole answers, those with as many options as the key has.

    What is half chosen on the way ("A", then "A and C" of two) is not a change.
    """
    keys = {item.position: item.keyed for item in items}
    whole: dict[int, list[tuple[float, frozenset[str]]]] = defaultdict(list)
    for moment in ordered:
        if moment.kind == "answer" and isinstance(moment.value, (list, tuple, set, frozenset)):
            chosen = frozenset(str(token) for token in moment.value)
            if moment.position in keys and len(chosen) == len(keys[moment.position]):
                whole[moment.position].append((moment.at, chosen))
    changes = sorted(
        (
            Change(position, at, _kind(before, after, keys[position]))
            for position, answers in whole.items()
            for (_, before), (at, after) in itertools.pairwise(answers)
            if before != after
        ),
        key=lambda change: (change.at, change.position),
    )
    counts = Counter(change.kind for change in changes)
    shares = {kind: Share(counts[kind], len(changes), _interval(counts[kind], len(changes))) for kind in BASE_RATES}
    return Changes(tuple(changes), shares, counts[WRONG_TO_RIGHT] - counts[RIGHT_TO_WRONG])


def _kind(before: frozenset[str], after: frozenset[str], keyed: frozenset[str]) -> str:
    if after == keyed:
        return WRONG_TO_RIGHT
    return RIGHT_TO_WRONG if before == keyed else WRONG_TO_WRONG


def _quarters(items: Sequence[ItemOutcome], dwell: dict[int, float]) -> tuple[Quarter, ...]:
    """Four quarters whose sizes differ by one at most; none when an item each is not there."""
    if len(items) < 4:
        return ()
    ends = [round(len(items) * part / 4) for part in range(5)]
    return tuple(
        Quarter(
            sum(dwell.get(item.position, 0.0) for item in items[start:end]),
            sum(item.position in dwell for item in items[start:end]),
            share_of([item.is_right for item in items[start:end]]),
        )
        for start, end in itertools.pairwise(ends)
    )


def _rush(quarters: Sequence[Quarter]) -> Rush | None:
    if not quarters or any(quarter.right.n < LEAST_IN_QUARTER for quarter in quarters):
        return None
    *earlier, last = quarters
    n, right = sum(quarter.right.n for quarter in earlier), sum(quarter.right.k for quarter in earlier)
    pace = sum(quarter.seconds for quarter in earlier) / n
    if last.pace >= RUSHED_SHARE * pace:
        return None
    return Rush(last.pace, pace, last.right, Share(right, n, _interval(right, n)))


def _spent(items: Sequence[ItemOutcome], dwell: dict[int, float]) -> Spent:
    times = [dwell[item.position] for item in items if item.position in dwell]
    return Spent(len(times), statistics.median(times) if times else None)


def share_of(hits: Sequence[bool]) -> Share:
    """Return how many of these are true, with the interval of their share."""
    return Share(sum(hits), len(hits), _interval(sum(hits), len(hits)))


def _interval(k: int, n: int) -> Interval:
    return wilson(k / n if n else 0.0, n)
