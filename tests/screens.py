"""Screenshots of every main page, to be looked at: light and dark, 1280, 375 and 320 px wide, as each role."""

import os
import sys
from typing import Literal

import psycopg
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, sync_playwright

from tests.chromium import launch
from tests.live import ROOT, manage, serving

FOLDER = ROOT / "screens"
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[Scheme, int], ...] = (("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375), ("light", 320))
# Of the paper the person's own view is wanted; the review of 75 items is longer than a picture can be.
WINDOW_ONLY = {"paper", "paper-multiple", "item-review", "item-review-one", "judge"}
PASSWORD = "cutscore-demo"


def main() -> None:
    """Take them all, or those whose name holds one of the words given."""
    words = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        attempt = _sit_some(browser, address)
        for who, pages in _pages(attempt).items():
            wanted = {name: path for name, path in pages.items() if not words or any(word in name for word in words)}
            if wanted:
                _take(browser, address, who, wanted)
        browser.close()
    sys.stdout.write(f"Screenshots are in {FOLDER.relative_to(ROOT)}/\n")


def _sit_some(browser: Browser, address: str) -> str:
    """Let the student answer a few questions, so that the paper looks used; returns the attempt's path."""
    with browser.new_context() as context:
        page = context.new_page()
        _sign_in(page, address, "student@example.com")
        page.goto(address)
        go_on = page.get_by_role("link", name="Go on")
        if go_on.count():
            go_on.first.click()
        else:
            page.get_by_role("link", name="Read the instructions").first.click()
            page.get_by_role("button", name="Start the exam").click()
        path = page.url.removeprefix(address).partition("#")[0]
        for number in (1, 2, 3, 5):
            page.goto(f"{address}{path}#item-{number}")
            item = page.locator(f"#item-{number}")
            for option in range(int(item.get_attribute("data-choose") or 1)):
                item.locator(".option__label").nth(option).click()
        page.locator("[data-flag]").click()
        page.wait_for_timeout(500)
    return path


def _pages(attempt: str) -> dict[str, dict[str, str]]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        scored = connection.execute(
            "SELECT a.uuid, u.email FROM delivery_attempt a JOIN scoring_score s ON s.attempt_id = a.id "
            "JOIN accounts_user u ON u.id = a.candidate_id WHERE u.is_demo ORDER BY abs(s.scaled - 700), a.id LIMIT 1"
        ).fetchone()
        offer = connection.execute("SELECT uuid FROM delivery_assignment ORDER BY id LIMIT 1").fetchone()
        person = connection.execute("SELECT uuid FROM accounts_user WHERE email = 'student@example.com'").fetchone()
        item = connection.execute("SELECT code FROM bank_item ORDER BY code LIMIT 1").fetchone()
        problem = connection.execute(
            "INSERT INTO bank_itemreport (version_id, reporter_id, text, reported_at, reply) "
            "SELECT i.version_id, a.candidate_id, 'B works as well since May.', now(), '' FROM delivery_attempt a "
            "JOIN exams_formitem i ON i.form_id = a.form_id AND i.position = 1 WHERE a.uuid = %s RETURNING uuid",
            [scored[0] if scored else None],
        ).fetchone()
        form = connection.execute("SELECT code FROM exams_form ORDER BY id LIMIT 1").fetchone()
        asked = connection.execute(
            "SELECT i.code FROM exams_formitem f JOIN bank_itemversion v ON v.id = f.version_id "
            "JOIN bank_item i ON i.id = v.item_id WHERE f.is_scored ORDER BY f.id LIMIT 1"
        ).fetchone()
    assert scored
    assert problem
    assert offer
    assert item
    assert form
    assert asked
    assert person
    return {
        "nobody": {"sign-in": "/accounts/login/", "sign-up": "/accounts/signup/", "not-found": "/nothing/"},
        "student@example.com": {
            "home": "/", "instructions": f"/mocks/{offer[0]}/", "paper": f"{attempt}#item-2",
            "paper-multiple": f"{attempt}#item-5", "paper-review": f"{attempt}review/", "sign-out": "/accounts/logout/",
        },
        "instructor@example.com": {
            "items": "/bank/items/", "item": f"/bank/items/{item[0]}/", "item-new": "/bank/dop-c02/new/",
            "problems": "/bank/problems/", "problem": f"/bank/problems/{problem[0]}/reply/",
            "correct": f"/bank/items/{asked[0]}/key/", "forms": "/forms/", "cut": f"/forms/{form[0]}/cut/",
            "judge": f"/forms/{form[0]}/judging/",
        },
        "admin@example.com": {
            "live": f"/live/{offer[0]}/", "cohorts": "/cohorts/", "cohort": "/cohorts/platform-team/",
            "health": "/health/", "told": "/outcomes/", "calibrations": "/calibrations/",
            "calibration": "/calibrations/dop-c02/",
            "assignments": "/assignments/", "assignment-new": "/assignments/new/",
            "assignment": f"/assignments/{offer[0]}/", "accommodations": "/accommodations/?search=student",
            "accommodation": f"/accommodations/{person[0]}/",
        },
        _open_door(scored[1]): {
            "history": "/", "report": f"/attempts/{scored[0]}/report/",
            "replay": f"/attempts/{scored[0]}/replay/", "weak-areas": f"/attempts/{scored[0]}/weak-areas/",
            "item-review": f"/attempts/{scored[0]}/items/",
            "outcomes": "/outcomes/dop-c02/", "predictions": "/calibration/dop-c02/",
            "item-review-one": f"/attempts/{scored[0]}/items/#item-4",
            "problem-report": f"/attempts/{scored[0]}/items/2/problem/",
        },
    }  # fmt: skip


def _open_door(email: str) -> str:
    """Let a simulated person sign in, and return who. Only here: the database is thrown away afterwards."""
    manage(
        "shell",
        "-c",
        "from apps.accounts.models import User; from django.contrib.auth.hashers import make_password; "
        f"User.objects.filter(email={email!r}).update(password=make_password({PASSWORD!r}))",
    )
    return email


def _take(browser: Browser, address: str, who: str, pages: dict[str, str]) -> None:
    signed_in = _signed_in(browser, address, who)
    for scheme, width in LOOKS:
        size: ViewportSize = {"width": width, "height": 900}
        with browser.new_context(color_scheme=scheme, viewport=size, storage_state=signed_in) as context:
            page = context.new_page()
            problems = list[str]()
            page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)  # noqa: B023
            page.on("pageerror", lambda error: problems.append(str(error)))  # noqa: B023
            for name, path in pages.items():
                page.goto("about:blank")
                page.goto(address + path)
                page.wait_for_timeout(150)
                page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=name not in WINDOW_ONLY)
                _complain(page, f"{name} {width} {scheme}", problems)


def _complain(page: Page, where: str, problems: list[str]) -> None:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if "not-found" in where:
        problems.clear()  # the browser reports the page's own status
    found = [*problems, *([f"{over} px wider than the window"] if over > 0 else [])]
    problems.clear()
    for line in found:
        sys.stdout.write(f"{where}: {line}\n")


def _signed_in(browser: Browser, address: str, who: str) -> StorageState | None:
    if who == "nobody":
        return None
    with browser.new_context() as context:
        _sign_in(context.new_page(), address, who)
        return context.storage_state()


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "login" not in url)


if __name__ == "__main__":
    main()
