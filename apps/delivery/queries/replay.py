"""An attempt as a time line: what was done when, as the journal has it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Collate

from apps.delivery.models import Attempt, LateAcceptance, ResponseEvent, TimeGrant
from apps.delivery.queries.content import form_shape, shuffled

_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the time line. `at` counts from the start; `is_counted` is false for what came too late."""

    at: timedelta
    arrived_at: datetime
    position: int
    words: str
    is_counted: bool
    disposition: str
    client: str
    n: int
    phase: str
    is_late: bool
    is_accepted_late: bool


def replay(attempt: Attempt) -> list[Moment]:
    """Return everything that arrived for an attempt, in the order in which it was done as far as its pages could tell.

    Options are named by the letters under which this attempt showed them; neither key nor correctness is read.
    """
    letters = _letters(attempt)
    let_count = set(attempt.late_acceptances.values_list("client", "n"))
    moments = [
        Moment(
            at=max(event.arrived_at - timedelta(milliseconds=event.ago) - attempt.started_at, timedelta(0)),
            arrived_at=event.arrived_at,
            position=event.position,
            words=_words(event, letters),
            is_counted=event.disposition == ResponseEvent.Disposition.ACCEPTED or (event.client, event.n) in let_count,
            disposition=event.get_disposition_display(),
            client=event.client,
            n=event.n,
            phase=event.phase,
            is_late=event.disposition in {ResponseEvent.Disposition.LATE, ResponseEvent.Disposition.CLOSED},
            is_accepted_late=(event.client, event.n) in let_count,
        )
        for event in attempt.events.order_by("arrived_at", "seq", "client", "n")
    ]
    return sorted(moments, key=lambda moment: moment.at)


def answer_paths(attempt: Attempt) -> dict[int, tuple[str, ...]]:
    """Return by position the whole answers of the timed phase that counted, one after the other, in letters: B, C.

    What is half chosen on the way ("A", then "A and C" of two) is no answer yet, and the same answer twice is one.
    """
    let = LateAcceptance.objects.filter(attempt=OuterRef("attempt"), client=OuterRef("client"), n=OuterRef("n"))
    answers = (
        attempt.events.filter(
            Q(disposition=ResponseEvent.Disposition.ACCEPTED) | Exists(let),
            attempt_month=attempt.month,
            kind=ResponseEvent.Kind.ANSWER,
            phase=ResponseEvent.Phase.TIMED,
        )
        .order_by("position", "seq", Collate("client", "C"))
        .values_list("position", "value")
    )
    letters, shapes = _letters(attempt), form_shape(attempt.form_id)
    paths: dict[int, list[str]] = defaultdict(list)
    for position, tokens in answers:
        named = "".join(sorted(letters[position, token] for token in tokens))
        if len(named) == shapes[position].choose and paths[position][-1:] != [named]:
            paths[position].append(named)
    return {position: tuple(path) for position, path in paths.items() if path}


def _letters(attempt: Attempt) -> dict[tuple[int, str], str]:
    return {
        (position, token): _LETTERS[place]
        for position, item in form_shape(attempt.form_id).items()
        for place, token in enumerate(shuffled(item.tokens, attempt.shuffle_seed, position))
    }


def grants(attempt: Attempt) -> list[TimeGrant]:
    """Return the time that was added, in order."""
    return list(attempt.grants.select_related("made_by"))


def _words(event: ResponseEvent, letters: dict[tuple[int, str], str]) -> str:
    kind, value = event.kind, event.value
    if event.disposition == ResponseEvent.Disposition.INVALID:
        return "something that this form does not allow"
    if kind in {ResponseEvent.Kind.ANSWER, ResponseEvent.Kind.STRIKE}:
        named = ", ".join(sorted(letters.get((event.position, token), "?") for token in value))
        if kind == ResponseEvent.Kind.STRIKE:
            return f"struck out {named}" if named else "struck out nothing any more"
        return f"answered {named}" if named else "cleared the answer"
    return {
        ResponseEvent.Kind.FLAG: "flagged" if value else "took the flag away",
        ResponseEvent.Kind.HIGHLIGHT: f"highlighted {len(value) if isinstance(value, list) else 0} passages",
        ResponseEvent.Kind.NOTE: "wrote a note" if value else "cleared the note",
        ResponseEvent.Kind.CONFIDENCE: f"marked as {value}" if value else "took the confidence away",
        ResponseEvent.Kind.SEEN: "read to the end" if value == "whole" else "opened",
    }[ResponseEvent.Kind(kind)]
