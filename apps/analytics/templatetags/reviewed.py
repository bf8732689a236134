"""Writing the item review from pieces that every process renders once, as delivery does with the paper.

What differs between people (times, changes, shares, reports) is short, and put into holes of these pieces. A piece
knows only what its KeyedItem holds, and that was made for what may be seen, so no piece serves a wider policy.
"""

from datetime import timedelta
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.analytics.queries.review import Review, ReviewRow
from apps.analytics.queries.statistics import LEAST_PEERS, Peers
from apps.core.templatetags.text import duration
from apps.scoring.engine import Interval
from apps.scoring.queries import KeyedItem, KeyedOption, ReviewedItem

register = template.Library()

# No authored text can hold it, because Markdown replaces the null character and the database keeps none.
_HOLE = mark_safe("\0")
_SIGHTS = {1: "seen for the first time", 2: "seen for the second time"}
_CONFIDENCE = {"sure": "marked as sure", "unsure": "marked as unsure", "guess": "marked as a guess"}
_SHARES = ("hardly anybody", "few people", "about half of the people", "many people", "most people")


@register.simple_tag
def reviewed_item(row: ReviewRow, review: Review) -> SafeString:
    """Write one item with its options in the order in which the attempt showed them."""
    item = row.item
    shown = item.shown
    head, stem, peers, foot, end = _shell(
        item.keyed, shown.stem, shown.lead_in, item.is_right, shown.is_answered, review.shows_peers
    )
    options = []
    for place, option in enumerate(item.options):
        before, after = _option(option.keyed, option.shown.html, place, option.shown.is_chosen)
        options += [before, _share(row.peers, option.shown.token) if row.peers else "", after]
    of_peers = _peers_words(row.peers, with_facility=review.shows_facility) if review.shows_peers else ""
    steps = _steps(row.position, row.before, row.after)
    parts = [head, _traces(item), stem, *options, peers, of_peers, foot, _problem(row), steps, end]
    return mark_safe("".join(parts))  # noqa: S308 - rendered by templates, escaped, or plain words of this module


@register.simple_tag
def jump(row: ReviewRow) -> SafeString:
    """Write an item's link in the list of what is shown."""
    return _jump(row.position, row.item.is_right)


@lru_cache(maxsize=4096)
def _shell(
    keyed: KeyedItem,
    stem: SafeString,
    lead_in: SafeString,
    is_right: bool | None,
    is_answered: bool,
    shows_peers: bool,
) -> list[str]:
    context = {
        "keyed": keyed,
        "stem": stem,
        "lead_in": lead_in,
        "is_right": is_right,
        "is_answered": is_answered,
        "shows_peers": shows_peers,
        "hole": _HOLE,
    }
    return render_to_string("analytics/review.html#item", context).split(_HOLE)


@lru_cache(maxsize=16384)
def _option(keyed: KeyedOption, html: SafeString, place: int, is_chosen: bool) -> list[str]:
    context = {"keyed": keyed, "html": html, "place": place, "is_chosen": is_chosen, "hole": _HOLE}
    return render_to_string("analytics/review.html#option", context).split(_HOLE)


@lru_cache(maxsize=1)
def _share_pieces() -> list[str]:
    return render_to_string("analytics/review.html#share", {"hole": _HOLE}).split(_HOLE)


def _share(peers: Peers, token: str) -> str:
    share = peers.share(token)
    most, value, words, end = _share_pieces()
    return f"{most}{share.n}{value}{share.k}{words}{share.k} of {share.n} chose this, {_between(share.interval)}{end}"


def _peers_words(peers: Peers | None, *, with_facility: bool) -> str:
    if peers is None:
        return f"Not enough answers yet to say what others chose: fewer than {LEAST_PEERS} have met this question."
    words = f"{peers.n} people have met this question for the first time in an exam."
    if not with_facility:
        return words
    asked = _SHARES[min(4, int(peers.credit * 5))].capitalize()
    return f"{words} {asked} had it right: about {peers.credit * 100:.0f} %, {_between(peers.facility)}."


def _between(interval: Interval) -> str:
    return f"90 % interval {interval.low * 100:.0f} to {interval.high * 100:.0f} %"


def _traces(item: ReviewedItem) -> str:
    shown = item.shown
    words = [
        "time not known" if item.seconds is None else f"{_seconds(item.seconds)} on it",
        _change_words(item),
        _CONFIDENCE.get(shown.confidence, ""),
        "flagged" if shown.is_flagged else "",
        _SIGHTS.get(item.sight, f"seen {item.sight} times"),
    ]
    return format_html_join("", "<li>{}</li>", ((word,) for word in words if word))


def _change_words(item: ReviewedItem) -> str:
    if not item.changes:
        return "never changed" if item.path else ""
    often = {1: "once", 2: "twice"}.get(item.changes, f"{item.changes} times")
    return f"changed {often}: {' → '.join(item.path)}"


@lru_cache(maxsize=2048)
def _seconds(value: int) -> str:
    return duration(timedelta(seconds=value))


def _problem(row: ReviewRow) -> str:
    if row.problem is None:
        return _ask(row.position)
    reported = render_to_string("analytics/review.html#problem", {"problem": row.problem, "position": row.position})
    # What has its reply may be reported again.
    return f"{reported}{_ask(row.position)}" if row.problem.replied_at else reported


@lru_cache(maxsize=1024)
def _ask(position: int) -> str:
    return render_to_string("analytics/review.html#ask", {"position": position})


@lru_cache(maxsize=4096)
def _steps(position: int, before: int | None, after: int | None) -> str:
    context = {"position": position, "before": before, "after": after}
    return render_to_string("analytics/review.html#steps", context)


@lru_cache(maxsize=2048)
def _jump(position: int, is_right: bool | None) -> SafeString:
    return render_to_string("analytics/review.html#jump", {"position": position, "is_right": is_right})
