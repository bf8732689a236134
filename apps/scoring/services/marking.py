"""Reading what attempts of one form hold and giving it to the engine. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.bank.models import Key
from apps.delivery.models import Attempt, ResponseEvent
from apps.delivery.queries import folded_responses
from apps.exams.models import Form, FormDomain, FormItem
from apps.scoring import engine
from apps.scoring.models import Score


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all attempts of a form share."""

    form: Form
    items: tuple[FormItem, ...]
    weights: Mapping[int, int]
    scale: engine.Scale


@dataclass(frozen=True, slots=True)
class Marks:
    """A result per attempt, in the order asked for, and the tokens chosen per (attempt id, position)."""

    results: tuple[engine.Result, ...]
    chosen: Mapping[tuple[int, int], frozenset[str]]


def sheet_of(form_id: int) -> Sheet:
    """Return the sheet of a form."""
    form = Form.objects.get(pk=form_id)
    return Sheet(
        form=form,
        items=tuple(FormItem.objects.filter(form=form).order_by("position")),
        weights=dict(FormDomain.objects.filter(form=form).values_list("domain_id", "weight")),
        scale=engine.Scale(form.exact_cut, form.scale_min, form.pass_mark, form.scale_max),
    )


def mark(sheet: Sheet, attempts: Sequence[Attempt], *, kind: Score.Kind, keys: Mapping[int, Key]) -> Marks:
    """Mark attempts of the sheet's form by `keys`, which holds the key of each item version by the version's id."""
    folded = folded_responses(
        [attempt.pk for attempt in attempts], kinds=[ResponseEvent.Kind.ANSWER], blind=kind == Score.Kind.BLIND
    )
    chosen = {(held.attempt_id, held.position): frozenset(held.chosen) for held in folded}
    keyed = {
        version: frozenset(o.option.token for o in key.options.all() if o.is_keyed) for version, key in keys.items()
    }
    results = tuple(
        engine.score(
            [
                engine.ItemResponse(
                    position=item.position,
                    domain=item.domain_id,
                    is_scored=item.is_scored,
                    chosen=chosen.get((attempt.pk, item.position), frozenset()),
                    keyed=keyed[item.version_id],
                )
                for item in sheet.items
            ],
            sheet.weights,
            sheet.scale,
        )
        for attempt in attempts
    )
    return Marks(results, chosen)
