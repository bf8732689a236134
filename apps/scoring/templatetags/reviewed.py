"""Writing the item review from pieces that every process renders once, as delivery does with the paper."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.scoring.queries import KeyedItem, KeyedOption, ReviewedItem

register = template.Library()

# Stands where the options go; no authored text can hold it, because Markdown replaces the null character.
_OPTIONS = mark_safe("\0")


@register.simple_tag
def reviewed_item(item: ReviewedItem) -> SafeString:
    """Write one item with its options in the order in which the attempt showed them."""
    shown = item.shown
    before, after = _shell(item.keyed, shown.stem, shown.lead_in, item.is_right, shown.is_answered)
    options = [
        _option(option.keyed, option.shown.html, place, option.shown.is_chosen)
        for place, option in enumerate(item.options)
    ]
    return mark_safe("".join([before, *options, after]))  # noqa: S308 - rendered by templates


@lru_cache(maxsize=4096)
def _shell(
    keyed: KeyedItem, stem: SafeString, lead_in: SafeString, is_right: bool, is_answered: bool
) -> tuple[str, str]:
    context = {
        "keyed": keyed,
        "stem": stem,
        "lead_in": lead_in,
        "is_right": is_right,
        "is_answered": is_answered,
        "options": _OPTIONS,
    }
    before, _, after = render_to_string("scoring/review.html#item", context).partition(_OPTIONS)
    return before, after


@lru_cache(maxsize=16384)
def _option(keyed: KeyedOption, html: SafeString, place: int, is_chosen: bool) -> str:
    context = {"keyed": keyed, "html": html, "place": place, "is_chosen": is_chosen}
    return render_to_string("scoring/review.html#option", context)
