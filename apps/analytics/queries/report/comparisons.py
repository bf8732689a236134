"""What a score is compared with: the blind review, the items seen before, the attempt before. Noise is called noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.analytics.behaviour import LEAST_TO_COMPARE, Share, share_of
from apps.exams.models import Form
from apps.scoring.engine import Interval, difference, wilson
from apps.scoring.models import Score
from apps.scoring.queries import ItemCredit

# What two scores of one unchanged ability are apart by chance in one of twenty cases: 134 of 900 points, as simulated
# for mocks of 65 items (scoring.md A).
_SIMULATED_SHARE, _SIMULATED_ITEMS = 134 / 900, 65


@dataclass(frozen=True, slots=True)
class BlindComparison:
    """Timed against blind: the same items, so only those whose outcome changed can tell.

    Of `changed` items, `gained` became right and the others wrong; `net` is the gain in items with its 90 % interval.
    All three are None while single outcomes must not be told. `words` says what the difference means.
    """

    scaled: int
    scaled_low: int
    scaled_high: int
    changed: int | None
    gained: int | None
    net: int | None
    net_low: float | None
    net_high: float | None
    is_difference: bool
    words: str


def compare_blind(
    timed: Sequence[ItemCredit], blind: Sequence[ItemCredit], score: Score, *, is_open: bool
) -> BlindComparison:
    """Compare the outcomes of scored items in time with those after blind review.

    The interval of the net gain is Wilson's for the share of gains among changed outcomes, which is a half when the
    review neither helped nor hurt (a sign test turned into an interval).
    """
    pairs = [(one.is_right, two.is_right) for one, two in zip(timed, blind, strict=True) if one.is_scored]
    gained = sum(after and not before for before, after in pairs)
    changed = sum(before != after for before, after in pairs)
    interval = wilson(gained / changed if changed else 0.5, changed)
    low, high = changed * (2 * interval.low - 1), changed * (2 * interval.high - 1)
    is_difference = changed >= LEAST_TO_COMPARE and (low > 0 or high < 0)
    if not is_difference:
        words = "That is no difference that can be told from noise: nothing says that the clock cost you points."
    elif low > 0:
        words = "You knew more than the time let you show: practise pace rather than facts."
    else:
        words = "Second thoughts cost more than they gained: trust the first reading more."
    shown = changed if is_open else None
    return BlindComparison(
        scaled=score.scaled,
        scaled_low=score.scaled_low,
        scaled_high=score.scaled_high,
        changed=shown,
        gained=gained if is_open else None,
        net=2 * gained - changed if is_open else None,
        net_low=low if is_open else None,
        net_high=high if is_open else None,
        is_difference=is_difference,
        words=words,
    )


@dataclass(frozen=True, slots=True)
class SightComparison:
    """Right among scored items at first sight and among those seen before; `gap` is new less seen if both suffice."""

    new: Share
    seen: Share
    gap: Interval | None
    words: str


def compare_sights(items: Sequence[ItemCredit]) -> SightComparison:
    """Compare items met for the first time with those seen before. Under five of a kind its share is not told."""
    scored = [item for item in items if item.is_scored]
    new = share_of([item.is_right for item in scored if item.sight == 1])
    seen = share_of([item.is_right for item in scored if item.sight > 1])
    gap = None
    if not seen.n:
        words = f"All {new.n} scored questions were new to you, so nothing here is memory."
    elif not (new.is_enough and seen.is_enough):
        few = "new" if new.n < seen.n else "seen before"
        words = f"Only {min(new.n, seen.n)} scored questions were {few}: not enough evidence to compare."
    else:
        gap = difference(new.k / new.n, new.interval, seen.k / seen.n, seen.interval)
        if gap.high < 0:
            words = "You did worse on new questions: part of this score is memory, so believe the new ones."
        elif gap.low > 0:
            words = "You did better on new questions than on those seen before, so this score owes nothing to memory."
        else:
            words = "New and seen questions cannot be told apart here."
    return SightComparison(new, seen, gap, words)


@dataclass(frozen=True, slots=True)
class PreviousComparison:
    """This score less the one before, in scaled points with its 90 % interval; `is_change` is false for noise."""

    attempt: UUID
    title: str
    started_at: datetime
    scaled: int
    scaled_low: int
    scaled_high: int
    gained: int
    low: int
    high: int
    is_change: bool
    words: str


def least_change(form: Form, items: int) -> int:
    """Return the points of the form's scale from which two scores on so many items each may be a change.

    Errors shrink with the root of the number of items.
    """
    return round(_SIMULATED_SHARE * (form.scale_max - form.scale_min) * math.sqrt(_SIMULATED_ITEMS / items))


def compare_previous(score: Score, previous: Score) -> PreviousComparison:
    """Compare with the attempt before. Scores nearer than `least_change`, or whose interval holds 0, are no change."""
    between = difference(
        score.scaled,
        Interval(score.scaled_low, score.scaled_high),
        previous.scaled,
        Interval(previous.scaled_low, previous.scaled_high),
    )
    gained = score.scaled - previous.scaled
    low, high = round(between.low), round(between.high)
    least = least_change(score.attempt.form, min(score.item_count, previous.item_count))
    is_change = abs(gained) >= least and (low > 0 or high < 0)
    if is_change:
        words = f"That is a real {'gain' if gained > 0 else 'loss'}, not noise."
    else:
        words = f"Two scores less than about {least} points apart may be one ability: no change can be told."
    return PreviousComparison(
        attempt=previous.attempt.uuid,
        title=previous.attempt.form.title,
        started_at=previous.attempt.started_at,
        scaled=previous.scaled,
        scaled_low=previous.scaled_low,
        scaled_high=previous.scaled_high,
        gained=gained,
        low=low,
        high=high,
        is_change=is_change,
        words=words,
    )
