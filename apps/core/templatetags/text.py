"""Text and number filters: how Cutscore writes durations, proportions and counts."""

from datetime import timedelta
from json import dumps
from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.core import markdown as authored
from apps.core.words import duration_words

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
def share(value: Any) -> str:
    """Write a share as its interval, k of n in front: 3 of 8, 17 % to 67 %; `value` has k, n and interval."""
    if not value.n:
        return "none"
    return f"{value.k} of {value.n}, {value.interval.low * 100:.0f} to {value.interval.high * 100:.0f} %"


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """Write a proportion as a percentage, a whole one if not told; undefined is said, never shown as 0."""
    return "undefined" if value is None else f"{value * 100:.{digits}f} %"


@register.filter
def points(value: float) -> str:
    """Write a difference of proportions as percentage points: about 6 points, less than 1 point."""
    count = round(value * 100)
    return f"about {count} percentage point{'' if count == 1 else 's'}" if count else "less than 1 percentage point"


@register.filter
def whole(value: float) -> str:
    """Write a proportion as whole percent without the sign, where one follows."""
    return f"{value * 100:.0f}"


@register.filter
def signed(value: float) -> str:
    """Write a difference to one decimal with its sign: +2.4, −1.0."""
    return f"{value:+.1f}".replace("-", "−")


@register.filter
def signed_points(value: float) -> str:
    """Write a difference as a whole number with its sign: +12, −3, 0."""
    return f"{value:+.0f}".replace("-", "−") if round(value) else "0"


@register.filter
def seconds(value: float) -> str:
    """Write seconds as a duration."""
    return duration_words(timedelta(seconds=value))


@register.filter
def duration(value: timedelta | None) -> str:
    """Write a duration as people say it: 2 h 13 min, 4 min 5 s."""
    return "untimed" if value is None else duration_words(value)


@register.filter
def json(value: object) -> str:
    """Write a value as compact JSON, for an attribute; the template escapes it."""
    return dumps(value, separators=(",", ":"))


@register.filter
def letter(index: int) -> str:
    """Name the option at a 0-based place: A, B, C."""
    return chr(ord("A") + index)
