"""S-31, S-32 and S-40: no page carries a script, a style or an htmx expression of its own, and the lint notices one."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from tests.live import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_TAG = re.compile(r"""<([a-z][a-z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_PLACES = {"href", "src", "action", "formaction"}
_DJANGO = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
_BLOCK = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def faults_of(text: str) -> list[str]:
    """Return what a template says that the content policy or htmx would have to trust (S-32)."""
    found = []
    for tag, inside in _TAG.findall(_BLOCK.sub("x", _DJANGO.sub("", text))):
        attributes = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(inside)}
        if tag.lower() == "style":
            found.append("a style element")
        if tag.lower() == "script" and not attributes.get("src"):
            found.append("a script without a source")
        found += [f"{name} on <{tag}>" for name, value in attributes.items() if _is_wrong(name, value)]
    return found


def _is_wrong(name: str, value: str) -> bool:
    bare = name.removeprefix("data-")
    return (
        name == "style"
        or re.match(r"on[a-z]+$", name) is not None
        or bare.startswith("hx-on")
        or bare in {"hx-vars", "hx-eval"}
        or (bare == "hx-trigger" and "[" in value)  # a filter is evaluated as JavaScript
        or (bare.startswith("hx-") and re.match(r"\s*(?:js|javascript):", unescape(value)) is not None)
        or (
            name in {"href", "src", "action", "formaction"}
            and unescape(value).strip().lower().startswith("javascript:")
        )
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_s32_no_template_carries_code(path: Path) -> None:
    assert faults_of(path.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        "<p hx-on:click=\"alert('x')\">",
        '<p hx-on--after-request="x()">',
        '<p data-hx-on:click="x()">',
        "<p hx-get='/x' hx-trigger='click[ctrlKey]'>",
        '<p hx-vals="js:{a: 1}">',
        "<p hx-headers='javascript:{a: 1}'>",
        '<p hx-vals="&#106;s:{a: 1}">',
        '<p hx-vars="a:1">',
        '<p style="color: red">',
        "<p\n  STYLE='color: red'>",
        '<p class="{% if a > b %}x{% endif %}" onclick="x()">',
        "<img src=x onerror=x()>",
        '<a href=" javascript:x()">',
        "<style>p { color: red }</style>",
        "<script>x()</script>",
        '<script type="module">x()</script>',
    ],
)
def test_s40_the_lint_notices(bad: str) -> None:
    assert faults_of(bad)


@pytest.mark.parametrize(
    "good",
    [
        '<script src="/static/js/x.js" defer></script>',
        '{# <p style="x"> #}<p hx-get="/x" hx-trigger="every 5s">',
        "{% if a < b %}<p hx-vals='{\"a\": 1}'>{% endif %}",
        '<option value="on">',
    ],
)
def test_s40_the_lint_lets_through_what_is_meant(good: str) -> None:
    assert faults_of(good) == []


def test_s31_htmx_evaluates_nothing_and_keeps_no_history(db: None, client: Client) -> None:
    page = client.get("/accounts/login/").text
    found = re.search(r"""<meta name="htmx-config" content='([^']*)'""", page)
    assert found
    config = json.loads(unescape(found[1]))
    assert {name: config[name] for name in ("allowEval", "allowScriptTags", "includeIndicatorStyles")} == {
        "allowEval": False, "allowScriptTags": False, "includeIndicatorStyles": False,
    }  # fmt: skip
    assert (config["historyCacheSize"], config["selfRequestsOnly"]) == (0, True)
