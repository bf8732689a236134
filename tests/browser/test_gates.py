"""The gates have planted defects that they must find, and a sound page that they must pass (W-22)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.acts import OpenPage
from tests.browser.gates import (
    WATCH_SHIFTS,
    axe,
    focus_by_tab,
    live_regions,
    lost_focus,
    shifts,
    unnamed_groups,
    wider_than_the_window,
)

pytestmark = pytest.mark.browser

Gate = Callable[[Page], list[str]]
SOUND = """<!doctype html><html lang="en"><head><title>Sound</title><style>
  :focus-visible { outline: 3px solid #0f5f63; } button, label { display: block; margin: 24px 0; min-height: 32px; }
</style></head><body><main><h1>Sound</h1>
  <p role="timer" aria-live="off">5 min left</p>
  <fieldset><legend>Question 1</legend><label><input type="radio" name="a"> One</label></fieldset>
  <button id="go" type="button">Go</button>
  <div id="later"></div>
</main><div id="announcer" role="status"></div></body></html>"""

DEFECTS: dict[str, tuple[Gate, str, str]] = {
    "missing label": (axe, "<label><input type=\"radio\" name=\"a\"> One</label>", "<input type=\"radio\" name=\"a\">"),
    "low contrast": (axe, "<h1>", "<h1 style=\"color: #bbb\">"),
    "small target": (
        axe, "<div id=\"later\"></div>",
        "<p><a href=\"#a\" style=\"font-size: 6px\">a</a><a href=\"#b\" style=\"font-size: 6px\">b</a></p>",
    ),
    "group without a name": (unnamed_groups, "<legend>Question 1</legend>", ""),
    "focus that does not show": (focus_by_tab, "outline: 3px solid #0f5f63", "outline: none"),
    "focus under a bar": (
        focus_by_tab, "<div id=\"later\"></div>",
        "<div style=\"position: fixed; inset: 0; background: #fff\"></div>",
    ),
    "timer that speaks": (live_regions, "aria-live=\"off\"", "aria-live=\"polite\""),
    "no announcer": (live_regions, "<div id=\"announcer\" role=\"status\"></div>", ""),
    "a region inside a region": (
        live_regions, "<div id=\"later\"></div>", "<div role=\"status\"><p role=\"alert\">Twice</p></div>"
    ),
    "wider than a small telephone": (
        wider_than_the_window, "<div id=\"later\"></div>", "<div style=\"width: 500px\">wide</div>"
    ),
}  # fmt: skip
PARTS: tuple[Gate, ...] = (axe, unnamed_groups, live_regions, wider_than_the_window, focus_by_tab)


def test_w22_a_sound_page_passes(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 320, "height": 800})
    page.set_content(SOUND)
    assert [complaint for gate in PARTS for complaint in gate(page)] == []


@pytest.mark.parametrize("name", DEFECTS)
def test_w22_a_planted_defect_is_found(open_page: OpenPage, name: str) -> None:
    gate, sound, defect = DEFECTS[name]
    page = open_page(viewport={"width": 320, "height": 800})
    assert sound in SOUND
    page.set_content(SOUND.replace(sound, defect))
    assert gate(page) != []


def test_w22_focus_that_a_swap_loses_and_content_that_moves_are_found(open_page: OpenPage) -> None:
    page = open_page(script=WATCH_SHIFTS, network_may_fail=True)  # the policy refuses the inline styles, and says so
    page.goto("/accounts/login/")
    page.evaluate("html => { document.documentElement.innerHTML = html }", SOUND)
    page.locator("#go").focus()
    assert (lost_focus(page), shifts(page)) == ([], [])
    page.evaluate("document.querySelector('main').innerHTML += ''")
    assert lost_focus(page) != []
    page.evaluate("document.querySelector('h1').style.marginTop = '200px'")
    assert shifts(page) != []
