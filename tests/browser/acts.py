"""What candidates do in these tests, and what they wait for."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.site import PASSWORD, Question, Site, plain

OpenPage = Callable[..., Page]
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")


def sign_in(page: Page, email: str) -> None:
    """Sign in on the sign-in page, wherever it leads."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "login" not in url)


def start(page: Page, offer: str = "") -> None:
    """Start an exam: the mock that home offers, or the offer with this public id."""
    page.goto(f"/mocks/{offer}/" if offer else "/")
    if not offer:
        page.get_by_role("link", name="Read the instructions").first.click()
    page.get_by_role("button", name="Start the exam").click()
    page.wait_for_url("**/attempts/*/**")


def choose(page: Page, question: Question, *, right: bool) -> None:
    """Click the options of an answer."""
    options = page.locator(f"#item-{question.position} .option__label")
    shown = [plain(text) for text in options.locator(".option__text").all_inner_texts()]
    for text in question.texts(right=right):
        options.nth(shown.index(text)).click()


def show(page: Page, position: int) -> None:
    """Show an item."""
    page.evaluate("hash => { location.hash = hash }", f"item-{position}")
    page.locator(f"#item-{position}[data-current]").wait_for()


def pick(page: Page, position: int, place: int = 0) -> None:
    """Show an item and choose one of its options."""
    show(page, position)
    page.locator(f"#item-{position} .option__label").nth(place).click()


def saved(page: Page) -> None:
    """Wait until nothing is on its way."""
    expect(page.locator("#save-state")).to_have_text(SAVED, timeout=45_000)


def finish(page: Page) -> None:
    """Submit from the review page and wait for the report."""
    page.get_by_label("I have finished").check()
    page.get_by_role("button", name="Submit the exam").click()
    page.locator("#headline").wait_for(timeout=30_000)


def sign_in_again(page: Page, password: str = PASSWORD) -> None:
    """Answer the dialog that asks for the sign-in."""
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Password")).to_be_focused()
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Sign in").click()


def uuid_of(page: Page) -> str:
    """Return the public id of the page's attempt."""
    return page.url.split("/attempts/")[1].split("/")[0]


def stored(site: Site, page: Page, disposition: str = "accepted") -> int:
    """Return how many items of the page's attempt have an answer of this disposition on the server."""
    return int(
        site.sql(
            "SELECT count(DISTINCT position) FROM delivery_responseevent e "
            "JOIN delivery_attempt a ON a.id = e.attempt_id "
            "WHERE a.uuid = %s AND kind = 'answer' AND disposition = %s",
            uuid_of(page),
            disposition,
        )[0][0]
    )


def move_deadline(site: Site, page: Page, seconds: float) -> None:
    """Let the time of the page's attempt end this many seconds from now."""
    site.sql(
        "UPDATE delivery_attempt SET deadline_at = now() + make_interval(secs => %s) WHERE uuid = %s",
        seconds,
        uuid_of(page),
    )


def sign_everybody_out(site: Site) -> None:
    """End every session of the site."""
    site.sql("DELETE FROM django_session")
