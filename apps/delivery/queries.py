"""Read models of delivery: the paper, the fold of the journal, who has what to sit."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.bank.queries import options_of
from apps.core.markdown import to_html, to_inline_html
from apps.delivery import clock
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import FormItem


@dataclass(frozen=True, slots=True)
class ItemShape:
    """What a response to an item may be: its options' tokens and how many may be chosen."""

    tokens: frozenset[str]
    choose: int


@dataclass(frozen=True, slots=True)
class FoldedResponse:
    """What counts for one item of one attempt: the greatest (seq, client) of each kind among accepted events."""

    attempt_id: int
    position: int
    chosen: tuple[str, ...]
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class PaperOption:
    """An option as this attempt shows it."""

    token: str
    html: SafeString
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class PaperItem:
    """An item as this attempt shows it; `position` is its number on the form."""

    position: int
    kind: str
    choose: int
    stem: SafeString
    lead_in: SafeString
    options: tuple[PaperOption, ...]
    is_flagged: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether any option is chosen."""
        return any(option.is_chosen for option in self.options)

    @property
    def chosen_count(self) -> int:
        """How many options are chosen."""
        return sum(option.is_chosen for option in self.options)

    @property
    def is_incomplete(self) -> bool:
        """Whether some but not all of the options asked for are chosen."""
        return 0 < self.chosen_count < self.choose

    @property
    def state_words(self) -> str:
        """The state in words, for the navigator and screen readers."""
        if self.is_incomplete:
            state = f"{self.chosen_count} of {self.choose} chosen"
        else:
            state = "answered" if self.is_answered else "unanswered"
        return f"{state}, flagged" if self.is_flagged else state


@lru_cache(maxsize=256)
def form_content(form_id: int) -> tuple[PaperItem, ...]:
    """Return a published form's items with their HTML, options in authored order.

    Cached per process for ever, because a published form is frozen; callers pass published forms only.
    """
    rows = list(FormItem.objects.filter(form_id=form_id).select_related("version").order_by("position"))
    options = options_of([row.version_id for row in rows])
    return tuple(
        PaperItem(
            position=row.position,
            kind=row.version.kind,
            choose=row.version.choose,
            stem=to_html(row.version.stem),
            lead_in=to_inline_html(row.version.lead_in),
            options=tuple(
                PaperOption(token=option.token, html=to_inline_html(option.text)) for option in options[row.version_id]
            ),
        )
        for row in rows
    )


@lru_cache(maxsize=256)
def form_shape(form_id: int) -> dict[int, ItemShape]:
    """Return what responses a published form allows, by position."""
    return {
        item.position: ItemShape(frozenset(option.token for option in item.options), item.choose)
        for item in form_content(form_id)
    }


_FOLD = """
SELECT DISTINCT ON (attempt_id, position, kind) attempt_id, position, kind, value
FROM delivery_responseevent
WHERE attempt_id = ANY(%s) AND attempt_month = ANY(%s) AND disposition = 'accepted' AND phase = 'timed'
ORDER BY attempt_id, position, kind, seq DESC, client COLLATE "C" DESC
"""


def folded_responses(attempt_ids: Sequence[int]) -> list[FoldedResponse]:
    """Fold the journals of attempts to what counts, one row per item that was touched."""
    months = {
        started.date().replace(day=1)
        for started in Attempt.objects.filter(pk__in=attempt_ids).values_list("started_at", flat=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [list(attempt_ids), list(months)])
        rows = cursor.fetchall()
    found: dict[tuple[int, int], FoldedResponse] = {}
    for attempt_id, position, kind, value in rows:
        held = found.get((attempt_id, position), FoldedResponse(attempt_id, position, (), False))
        # Django keeps jsonb as text on raw cursors, so that JSONField can choose its own decoder.
        decoded = json.loads(value)
        found[attempt_id, position] = (
            replace(held, is_flagged=decoded) if kind == "flag" else replace(held, chosen=tuple(decoded))
        )
    return list(found.values())


def shuffled(options: Sequence[PaperOption], seed: int, position: int) -> tuple[PaperOption, ...]:
    """Return the options in the order of this attempt: the same for the same seed and position, always."""
    order = list(options)
    random.Random(f"{seed}:{position}").shuffle(order)
    return tuple(order)


def paper(attempt: Attempt) -> list[PaperItem]:
    """Return the attempt's items as its candidate sees them now."""
    folded = {response.position: response for response in folded_responses([attempt.pk])}
    return [
        replace(
            item,
            options=tuple(
                replace(option, is_chosen=held is not None and option.token in held.chosen)
                for option in shuffled(item.options, attempt.shuffle_seed, item.position)
            ),
            is_flagged=held is not None and held.is_flagged,
        )
        for item in form_content(attempt.form_id)
        for held in [folded.get(item.position)]
    ]


def last_seq(attempt: Attempt) -> int:
    """Return the greatest Lamport number of the attempt, from which its pages count on."""
    return max(attempt.events.values_list("seq", flat=True), default=0)


def remaining(attempt: Attempt, now: datetime) -> timedelta | None:
    """Return the time left of an open attempt; None when untimed."""
    return clock.remaining(attempt.deadline_at, now)


def open_attempts(user: User) -> "QuerySet[Attempt]":
    """Return the attempts that the person could go on with."""
    return Attempt.objects.open().filter(candidate=user).select_related("assignment", "form")


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a candidate should know before starting."""

    item_count: int
    multiple_count: int
    minutes: int
    open_attempt: Attempt | None
    used: int
    has_ended: bool


def instructions(assignment: Assignment, user: User) -> Instructions:
    """Return the facts of an assignment for one candidate."""
    attempts = list(assignment.attempts.filter(candidate=user))
    form = assignment.form
    items = form_content(form.pk) if form else ()
    return Instructions(
        item_count=len(items),
        multiple_count=sum(item.choose > 1 for item in items),
        minutes=form.minutes if form else 0,
        open_attempt=next((attempt for attempt in attempts if attempt.submitted_at is None), None),
        used=len(attempts),
        has_ended=any(attempt.submitted_at for attempt in attempts),
    )
