"""What every page must pass: axe, and what axe does not see (W-20 to W-22). Each gate returns its complaints.

A gate that finds nothing on a page with a planted defect is itself a defect; `test_gates.py` holds them to that.
"""

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[Scheme, int], ...] = (("light", 1280), ("dark", 1280), ("dark", 320), ("light", 320))


def in_every_look(page: Page) -> Iterator[str]:
    """Show the page in light and dark, wide and narrow, and name each look."""
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        yield f"{scheme} {width}"


def axe(page: Page) -> list[str]:
    """Return what axe complains about, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return list(
        page.evaluate(
            """async (tags) => (await axe.run(document, { runOnly: tags, resultTypes: ["violations"] })).violations
               .flatMap((one) => one.nodes.map((node) => `axe ${one.id}: ${node.target} ${node.failureSummary}`))""",
            TAGS,
        )
    )


_WIDER = """() => {
  const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return null;
  const reaches = (one) => one.getBoundingClientRect().right > root.clientWidth + 1
    && !one.closest(".table-scroll > *");
  const out = [...document.body.querySelectorAll("*")].filter(reaches);
  return { over, name: out.at(-1)?.outerHTML.slice(0, 160) };
}"""


def wider_than_the_window(page: Page) -> list[str]:
    """Return by how much the page scrolls sideways, and the innermost of what reaches out."""
    found = page.evaluate(_WIDER)
    return [f"the page is {found['over']} px wider than the window: {found['name']}"] if found else []


def unnamed_groups(page: Page) -> list[str]:
    """Return groups of controls that a screen reader would announce without a name."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll("fieldset, [role=group], [role=region], dialog[open]")]
               .filter((group) => group.checkVisibility())
               .filter((group) => {
                 const ids = (group.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
                 const words = ids.map((id) => document.getElementById(id)?.textContent ?? "").join("")
                   || group.getAttribute("aria-label")
                   || (group.matches("fieldset") && group.querySelector(":scope > legend")?.textContent);
                 return !words || !words.trim();
               })
               .map((group) => `a ${group.localName} without a name: ${group.outerHTML.slice(0, 80)}`)"""
        )
    )


def live_regions(page: Page) -> list[str]:
    """Return what would be read at the wrong moment: a timer that speaks, no voice or two, a region inside a region."""
    return list(
        page.evaluate(
            """() => {
              const faults = [];
              const live = [...document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")];
              for (const timer of document.querySelectorAll("[role=timer]")) {
                if (timer.getAttribute("aria-live") !== "off") faults.push("the timer speaks each second");
              }
              for (const region of live) {
                if (region.parentElement.closest("[role=status], [role=alert], [aria-live]:not([aria-live=off])"))
                  faults.push(`a live region inside another: ${region.outerHTML.slice(0, 80)}`);
                if (region.getAttribute("aria-live") === "assertive") faults.push("a region interrupts");
              }
              if (live.filter((one) => one.id === "announcer" && one.getAttribute("role") === "status").length !== 1)
                faults.push("there is not exactly one persistent announcer");
              return faults;
            }"""
        )
    )


def lost_focus(page: Page) -> list[str]:
    """Return whether the focus has fallen on nothing (W-05)."""
    lost = page.evaluate("document.activeElement === null || document.activeElement === document.body")
    return ["the focus is on nothing"] if lost else []


_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const name = one.outerHTML.slice(0, 90);
  const seen = one.closest(".option__label") ?? one;
  const style = getComputedStyle(seen);
  const shows = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = one.getBoundingClientRect();
  // Of what is taller than the window the part that is in it.
  const top = Math.max(box.top, 0), height = Math.min(box.bottom, innerHeight) - top;
  const at = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), top + Math.min(height / 2, 12));
  const covered = !(at && (seen.contains(at) || at.contains(one)));
  return { name, shows, covered };
}"""


def focus_by_tab(page: Page, *, most: int = 150) -> list[str]:
    """Walk the page with the Tab key: each stop must show where the focus is, and nothing may lie over it."""
    faults, first = list[str](), None
    page.evaluate("document.activeElement?.blur()")
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None or stop["name"] == first:
            break
        first = first or stop["name"]
        if not stop["shows"]:
            faults.append(f"the focus cannot be seen: {stop['name']}")
        if stop["covered"]:
            faults.append(f"something lies over the focus: {stop['name']}")
    return [*faults, *([] if first else ["nothing takes the focus"])]


WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput || window.countsAllShifts) {
      const where = entry.sources.map((source) => {
        const node = source.node?.nodeType === 1 ? source.node : source.node?.parentElement;
        return node?.id || node?.className || "?";
      });
      window.shifts.push(`shifted by ${entry.value.toFixed(4)}: ${where}`);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def shifts(page: Page) -> list[str]:
    """Return the layout shifts since the page was made; its context starts with WATCH_SHIFTS."""
    page.evaluate("new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 50)))")
    return list(page.evaluate("window.shifts"))


def standing(page: Page) -> list[str]:
    """Return what all gates say that do not touch the page."""
    return [*axe(page), *wider_than_the_window(page), *unnamed_groups(page), *live_regions(page)]
