"""F8: a real browser that is killed while answers wait on the device."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Request, expect, sync_playwright

from tests.chromium import launch_kept
from tests.faults.ledger import Entry, Ledger
from tests.faults.processes import until
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
WAITING = re.compile(r"^Not saved yet, kept on this device \(\d+\)$")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Return the driver of browsers."""
    with sync_playwright() as driver:
        yield driver


def keep_books(page: Page, attempt: str, ledger: Ledger) -> None:
    """Enter in the ledger what the page sends and is told."""

    def entries(request: Request) -> list[Entry]:
        sent = json.loads(request.post_data or "")
        return [
            Entry(attempt, sent["client"], e["n"], e["seq"], e["position"], e["kind"], e["value"])
            for e in sent["events"]
        ]

    def finished(request: Request) -> None:
        response = request.response() if request.url.endswith("/save/") else None
        if response is not None and response.status == 200:
            told = {one["n"]: one["disposition"] for one in response.json()["receipts"]}
            for entry in entries(request):
                ledger.note_receipt(entry, told[entry.n])

    page.on("request", lambda request: ledger.note_sent(entries(request)) if request.url.endswith("/save/") else None)
    page.on("requestfinished", finished)


def choose(page: Page, position: int, place: int) -> None:
    """Show an item and choose one of its options."""
    page.evaluate("hash => { location.hash = hash }", f"item-{position}")
    page.locator(f"#item-{position} .option__label").nth(place).click()


def kill(profile: Path) -> None:
    """Kill every process of the browser that uses this profile with -9."""
    mine = [
        int(place.parent.name)
        for place in Path("/proc").glob("[0-9]*/cmdline")
        if _reads(place, f"--user-data-dir={profile}")
    ]
    assert mine, "there is a browser to kill"
    for pid in mine:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _reads(place: Path, words: str) -> bool:
    with suppress(OSError):
        return words in place.read_text(errors="replace")
    return False


@pytest.mark.promise("R-02", "R-12", "R-13")
def test_f8_the_browser_is_killed_with_answers_waiting(
    scene: Callable[..., Scene], playwright: Playwright, tmp_path: Path
) -> None:
    now = scene()
    (candidate,) = now.crowd(1, start=False)
    attempt = candidate.start_attempt()
    profile = tmp_path / "profile"

    def sit(context: BrowserContext) -> Page:
        context.set_default_timeout(30_000)
        cookie: Any = {"name": "sessionid", "value": candidate.cookie, "url": f"http://127.0.0.1:{now.proxy.upstream}"}
        context.add_cookies([cookie])
        page = context.new_page()
        keep_books(page, attempt, now.ledger)
        # Straight to the server: the proxy closes each connection, which a browser would take for a fault of its own.
        page.goto(f"{cookie['url']}/attempts/{attempt}/")
        return page

    context = launch_kept(playwright, profile, f"http://127.0.0.1:{now.proxy.upstream}")
    page = sit(context)
    choose(page, 1, 0)
    expect(page.locator("#save-state")).to_have_text(SAVED)
    context.set_offline(True)
    for position in (2, 3, 4):
        choose(page, position, 1)
    choose(page, 1, 2)
    expect(page.locator("#save-state")).to_have_text(WAITING)
    # Offline or not, the page is trying: what it has tried to send must still be there afterwards.
    page.wait_for_timeout(3000)
    kill(profile)
    with suppress(Exception):
        context.close()

    before = len(now.ledger.receipts)
    again = launch_kept(playwright, profile, f"http://127.0.0.1:{now.proxy.upstream}")
    page = sit(again)
    expect(page.locator("#item-3 .option__control").nth(1)).to_be_checked()
    expect(page.locator("#item-1 .option__control").nth(2)).to_be_checked()
    expect(page.locator("#save-state")).to_have_text(SAVED)

    def arrived() -> bool:
        page.wait_for_timeout(50)  # the driver tells of requests only while it is at work
        return len(now.ledger.receipts) >= before + 4

    until(arrived, "the four answers have arrived")
    waiting = page.evaluate(
        """() => new Promise(resolve => {
            const opened = indexedDB.open("cutscore");
            opened.onsuccess = () => {
                const all = opened.result.transaction("outbox").objectStore("outbox").getAll();
                all.onsuccess = () => resolve(all.result.length);
            };
        })"""
    )
    assert waiting == 0, "the page ends empty"
    again.close()
    candidate.submit()
    now.finish()
