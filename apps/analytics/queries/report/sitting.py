"""How an attempt was sat: times always, what was right only where the key may be seen."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.analytics.behaviour import BASE_RATES, Behaviour, Changes, ItemOutcome, Moment, Share, Spent, describe
from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.queries import FoldedResponse, TimedMark
from apps.scoring.queries import ItemCredit


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """Questions `first` to `last`: time per question, how many of n were looked at, and right where it may be told."""

    first: int
    last: int
    pace: timedelta
    reached: int
    n: int
    right: Share | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Changed answers of one kind beside the published share."""

    kind: str
    share: Share
    base_rate: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What needs the key: times on right and wrong items, changes, flags, confidence."""

    on_right: Spent
    on_wrong: Spent
    changes: Changes
    change_rows: tuple[ChangeRow, ...]
    flagged_wrong: Share
    unflagged_wrong: Share
    confidence: tuple[tuple[str, Share], ...]
    sure_but_wrong: tuple[int, ...]

    @property
    def has_confidence(self) -> bool:
        """Whether any answer was marked as sure, unsure or a guess."""
        return any(share.n for _, share in self.confidence)

    @property
    def flags_are_enough(self) -> bool:
        """Whether flagged and unflagged items can be compared."""
        return self.flagged_wrong.is_enough and self.unflagged_wrong.is_enough


@dataclass(frozen=True, slots=True)
class Sitting:
    """The course of an attempt. `is_timed` is false where the journal cannot tell single items' times.

    `rushed` are the paces of the last quarter and of the earlier ones when the last was in a hurry; `unreached` counts
    the items that were never looked at.
    """

    is_timed: bool
    with_pauses: bool
    quarters: tuple[QuarterRow, ...]
    rushed: tuple[timedelta, timedelta] | None
    unreached: int
    judged: Judged | None


def sitting(
    attempt: Attempt,
    marks: Sequence[TimedMark],
    credits: Sequence[ItemCredit],
    folded: Sequence[FoldedResponse],
    keyed: Sequence[frozenset[str]],
    *,
    is_open: bool,
) -> Sitting:
    """Describe how the timed phase of an attempt was sat. `keyed` are the keyed tokens of each item, in order."""
    used = attempt.time_used
    moments = [Moment(mark.position, mark.kind, mark.at, mark.value) for mark in marks]
    outcomes = [ItemOutcome(item.position, keys, item.is_right) for item, keys in zip(credits, keyed, strict=True)]
    described = describe(moments, outcomes, seconds=used.total_seconds() if used else 0.0)
    is_timed = _tells_times(marks, folded)
    return Sitting(
        is_timed=is_timed,
        with_pauses=attempt.assignment.pause_allowed,
        quarters=_quarters(described, is_open=is_open) if is_timed else (),
        rushed=_rushed(described) if is_timed else None,
        unreached=len(described.unreached) if is_timed else 0,
        judged=_judged(described) if is_open else None,
    )


def _tells_times(marks: Sequence[TimedMark], folded: Sequence[FoldedResponse]) -> bool:
    """Whether most answers came by themselves: a form that was posted whole, or a file, has one moment for all."""
    answered = sum(bool(response.chosen) for response in folded)
    moments = {mark.at for mark in marks if mark.kind == ResponseEvent.Kind.ANSWER}
    return answered > 0 and len(moments) >= answered / 2


def _quarters(described: Behaviour, *, is_open: bool) -> tuple[QuarterRow, ...]:
    ends = [0, *itertools.accumulate(quarter.right.n for quarter in described.quarters)]
    return tuple(
        QuarterRow(
            first=start + 1,
            last=end,
            pace=timedelta(seconds=quarter.pace),
            reached=quarter.reached,
            n=quarter.right.n,
            right=quarter.right if is_open else None,
        )
        for (start, end), quarter in zip(itertools.pairwise(ends), described.quarters, strict=True)
    )


def _rushed(described: Behaviour) -> tuple[timedelta, timedelta] | None:
    rush = described.rushed
    return (timedelta(seconds=rush.pace), timedelta(seconds=rush.earlier_pace)) if rush else None


def _judged(described: Behaviour) -> Judged:
    changes = described.changes
    return Judged(
        on_right=described.on_right,
        on_wrong=described.on_wrong,
        changes=changes,
        change_rows=tuple(ChangeRow(kind, changes.shares[kind], rate) for kind, rate in BASE_RATES.items()),
        flagged_wrong=described.flagged_wrong,
        unflagged_wrong=described.unflagged_wrong,
        confidence=tuple(described.confidence.items()),
        sure_but_wrong=described.sure_but_wrong,
    )
