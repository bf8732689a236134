"""Authored text: what is kept and what is taken out."""

import pytest

from apps.core.markdown import to_html, to_inline_html

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '<a href="https://x" onclick="x()">x</a>',
    "<style>*{display:none}</style>",
    "<iframe src=https://x></iframe>",
    '<svg><script href="https://x"/></svg>',
    "![x](https://tracker.example/pixel.png)",
    "```html\n<script>alert(1)</script>\n```",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("render", [to_html, to_inline_html])
def test_nothing_executable_survives(text: str, render: object) -> None:
    html = render(text).lower()  # type: ignore[operator] # both take and return text
    for word in ("<script", "<img", "<iframe", "<svg", "<style", 'href="javascript', 'href="data', "<a onclick"):
        assert word not in html


def test_what_items_need_is_kept() -> None:
    html = to_html('Use `s3:GetObject`.\n\n```json\n{"a": 1}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n')
    assert "<code>s3:GetObject</code>" in html
    assert '<pre tabindex="0">' in html
    assert 'class="nt"' in html
    assert "<table>" in html


def test_links_leave_no_trace() -> None:
    assert 'rel="noopener noreferrer"' in to_html("[page](https://docs.aws.amazon.com/)")
