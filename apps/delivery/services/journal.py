"""Appending to the journal: one statement, one round trip, one verdict per event (quality.md R-10, R-11, R-15).

Why an acknowledged answer is always in the score: the statement takes the attempt's row FOR SHARE, so that saves run
side by side, and submit takes it FOR UPDATE. Either the save commits first, and submit, which waits for it, sees its
events; or submit commits first, and the save, which waits for submit, re-reads the row, finds the phase closed and
gives its events the disposition "closed". There is no third order.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.delivery.access import Ticket, issue_ticket, read_ticket
from apps.delivery.models import CONFIDENCES, Attempt, ResponseEvent
from apps.delivery.queries import FoldedResponse, ItemShape, folded_responses, form_shape, last_seq


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a candidate did, as a page sends it; what `value` may be depends on the kind (`_ALLOWED`).

    `ago` is how many milliseconds before sending the page recorded it; it describes and decides nothing.
    """

    n: int
    seq: int
    position: int
    kind: str
    value: Any
    phase: str = ResponseEvent.Phase.TIMED
    ago: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the event with number `n`."""

    n: int
    disposition: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the journal holds after a save: a verdict per event, its greatest seq, and the time left (None: untimed).

    `is_full` says that nothing new was stored, because the attempt has MOST_EVENTS already.
    """

    verdicts: tuple[Verdict, ...]
    last_seq: int
    remaining: timedelta | None
    arrived_at: datetime
    is_closed: bool
    is_full: bool


# No sitting comes near: it would be two changes a second for three hours. It bounds what a script can store.
MOST_EVENTS = 20_000
# How far an order may jump. The largest order that can be reached, MOST_EVENTS jumps, still is one that a page can send
# (2^31), so a forged order cannot shut the pages that count on from it out.
LEAP = 100_000

_SAVE = """
WITH sent AS (
    SELECT * FROM jsonb_to_recordset(%(events)s::jsonb)
    AS sent(n int, seq bigint, position smallint, kind text, value jsonb, phase text, ago int, possible boolean)
), attempt AS (
    SELECT id, date_trunc('month', started_at AT TIME ZONE 'UTC')::date AS month, deadline_at,
           timed_closed_at, submitted_at, statement_timestamp() - %(age)s::interval AS arrived_at
    FROM delivery_attempt WHERE uuid = %(attempt)s AND candidate_id = %(candidate)s AND form_id = %(form)s
    FOR SHARE
), journal AS (
    SELECT so_far.* FROM attempt CROSS JOIN LATERAL (
        SELECT coalesce(max(seq), 0) AS last_seq, count(*) AS held FROM delivery_responseevent event
        WHERE event.attempt_month = attempt.month AND event.attempt_id = attempt.id
    ) so_far
), judged AS (
    SELECT sent.*, attempt.id AS attempt_id, attempt.month, attempt.arrived_at, journal.last_seq, journal.held, CASE
        WHEN NOT sent.possible OR sent.seq > journal.last_seq + %(leap)s THEN 'invalid'
        WHEN sent.phase = 'timed' AND attempt.timed_closed_at IS NOT NULL THEN 'closed'
        WHEN sent.phase = 'blind' AND (attempt.timed_closed_at IS NULL OR attempt.submitted_at IS NOT NULL)
            THEN 'closed'
        WHEN sent.phase = 'timed' AND attempt.arrived_at > attempt.deadline_at + %(grace)s::interval THEN 'late'
        ELSE 'accepted' END AS disposition
    FROM sent CROSS JOIN attempt CROSS JOIN journal
), stored AS (
    INSERT INTO delivery_responseevent
        (attempt_month, attempt_id, client, n, seq, position, kind, value, phase, disposition, arrived_at, ago)
    SELECT
        month, attempt_id, %(client)s, n, least(seq, last_seq + %(leap)s), position, kind, coalesce(value, 'null'),
        phase, disposition, arrived_at, ago
    FROM judged WHERE held < %(most)s
    ON CONFLICT (attempt_month, attempt_id, client, n) DO NOTHING
    RETURNING n, disposition
)
SELECT judged.n, coalesce(stored.disposition, (
           SELECT earlier.disposition FROM delivery_responseevent earlier
           WHERE earlier.attempt_month = judged.month AND earlier.attempt_id = judged.attempt_id
               AND earlier.client = %(client)s AND earlier.n = judged.n
       )), attempt.arrived_at, attempt.deadline_at,
       attempt.timed_closed_at IS NOT NULL, journal.last_seq, journal.held
FROM attempt CROSS JOIN journal LEFT JOIN judged ON true
LEFT JOIN stored ON stored.n = judged.n
ORDER BY judged.n
"""
# The verdict that was stored before is asked for event by event, and only where nothing was stored now. Joined, it was
# read from the whole journal as long as that was small: the planner expects a hundred events of each batch.


def save_events(
    ticket: Ticket, *, client: str, events: Sequence[Event], age: timedelta = timedelta(0)
) -> Receipt | None:
    """Append a batch of one client's events and return its receipt, or None when there is no such attempt.

    `age` is how long ago the request came in: the deadline is judged by arrival, however long the statement had to
    wait. An event that was stored before gets its stored verdict; one whose first copy is being stored at this very
    moment gets none, and the client sends it again.
    """
    shape = form_shape(ticket.form_id)
    parameters: dict[str, Any] = {
        "events": json.dumps([_row(event, shape) for event in events]),
        "age": age,
        "attempt": ticket.attempt,
        "candidate": ticket.candidate_id,
        "form": ticket.form_id,
        "grace": settings.GRACE,
        "client": client,
        "leap": LEAP,
        "most": MOST_EVENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, parameters)
        rows = cursor.fetchall()
    if not rows:
        return None
    _, _, arrived_at, deadline_at, is_closed, last_seq, held = rows[0]
    return Receipt(
        verdicts=tuple(Verdict(n, disposition) for n, disposition, *_ in rows if n is not None and disposition),
        # The statement reads the journal as it was before its own insert.
        last_seq=max([last_seq, *(min(event.seq, last_seq + LEAP) for event in events)]),
        remaining=None if deadline_at is None else max(deadline_at - arrived_at, timedelta(0)),
        arrived_at=arrived_at,
        is_closed=is_closed,
        is_full=held >= MOST_EVENTS,
    )


def _row(event: Event, shape: Mapping[int, ItemShape]) -> dict[str, Any]:
    return {
        "n": event.n,
        "seq": event.seq,
        "position": event.position,
        "kind": _storable(event.kind),
        "value": _storable(event.value),
        "phase": event.phase,
        "ago": event.ago,
        "possible": _is_possible(event, shape.get(event.position)),
    }


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 8


def _storable(value: Any, depth: int = 0) -> Any:
    """Return the value as jsonb can hold it, so that no event can make its whole batch fail (R-11).

    NUL and halves of surrogate pairs become U+FFFD; numbers out of range and what is nested deeper than any page nests
    become null.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, int | float):
        return value if abs(value) < 2**63 else None  # neither infinity nor NaN is
    if depth == _DEEPEST:
        return None
    if isinstance(value, list):
        return [_storable(part, depth + 1) for part in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(part, depth + 1) for name, part in value.items()}
    return None


def _is_possible(event: Event, item: ItemShape | None) -> bool:
    """Whether the form has this item and the item allows this value (S-09)."""
    if item is None:
        return False
    allows = _ALLOWED.get(event.kind)
    return allows is not None and allows(event.value, item)


def _are_tokens(value: Any, item: ItemShape) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(token, str) for token in value)
        and len(set(value)) == len(value)
        and all(token in item.tokens for token in value)
    )


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(end) is int for end in value)
        and 0 <= value[0] < value[1] <= 100_000
    )


NOTE_LENGTH = 2000
_ALLOWED: dict[str, Callable[[Any, ItemShape], bool]] = {
    ResponseEvent.Kind.ANSWER: lambda value, item: _are_tokens(value, item) and len(value) <= item.choose,
    ResponseEvent.Kind.FLAG: lambda value, _: isinstance(value, bool),
    ResponseEvent.Kind.STRIKE: _are_tokens,
    ResponseEvent.Kind.HIGHLIGHT: lambda value, _: (
        isinstance(value, list) and len(value) <= 50 and all(_is_range(one) for one in value)
    ),
    ResponseEvent.Kind.NOTE: lambda value, _: isinstance(value, str) and len(value) <= NOTE_LENGTH,
    ResponseEvent.Kind.CONFIDENCE: lambda value, _: value == "" or value in dict(CONFIDENCES),
    ResponseEvent.Kind.SEEN: lambda value, _: value in ("shown", "whole"),
}


@dataclass(slots=True)
class Marks:
    """What a whole posted paper says: by position the chosen tokens, notes and confidences, and what is flagged."""

    answers: dict[int, list[str]] = field(default_factory=dict)
    flags: set[int] = field(default_factory=set)
    notes: dict[int, str] = field(default_factory=dict)
    confidences: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def save_form(attempt: Attempt, marks: Marks, *, nonce: str, age: timedelta = timedelta(0)) -> Receipt | None:
    """Append what a whole posted form says differently from the journal: the way without JavaScript.

    The client's name is derived from the nonce of the page and the content, so posting the same page twice is one save,
    and going back to change an answer is another.
    """
    said = [sorted(part.items()) for part in (marks.answers, marks.notes, marks.confidences)]
    content = json.dumps([*said, sorted(marks.flags)])
    client = f"form:{hashlib.sha256((nonce + content).encode()).hexdigest()[:24]}"
    # Two posts of the same page at once would both take the same seq.
    attempt = Attempt.objects.select_for_update(of=("self",), no_key=True).get(pk=attempt.pk)
    last = last_seq(attempt)
    blind = attempt.is_in_blind_review
    phase = ResponseEvent.Phase.BLIND if blind else ResponseEvent.Phase.TIMED
    folded = {held.position: held for held in folded_responses([attempt.pk], blind=blind, with_late=False)}
    changes = [
        (position, kind, value)
        for position in form_shape(attempt.form_id)
        for kind, value in _changes(marks, folded.get(position) or FoldedResponse(attempt.pk, position))
    ]
    ticket = read_ticket(issue_ticket(attempt))
    assert ticket is not None  # noqa: S101 - issued on the line above
    return save_events(
        ticket,
        client=client,
        events=[Event(n, last + 1, *change, phase) for n, change in enumerate(changes, 1)],
        age=age,
    )


def _changes(marks: Marks, held: FoldedResponse) -> Iterator[tuple[str, Any]]:
    position = held.position
    if sorted(marks.answers.get(position, [])) != sorted(held.chosen):
        yield ResponseEvent.Kind.ANSWER, marks.answers.get(position, [])
    if (position in marks.flags) != held.is_flagged:
        yield ResponseEvent.Kind.FLAG, position in marks.flags
    if marks.notes.get(position, held.note) != held.note:
        yield ResponseEvent.Kind.NOTE, marks.notes[position]
    if marks.confidences.get(position, held.confidence) != held.confidence:
        yield ResponseEvent.Kind.CONFIDENCE, marks.confidences[position]
