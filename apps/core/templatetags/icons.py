"""Icons. A page may show hundreds; drawing one afresh costs more than a query, so each is drawn once per process."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as draw

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def lucide(name: str, *, size: int = 24, aria_hidden: str = "true") -> SafeString:
    """Draw an icon of the Lucide set. It says nothing by itself: words stand beside it or in a label."""
    return SafeString(draw(str(name), size=size, aria_hidden=str(aria_hidden)))
