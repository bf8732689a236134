"""Writing the paper from pieces.

A paper has 75 items and 320 options, and a herd of candidates wants it in the same seconds. What does not depend on
the attempt is rendered once per process, by the partials of delivery/paper.html; per attempt the pieces are only
joined. The arguments of the cached functions are all that a piece depends on, so no attempt can see another's marks.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.delivery.models import CONFIDENCES
from apps.delivery.queries import PaperItem, form_content, form_shape, forms_on_offer

register = template.Library()

# Stands where the options go; no authored text can hold it, because Markdown replaces the null character.
_OPTIONS = mark_safe("\0")


@register.simple_tag
def paper_item(item: PaperItem, count: int) -> SafeString:
    """Write one item of a paper of `count` items as a fieldset."""
    before, after = _shell(
        item.position,
        count,
        item.choose,
        item.stem,
        item.lead_in,
        item.is_flagged,
        item.highlights,
        item.note,
        item.confidence,
        item.is_seen_whole,
    )
    options = [
        _option(item.position, item.choose == 1, place, option.token, option.html, option.is_chosen, option.is_struck)
        for place, option in enumerate(item.options)
    ]
    return mark_safe("".join([before, *options, after]))  # noqa: S308 - rendered by templates


@register.simple_tag
def navigator_cell(item: PaperItem) -> SafeString:
    """Write an item's cell of the navigator."""
    return _cell(item.position, item.state_words, item.is_answered, item.is_flagged)


def draw_ahead() -> None:
    """Read and draw what an untouched paper of each form on offer consists of, every option at every place.

    Half a second of work for a form that this process has not drawn yet, otherwise one cheap query.
    """
    for form_id in forms_on_offer():
        _draw_form(form_id)


@lru_cache(maxsize=256)
def _draw_form(form_id: int) -> None:
    form_shape(form_id)
    items = form_content(form_id)
    for item in items:
        _shell(item.position, len(items), item.choose, item.stem, item.lead_in, False, (), "", "", False)
        for place in range(len(item.options)):
            for option in item.options:
                _option(item.position, item.choose == 1, place, option.token, option.html, False, False)


@lru_cache(maxsize=4096)
def _shell(
    position: int,
    count: int,
    choose: int,
    stem: SafeString,
    lead_in: SafeString,
    is_flagged: bool,
    highlights: tuple[tuple[int, int], ...],
    note: str,
    confidence: str,
    is_seen_whole: bool,
) -> tuple[str, str]:
    item = {
        "position": position,
        "choose": choose,
        "stem": stem,
        "lead_in": lead_in,
        "is_flagged": is_flagged,
        "highlights": highlights,
        "note": note,
        "confidence": confidence,
        "is_seen_whole": is_seen_whole,
    }
    context = {"item": item, "count": count, "confidences": CONFIDENCES, "options": _OPTIONS}
    before, _, after = render_to_string("delivery/paper.html#item", context).partition(_OPTIONS)
    return before, after


@lru_cache(maxsize=16384)
def _option(
    position: int, is_single: bool, place: int, token: str, html: SafeString, is_chosen: bool, is_struck: bool
) -> str:
    option = {"token": token, "html": html, "is_chosen": is_chosen, "is_struck": is_struck}
    context = {"position": position, "is_single": is_single, "place": place, "option": option}
    return render_to_string("delivery/paper.html#option", context)


@lru_cache(maxsize=4096)
def _cell(position: int, words: str, is_answered: bool, is_flagged: bool) -> SafeString:
    context = {"position": position, "words": words, "is_answered": is_answered, "is_flagged": is_flagged}
    return render_to_string("delivery/paper.html#cell", context)
