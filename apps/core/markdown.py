"""Authored text to safe HTML.

Markdown with HTML off, then an allow-list (S-11): no id, style, data-* or hx-* attribute survives, and the only classes
are Pygments' token names that the highlighter itself wrote.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

_FORMATTER = HtmlFormatter(nowrap=True)
_CLASSES = {name for name in STANDARD_TYPES.values() if name}
_TAGS = {
    "p", "br", "em", "strong", "code", "pre", "span", "ul", "ol", "li", "blockquote", "hr", "a",
    "table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "del",
}  # fmt: skip


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        lexer = TextLexer()
    return highlight(code, lexer, _FORMATTER)


_PARSER = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable(["table", "strikethrough"])
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "th": {"scope"}},
    allowed_classes={"span": _CLASSES},
    url_schemes={"https"},
    link_rel="noopener noreferrer",
)


@lru_cache(maxsize=4096)
def to_html(text: str) -> SafeString:
    """Return the HTML of block Markdown."""
    return mark_safe(_focusable_code(_CLEANER.clean(_PARSER.render(text))))  # noqa: S308 - cleaned on this very line


@lru_cache(maxsize=8192)
def to_inline_html(text: str) -> SafeString:
    """Return the HTML of one line of Markdown, without a paragraph around it."""
    return mark_safe(_CLEANER.clean(_PARSER.renderInline(text)))  # noqa: S308 - cleaned on this very line


def _focusable_code(html: str) -> str:
    # Long lines scroll sideways; without a tab stop the keyboard could not reach them (W-12).
    return html.replace("<pre>", '<pre tabindex="0">')
