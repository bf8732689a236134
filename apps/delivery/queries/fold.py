"""The fold of the journal: what counts of all that was done."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from apps.delivery.models import Attempt, ResponseEvent


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


# For a statement that goes on from what counts, in a WITH; its parameters are those of `folded_responses` below.
FOLD = """
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
        cursor.execute(FOLD, parameters)
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
    answers = _answers(attempt)
    saved = attempt.events.filter(
        kind=ResponseEvent.Kind.ANSWER,
        disposition=ResponseEvent.Disposition.ACCEPTED,
        phase=ResponseEvent.Phase.TIMED,
    ).aggregate(last=Max("arrived_at"))
    return AnswerReceipt(tuple(answers), saved["last"], _digest(answers))


def answers_digest(attempt: Attempt) -> str:
    """Return the digest of the receipt alone, for one statement."""
    return _digest(_answers(attempt))


def _answers(attempt: Attempt) -> list[tuple[int, tuple[str, ...]]]:
    folded = folded_responses(
        [attempt.pk], started=[attempt.started_at], kinds=[ResponseEvent.Kind.ANSWER], with_late=False
    )
    return sorted((held.position, tuple(sorted(held.chosen))) for held in folded if held.chosen)


def _digest(answers: list[tuple[int, tuple[str, ...]]]) -> str:
    return hashlib.sha256(json.dumps(answers, separators=(",", ":")).encode()).hexdigest()


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
