"""What a published form shows. It is frozen, so every process reads it once and keeps it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.safestring import SafeString

from apps.bank.queries import options_of
from apps.core.markdown import to_html, to_inline_html
from apps.delivery.models import Assignment
from apps.exams.models import Form, FormItem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ItemShape:
    """What a response to an item may be: its options' tokens in authored order, and how many may be chosen."""

    tokens: tuple[str, ...]
    choose: int


@dataclass(frozen=True, slots=True)
class OptionContent:
    """An option's token and its HTML."""

    token: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class ItemContent:
    """An item's HTML, options in authored order; `position` is its number on the form."""

    position: int
    kind: str
    choose: int
    stem: SafeString
    lead_in: SafeString
    options: tuple[OptionContent, ...]


@lru_cache(maxsize=256)
def form_shape(form_id: int) -> dict[int, ItemShape]:
    """Return what responses a published form allows, by position. Reads no text, so that a first save need not wait."""
    rows = FormItem.objects.filter(form_id=form_id).order_by("position")
    versions = list(rows.values_list("position", "version_id", "version__choose"))
    options = options_of([version for _, version, _ in versions])
    return {
        position: ItemShape(tuple(option.token for option in options[version]), choose)
        for position, version, choose in versions
    }


@lru_cache(maxsize=256)
def form_content(form_id: int) -> tuple[ItemContent, ...]:
    """Return a published form's items with their HTML. Callers pass published forms only."""
    rows = list(FormItem.objects.filter(form_id=form_id).select_related("version").order_by("position"))
    options = options_of([row.version_id for row in rows])
    return tuple(
        ItemContent(
            position=row.position,
            kind=row.version.kind,
            choose=row.version.choose,
            stem=to_html(row.version.stem),
            lead_in=to_inline_html(row.version.lead_in),
            options=tuple(
                OptionContent(option.token, to_inline_html(option.text)) for option in options[row.version_id]
            ),
        )
        for row in rows
    )


def forms_on_offer() -> list[int]:
    """Return the published mocks that somebody may start now or later, those that were offered last first."""
    offers = Assignment.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=Now()), form__state=Form.State.PUBLISHED, form__is_drill=False
    )
    return list(dict.fromkeys(offers.order_by("-pk").values_list("form_id", flat=True)))


def shuffled(options: Sequence[T], seed: int, position: int) -> tuple[T, ...]:
    """Return the options in the order of this attempt: the same for the same seed and position, always."""
    order = list(options)
    random.Random(f"{seed}:{position}").shuffle(order)
    return tuple(order)
