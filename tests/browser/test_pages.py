"""Every main page in every look, by the gates; and the pages that htmx changes (W-05, W-20, W-21)."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import OpenPage
from tests.browser.gates import focus_by_tab, in_every_look, lost_focus, standing
from tests.browser.site import Site

pytestmark = pytest.mark.browser


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
    offer = site.sql("SELECT uuid FROM delivery_assignment ORDER BY id LIMIT 1")[0][0]
    person = site.sql("SELECT uuid FROM accounts_user WHERE email = 'student@example.com'")[0][0]
    item = site.sql("SELECT code FROM bank_item WHERE code LIKE 'dop%%' ORDER BY code LIMIT 1")[0][0]
    # A problem that somebody has reported with the first question, so that inbox and review have one.
    site.sql(
        "INSERT INTO bank_itemreport (version_id, reporter_id, text, reported_at, reply) "
        "SELECT i.version_id, a.candidate_id, 'Option B works as well since May.', now(), '' FROM delivery_attempt a "
        "JOIN exams_formitem i ON i.form_id = a.form_id AND i.position = 1 WHERE a.uuid = %s ON CONFLICT DO NOTHING",
        attempt,
    )
    problem = site.sql("SELECT uuid FROM bank_itemreport ORDER BY id LIMIT 1")[0][0]
    form = site.sql("SELECT code FROM exams_form ORDER BY id LIMIT 1")[0][0]
    asked = site.sql(
        "SELECT i.code FROM exams_formitem f JOIN bank_itemversion v ON v.id = f.version_id "
        "JOIN bank_item i ON i.id = v.item_id ORDER BY f.id LIMIT 1"
    )[0][0]
    return {
        "": ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"],
        email: [
            "/",
            f"/mocks/{offer}/",
            f"/attempts/{attempt}/report/",
            f"/attempts/{attempt}/weak-areas/",
            f"/attempts/{attempt}/replay/",
            f"/attempts/{attempt}/items/?show=wrong",
            "/outcomes/dop-c02/",
            f"/attempts/{attempt}/items/2/problem/",
            "/accounts/logout/",
        ],
        "instructor@example.com": [
            "/bank/items/",
            f"/bank/items/{item}/",
            f"/bank/items/{asked}/key/",
            "/forms/",
            f"/forms/{form}/cut/",
            f"/forms/{form}/judging/",
            "/bank/dop-c02/new/",
            "/bank/problems/",
            f"/bank/problems/{problem}/reply/",
            f"/live/{offer}/",
            "/assignments/",
            "/assignments/new/",
            f"/assignments/{offer}/",
            "/accommodations/?search=student",
            "/outcomes/",
            f"/accommodations/{person}/",
        ],
        "admin@example.com": ["/cohorts/", "/cohorts/platform-team/", "/health/"],
    }


def test_w20_every_page_in_every_look(site: Site, open_page: OpenPage) -> None:
    found = []
    for email, paths in pages(site).items():
        page = open_page(email or None)
        for path in paths:
            page.goto(path)
            for look in in_every_look(page):
                found += [f"{path} {look}: {complaint}" for complaint in standing(page)]
    assert found == []


def test_w21_the_focus_is_seen_at_every_stop(site: Site, open_page: OpenPage) -> None:
    found = []
    for email, paths in pages(site).items():
        page = open_page(email or None)
        for path in paths:
            # The live table is swapped while the walk goes on, and a swap puts a table that scrolls sideways back.
            page.set_viewport_size({"width": 1280 if path.startswith("/live/") else 320, "height": 800})
            page.goto(path)
            found += [f"{path}: {complaint}" for complaint in focus_by_tab(page, most=40)]
    assert found == []


def test_the_editor_shows_findings_and_preview_while_writing(site: Site, open_page: OpenPage) -> None:
    page = open_page("instructor@example.com")
    code = site.sql("SELECT code FROM bank_item ORDER BY code LIMIT 1")[0][0]
    page.goto(f"/bank/items/{code}/")
    page.get_by_label("Lead-in").fill("Which solution does NOT work with the LEAST effort?")
    expect(page.locator("#check")).to_contain_text("It asks for what is not so")
    expect(page.locator("#check .preview")).to_contain_text("does NOT work")
    assert lost_focus(page) == []


def test_the_item_list_filters_without_a_reload_and_keeps_its_address(site: Site, open_page: OpenPage) -> None:
    page = open_page("instructor@example.com")
    page.goto("/bank/items/")
    page.get_by_label("State").focus()
    page.get_by_label("State").select_option("pilot")
    count = site.sql("SELECT count(*) FROM bank_item WHERE state = 'pilot'")[0][0]
    expect(page.locator("#items [role=status]")).to_have_text(f"{count} items")
    assert "state=pilot" in page.url
    expect(page.get_by_label("State")).to_be_focused()
    page.reload()
    expect(page.locator("#items [role=status]")).to_have_text(f"{count} items")


def test_swagger_is_served_from_here(open_page: OpenPage) -> None:
    page = open_page("student@example.com")
    page.goto("/api/schema/swagger-ui/")
    expect(page.get_by_text("/api/v1/certifications/").first).to_be_visible()
