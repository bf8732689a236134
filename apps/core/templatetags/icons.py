"""Icons. Each is drawn once per process: drawing one afresh costs more than a query.

A page that shows one hundreds of times defines it once with `icon_symbols` and refers to it with `icon_use`.
"""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as draw

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def lucide(name: str, *, size: int = 24, aria_hidden: str = "true") -> SafeString:
    """Draw an icon of the Lucide set. It says nothing by itself: words stand beside it or in a label."""
    return SafeString(draw(str(name), size=size, aria_hidden=str(aria_hidden)))


@register.simple_tag
@lru_cache(maxsize=64)
def icon_symbols(*names: str) -> SafeString:
    """Define icons for `icon_use` on the same page; nothing is shown where this stands."""
    symbols = "".join(_symbol(name) for name in names)
    return SafeString(f'<svg hidden aria-hidden="true">{symbols}</svg>')


def _symbol(name: str) -> str:
    # Without a size of its own it fills the place where it is shown.
    drawn = str(lucide(name)).replace(' width="24" height="24"', "", 1)
    return drawn.replace("<svg", f'<symbol id="icon-{name}"', 1).replace("</svg>", "</symbol>")


@register.simple_tag
@lru_cache(maxsize=64)
def icon_use(name: str) -> SafeString:
    """Show an icon that the page has defined, at the size of text; like `lucide`, it says nothing by itself."""
    return format_html('<svg width="16" height="16" aria-hidden="true"><use href="#icon-{}"/></svg>', name)
