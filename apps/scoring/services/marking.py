"""Reading what attempts of one form hold and giving it to the engine. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.queries import folded_responses
from apps.scoring import engine
from apps.scoring.models import Score
from apps.scoring.queries import Sheet


@dataclass(frozen=True, slots=True)
class Marks:
    """A result per attempt, in the order asked for, and the tokens chosen per (attempt id, position)."""

    results: tuple[engine.Result, ...]
    chosen: Mapping[tuple[int, int], frozenset[str]]


def mark(sheet: Sheet, attempts: Sequence[Attempt], *, kind: Score.Kind) -> Marks:
    """Mark attempts of the sheet's form, of their timed phase or of what stood after blind review."""
    return mark_chosen(sheet, attempts, read_chosen(attempts, kind=kind))


def read_chosen(attempts: Sequence[Attempt], *, kind: Score.Kind) -> Mapping[tuple[int, int], frozenset[str]]:
    """Return the tokens chosen per (attempt id, position), blanks left out."""
    folded = folded_responses(
        [attempt.pk for attempt in attempts],
        started=[attempt.started_at for attempt in attempts],
        kinds=[ResponseEvent.Kind.ANSWER],
        blind=kind == Score.Kind.BLIND,
    )
    return {(held.attempt_id, held.position): frozenset(held.chosen) for held in folded}


def mark_chosen(sheet: Sheet, attempts: Sequence[Attempt], chosen: Mapping[tuple[int, int], frozenset[str]]) -> Marks:
    """Mark what was chosen in attempts of the sheet's form. Raises ValueError as the engine does."""
    results = tuple(
        engine.score(
            [
                engine.ItemResponse(
                    position=item.position,
                    domain=item.domain_id,
                    is_scored=item.is_scored,
                    chosen=chosen.get((attempt.pk, item.position), frozenset()),
                    keyed=item.keyed,
                    rule=item.rule,
                    treatment=item.treatment,
                )
                for item in sheet.items
            ],
            sheet.weights,
            sheet.scale,
        )
        for attempt in attempts
    )
    return Marks(results, chosen)
