"""P9: what the exam page weighs on the wire, warm and cold, as the server packs it; and how it moves in Chromium."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from statistics import median
from urllib.parse import urljoin

from playwright.sync_api import Page, sync_playwright

from tests.browser.gates import WATCH_SHIFTS
from tests.chromium import launch
from tests.live import serving
from tests.load.candidate import Candidate
from tests.load.http import Answer, Connection, Unexpected
from tests.load.options import Options
from tests.load.people import Person, assignment, make_people
from tests.load.report import Figure, at_most

_URL = re.compile(r"""url\(["']?([^"')]+)["']?\)|@import\s+["']([^"']+)["']""")
_LOADED = ("stylesheet", "icon", "preload", "modulepreload", "manifest")


class _Parts(HTMLParser):
    """Collects what a browser loads with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and (given.get("rel") or "") in _LOADED:
            self.found[given.get("href") or ""] = tag
        elif tag in ("script", "img") and given.get("src"):
            self.found[given["src"] or ""] = tag


def run(_options: Options) -> Iterator[Figure]:
    """Load the paper and everything that it names, once, with nothing kept."""
    offer, person = str(assignment().uuid), make_people(1)[0]
    with serving() as address:
        candidate = person.with_browser(int(address.rpartition(":")[2]), 0)
        yield from asyncio.run(_load(candidate, offer))
        yield from _turn(address, offer, person)


async def _load(candidate: Candidate, offer: str) -> list[Figure]:
    await candidate.start(offer)
    paper = await candidate.open_paper()
    parts = _Parts()
    parts.feed(paper.text)
    answers = {"": paper}
    waiting = list(parts.found)
    while waiting:
        path = waiting.pop()
        if path in answers or path.startswith(("data:", "#")):
            continue
        answers[path] = answer = await _fetch(candidate.connection, path)
        if "text/css" in answer.header("content-type"):
            plain = (await _fetch(candidate.connection, path, packed=False)).text
            waiting += [urljoin(path, "".join(names)) for names in _URL.findall(plain)]
    candidate.connection.close()
    scripts = [answers[path] for path, tag in parts.found.items() if tag == "script"]
    return [
        Figure("page", "the exam page of 75 items on the wire", "kB", (paper.wire / 1000,), at_most(60)),
        Figure("page", "  the same unpacked", "kB", (len(paper.text.encode()) / 1000,)),
        Figure("page", "cold, with everything that it loads", "kB", (_kilobytes(answers.values()),), at_most(100)),
        Figure("page", "requests when cold", "", (len(answers),), at_most(8)),
        Figure("page", "scripts, packed", "kB", (_kilobytes(scripts),), at_most(30)),
    ]


async def _fetch(connection: Connection, path: str, *, packed: bool = True) -> Answer:
    headers = {"Accept-Encoding": "gzip, br"} if packed else {}
    answer = await connection.request("GET", path, headers)
    if answer.status != 200:
        raise Unexpected(f"GET {path}: {answer.status}")
    return answer


def _kilobytes(answers: Iterable[Answer]) -> float:
    return sum(answer.wire for answer in answers) / 1000


# From the new address to the item laid out: the listener is the last to hear of it, and asks for the layout.
_TURNS = """async () => {
  const times = [];
  for (let position = 2; position <= 75; position += 1) {
    times.push(await new Promise((laidOut) => {
      const began = performance.now();
      const last = () => laidOut(document.body.offsetHeight && performance.now() - began);
      addEventListener("hashchange", last, { once: true });
      location.hash = `item-${position}`;
    }));
    await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)));
  }
  return times;
}"""


def _turn(address: str, offer: str, person: Person) -> Iterator[Figure]:
    """Go through the items and choose in each of the first ten, in a real browser."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(base_url=address)
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": address}])
        context.add_init_script(WATCH_SHIFTS)
        page = context.new_page()
        page.goto(f"/mocks/{offer}/")
        page.get_by_role("button", name="Go on with your attempt").click()
        page.wait_for_url("**/attempts/*/**")
        times = page.evaluate(_TURNS)
        yield Figure("page", "from item to item, script and layout: median", "ms", (median(times),), at_most(16.7))
        yield Figure("page", "  the slowest of 74", "ms", (max(times),), at_most(16.7))
        yield Figure("page", "layout shift of loading, of 74 turns and ten choices", "", (_shift(page),), at_most(0))
        browser.close()


def _shift(page: Page) -> float:
    for position in range(1, 11):
        page.evaluate("hash => { location.hash = hash }", f"item-{position}")
        page.locator(f"#item-{position} .option__label").first.click()
    page.wait_for_timeout(600)
    return sum(float(line.split()[2].rstrip(":")) for line in page.evaluate("window.shifts"))
