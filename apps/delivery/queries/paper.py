"""The paper, and the fold of the journal."""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.safestring import SafeString

from apps.bank.queries import options_of
from apps.core.markdown import to_html, to_inline_html
from apps.delivery import clock
from apps.delivery.models import Attempt, ResponseEvent
from apps.exams.models import FormItem


@dataclass(frozen=True, slots=True)
class ItemShape:
    """What a response to an item may be: its options' tokens and how many may be chosen."""

    tokens: frozenset[str]
    choose: int


@dataclass(frozen=True, slots=True)
class FoldedResponse:
    """What counts for one item of one attempt: the greatest (seq, client) of each kind among accepted events.

    `highlights` are (start, end) offsets in the characters of the stem; `confidence` is sure, unsure, guess or empty.
    """

    attempt_id: int
    position: int
    chosen: tuple[str, ...] = ()
    is_flagged: bool = False
    struck: tuple[str, ...] = ()
    highlights: tuple[tuple[int, int], ...] = ()
    note: str = ""
    confidence: str = ""
    is_seen_whole: bool = False


@dataclass(frozen=True, slots=True)
class PaperOption:
    """An option as this attempt shows it."""

    token: str
    html: SafeString
    is_chosen: bool = False
    is_struck: bool = False


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
    highlights: tuple[tuple[int, int], ...] = ()
    note: str = ""
    confidence: str = ""
    is_seen_whole: bool = False

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
FROM delivery_responseevent event
WHERE attempt_id = ANY(%(attempts)s) AND attempt_month = ANY(%(months)s) AND kind = ANY(%(kinds)s)
    AND phase = ANY(%(phases)s) AND (disposition = 'accepted' OR (%(late)s AND disposition IN ('late', 'closed')
        AND EXISTS (SELECT 1 FROM delivery_lateacceptance let WHERE let.attempt_id = event.attempt_id
                    AND let.client = event.client AND let.n = event.n)))
ORDER BY attempt_id, position, kind, seq DESC, client COLLATE "C" DESC
"""

_ALL_KINDS = tuple(ResponseEvent.Kind.values)


def folded_responses(
    attempt_ids: Sequence[int],
    *,
    started: Iterable[datetime] | None = None,
    kinds: Sequence[str] = _ALL_KINDS,
    blind: bool = False,
    with_late: bool = True,
) -> list[FoldedResponse]:
    """Fold the journals of attempts to what counts, one row per item that was touched.

    Timed answers alone, or with `blind` what stood at the end of blind review. Late events that an instructor has let
    count do so unless `with_late` is false, which gives what stood when the attempt ended. A caller who knows when the
    attempts started says so and saves a statement.
    """
    if started is None:
        started = Attempt.objects.filter(pk__in=attempt_ids).values_list("started_at", flat=True)
    months = {instant.date().replace(day=1) for instant in started}
    parameters: dict[str, Any] = {
        "attempts": list(attempt_ids),
        "months": list(months),
        "kinds": list(kinds),
        "phases": ["timed", "blind"] if blind else ["timed"],
        "late": with_late,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, parameters)
        rows = cursor.fetchall()
    found: dict[tuple[int, int], dict[str, Any]] = defaultdict(dict)
    for attempt_id, position, kind, value in rows:
        # Django keeps jsonb as text on raw cursors, so that JSONField can choose its own decoder.
        found[attempt_id, position].update(_FIELDS[kind](json.loads(value)))
    return [FoldedResponse(*place, **fields) for place, fields in found.items()]


_FIELDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    ResponseEvent.Kind.ANSWER: lambda value: {"chosen": tuple(value)},
    ResponseEvent.Kind.FLAG: lambda value: {"is_flagged": value},
    ResponseEvent.Kind.STRIKE: lambda value: {"struck": tuple(value)},
    ResponseEvent.Kind.HIGHLIGHT: lambda value: {"highlights": tuple((start, end) for start, end in value)},
    ResponseEvent.Kind.NOTE: lambda value: {"note": value},
    ResponseEvent.Kind.CONFIDENCE: lambda value: {"confidence": value},
    ResponseEvent.Kind.SEEN: lambda value: {"is_seen_whole": value == "whole"},
}


@dataclass(frozen=True, slots=True)
class AnswerReceipt:
    """What was in hand when the timed phase ended, so that anybody can check it later (R-07).

    `digest` is the SHA-256 of the compact JSON of [[position, [tokens, sorted]], …] in order of position, answered
    items only. It depends on the journal alone: neither keys nor later acceptances change it.
    """

    answers: tuple[tuple[int, tuple[str, ...]], ...]
    last_saved_at: datetime | None
    digest: str

    @property
    def count(self) -> int:
        """How many items have an answer."""
        return len(self.answers)


def answer_receipt(attempt: Attempt) -> AnswerReceipt:
    """Return the receipt of an attempt whose timed phase has ended."""
    folded = folded_responses([attempt.pk], kinds=[ResponseEvent.Kind.ANSWER], with_late=False)
    answers = sorted((held.position, tuple(sorted(held.chosen))) for held in folded if held.chosen)
    saved = attempt.events.filter(
        kind=ResponseEvent.Kind.ANSWER,
        disposition=ResponseEvent.Disposition.ACCEPTED,
        phase=ResponseEvent.Phase.TIMED,
    ).aggregate(last=Max("arrived_at"))
    digest = hashlib.sha256(json.dumps(answers, separators=(",", ":")).encode()).hexdigest()
    return AnswerReceipt(tuple(answers), saved["last"], digest)


def shuffled(options: Sequence[PaperOption], seed: int, position: int) -> tuple[PaperOption, ...]:
    """Return the options in the order of this attempt: the same for the same seed and position, always."""
    order = list(options)
    random.Random(f"{seed}:{position}").shuffle(order)
    return tuple(order)


def paper(attempt: Attempt) -> list[PaperItem]:
    """Return the attempt's items as its candidate sees them now."""
    folded = {
        response.position: response
        for response in folded_responses(
            [attempt.pk], started=[attempt.started_at], blind=attempt.is_in_blind_review, with_late=False
        )
    }
    return [
        replace(
            item,
            options=tuple(
                replace(option, is_chosen=option.token in held.chosen, is_struck=option.token in held.struck)
                for option in shuffled(item.options, attempt.shuffle_seed, item.position)
            ),
            is_flagged=held.is_flagged,
            highlights=held.highlights,
            note=held.note,
            confidence=held.confidence,
            is_seen_whole=held.is_seen_whole,
        )
        for item in form_content(attempt.form_id)
        for held in [folded.get(item.position) or FoldedResponse(attempt.pk, item.position)]
    ]


def last_seq(attempt: Attempt) -> int:
    """Return the greatest Lamport number of the attempt, from which its pages count on."""
    return attempt.events.aggregate(last=Max("seq"))["last"] or 0


_CLOCK_AND_ORDER = """
SELECT statement_timestamp(), coalesce(max(seq), 0) FROM delivery_responseevent
WHERE attempt_month = %s AND attempt_id = %s
"""


def clock_and_order(attempt: Attempt) -> tuple[datetime, int]:
    """Return the database's clock and the attempt's greatest Lamport number, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOCK_AND_ORDER, [attempt.month, attempt.pk])
        now, last = cursor.fetchone()
    return now, last


def remaining(attempt: Attempt, now: datetime) -> timedelta | None:
    """Return the time left of an open attempt; None when untimed."""
    return clock.remaining(attempt.deadline_at, now)
