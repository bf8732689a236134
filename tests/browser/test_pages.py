"""Every main page, looked at by axe and by a narrow window."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.site import Site
from tests.browser.test_sitting import start

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def pages(site: Site) -> dict[str, list[str]]:
    """Return the addresses by visitor."""
    attempt, email = site.sql(
        "SELECT a.uuid, u.email FROM scoring_score s JOIN delivery_attempt a ON a.id = s.attempt_id "
        "JOIN accounts_user u ON u.id = a.candidate_id WHERE u.email LIKE 'simulated%%' ORDER BY s.id LIMIT 1"
    )[0]
    # The simulated person gets the password of the demo student, so that the browser can come in as somebody scored.
    site.sql(
        "UPDATE accounts_user SET password = (SELECT password FROM accounts_user WHERE email = 'student@example.com') "
        "WHERE email = %s",
        email,
    )
    offer = site.sql("SELECT uuid FROM delivery_assignment LIMIT 1")[0][0]
    person = site.sql("SELECT uuid FROM accounts_user WHERE email = 'student@example.com'")[0][0]
    item = site.sql("SELECT code FROM bank_item ORDER BY code LIMIT 1")[0][0]
    return {
        "": ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"],
        email: [
            "/",
            f"/mocks/{offer}/",
            f"/attempts/{attempt}/report/",
            f"/attempts/{attempt}/weak-areas/",
            f"/attempts/{attempt}/replay/",
            f"/attempts/{attempt}/items/?show=wrong",
            "/accounts/logout/",
        ],
        "instructor@example.com": [
            "/bank/items/",
            f"/bank/items/{item}/",
            "/bank/dop-c02/new/",
            f"/live/{offer}/",
            "/assignments/",
            "/assignments/new/",
            f"/assignments/{offer}/",
            "/accommodations/?search=student",
            f"/accommodations/{person}/",
        ],
        "admin@example.com": ["/cohorts/", "/cohorts/platform-team/", "/health/"],
    }


def violations(page: Page) -> list[str]:
    """Return what axe complains about, one line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{page.url} {v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Site, open_page: OpenPage, scheme: str) -> None:
    found = []
    for email, paths in pages(site).items():
        page = open_page(email or None, color_scheme=scheme)
        for path in paths:
            page.goto(path)
            found += violations(page)
    page = open_page(site.new_student(), color_scheme=scheme)
    start(page)
    found += violations(page)
    page.get_by_text("Note and confidence").first.click()
    page.get_by_role("button", name="Display").click()
    found += violations(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Review and submit").click()
    page.wait_for_url("**/review/")
    found += violations(page)
    assert found == []


def test_nothing_is_wider_than_a_small_telephone(site: Site, open_page: OpenPage) -> None:
    wide = []
    for email, paths in pages(site).items():
        page = open_page(email or None, viewport={"width": 320, "height": 640})
        for path in paths:
            page.goto(path)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wide += [f"{path}: {over} px"] if over > 0 else []
    assert wide == []


def test_the_editor_shows_findings_and_preview_while_writing(site: Site, open_page: OpenPage) -> None:
    page = open_page("instructor@example.com")
    code = site.sql("SELECT code FROM bank_item ORDER BY code LIMIT 1")[0][0]
    page.goto(f"/bank/items/{code}/")
    page.get_by_label("Lead-in").fill("Which solution does NOT work with the LEAST effort?")
    expect(page.locator("#check")).to_contain_text("It asks for what is not so")
    expect(page.locator("#check .preview")).to_contain_text("does NOT work")


def test_the_item_list_filters_without_a_reload_and_keeps_its_address(site: Site, open_page: OpenPage) -> None:
    page = open_page("instructor@example.com")
    page.goto("/bank/items/")
    page.get_by_label("State").select_option("pilot")
    count = site.sql("SELECT count(*) FROM bank_item WHERE state = 'pilot'")[0][0]
    expect(page.locator("#items [role=status]")).to_have_text(f"{count} items")
    assert "state=pilot" in page.url
    page.reload()
    expect(page.locator("#items [role=status]")).to_have_text(f"{count} items")


def test_swagger_is_served_from_here(open_page: OpenPage) -> None:
    page = open_page("student@example.com")
    page.goto("/api/schema/swagger-ui/")
    expect(page.get_by_text("/api/v1/certifications/").first).to_be_visible()
