"""Text and number filters: how Cutscore writes durations, proportions and counts."""

from datetime import timedelta
from json import dumps

from django import template
from django.utils.safestring import SafeString

from apps.core import markdown as authored

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Render block Markdown as safe HTML."""
    return authored.to_html(text)


@register.filter
def inline_markdown(text: str) -> SafeString:
    """Render one line of Markdown as safe HTML."""
    return authored.to_inline_html(text)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """Write a proportion as a percentage, a whole one if not told; undefined is said, never shown as 0."""
    return "undefined" if value is None else f"{value * 100:.{digits}f} %"


@register.filter
def duration(value: timedelta | None) -> str:
    """Write a duration as people say it: 2 h 13 min, 4 min 5 s."""
    if value is None:
        return "untimed"
    seconds = max(0, int(value.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"


@register.filter
def json(value: object) -> str:
    """Write a value as compact JSON, for an attribute; the template escapes it."""
    return dumps(value, separators=(",", ":"))


@register.filter
def letter(index: int) -> str:
    """Name the option at a 0-based place: A, B, C."""
    return chr(ord("A") + index)
