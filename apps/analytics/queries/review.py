"""The review page: an attempt's items one by one, with what peers chose and what its candidate has reported."""

from collections.abc import Callable, Set
from dataclasses import dataclass

from apps.analytics.queries.statistics import Peers, peers
from apps.bank.models import ItemReport
from apps.bank.queries import problems_by
from apps.delivery.models import Assignment, Attempt
from apps.scoring.models import Score
from apps.scoring.queries import ReviewedItem, reviewed_items

Part = Assignment.ReviewPart
_IN_DOUBT = {"unsure", "guess"}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An item with what peers chose (None: too few, or not to be seen) and the last problem reported with it."""

    item: ReviewedItem
    peers: Peers | None
    problem: ItemReport | None
    before: int | None = None
    after: int | None = None

    @property
    def position(self) -> int:
        """The number of the item on the form."""
        return self.item.shown.position


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to pick items, and how many it picks."""

    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Review:
    """The review of an attempt as far as `parts` lets it out; `shown` names the choice that picked the rows."""

    parts: frozenset[str]
    rows: tuple[ReviewRow, ...]
    shown: str
    choices: tuple[Choice, ...]
    count: int
    missed: int | None

    @property
    def shows_peers(self) -> bool:
        """Whether what others chose may be seen."""
        return Part.PEERS in self.parts

    @property
    def shows_facility(self) -> bool:
        """Whether it may be seen how many were right: beside the shares of the options that would give the key away."""
        return {Part.PEERS, Part.KEY} <= self.parts


_CHOICES: tuple[tuple[str, str, bool, Callable[[ReviewedItem], bool]], ...] = (
    # Name, label, whether it tells what was right, and what it picks.
    ("all", "All", False, lambda _item: True),
    ("wrong", "Missed", True, lambda item: item.is_right is False),
    ("right", "Right", True, lambda item: item.is_right is True),
    ("sure-wrong", "Sure but wrong", True, lambda item: item.is_sure_but_wrong),
    ("flagged", "Flagged", False, lambda item: item.shown.is_flagged),
    ("unsure", "Unsure", False, lambda item: item.shown.confidence in _IN_DOUBT),
    ("changed", "Changed", False, lambda item: item.changes > 0),
    ("unscored", "Unscored", False, lambda item: not item.keyed.is_scored),
)


def review(attempt: Attempt, parts: Set[str], *, show: str = "all") -> Review | None:
    """Return the review of an ended attempt, or None while its score is owed.

    `parts` is what `scoring.access.review_parts` allows; `show` names a choice, and an unknown one picks everything.
    """
    score = Score.objects.current().filter(attempt=attempt).first()
    if score is None:
        return None
    score.attempt = attempt
    items = reviewed_items(score, parts)
    told = {
        name: (label, [item for item in items if picks(item)])
        for name, label, tells, picks in _CHOICES
        if not tells or Part.CORRECTNESS in parts
    }
    shown = show if show in told else "all"
    picked = told[shown][1]
    by_position = peers(attempt.form_id) if Part.PEERS in parts else {}
    reported = problems_by(attempt.candidate, [item.keyed.version_id for item in items])
    positions = [None, *(item.shown.position for item in picked), None]
    return Review(
        parts=frozenset(parts),
        rows=tuple(
            ReviewRow(item, by_position.get(item.shown.position), reported.get(item.keyed.version_id), before, after)
            for item, before, after in zip(picked, positions, positions[2:], strict=False)
        ),
        shown=shown,
        choices=tuple(Choice(name, label, len(found)) for name, (label, found) in told.items()),
        count=len(items),
        missed=len(told["wrong"][1]) if "wrong" in told else None,
    )
