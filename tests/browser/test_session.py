"""The session ends during the exam: what is asked for, and that nothing is lost or mixed by it (R-23)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import OpenPage, finish, pick, saved, sign_everybody_out, sign_in, sign_in_again, start, stored
from tests.browser.gates import standing
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def test_r23_a_deleted_session_is_renewed_in_place_up_to_the_report(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    sign_everybody_out(site)
    pick(page, 1)
    saved(page)
    assert stored(site, page) == 1, "saves need the ticket alone"
    page.get_by_role("button", name="Review and submit").click()
    sign_in_again(page, "not the password")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_role("alert")).to_contain_text("not correct")
    expect(dialog.get_by_label("Password")).to_be_focused()
    assert standing(page) == []
    dialog.get_by_role("button", name="Not now").click()
    expect(page.locator("#exam-notice")).to_contain_text("You are not signed in. Your answers are kept")
    assert page.evaluate("document.activeElement !== document.body")
    page.locator("#exam-notice").get_by_role("button", name="Close this notice").click()
    page.get_by_role("button", name="Review and submit").click()
    sign_in_again(page)
    page.wait_for_url("**/review/")
    expect(page.get_by_role("heading", level=1)).to_have_text("74 questions without an answer")
    sign_everybody_out(site)
    page.get_by_label("I have finished").check()
    page.get_by_role("button", name="Submit the exam").click()
    sign_in_again(page)
    page.locator("#headline").wait_for(timeout=30_000)


def test_r23_a_refused_ticket_is_renewed_and_the_queue_goes_on(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    refuse = "document.getElementById('paper').dataset.ticket = 'not:ours'"
    page.evaluate(refuse)
    pick(page, 1)
    saved(page)
    assert stored(site, page) == 1, "with a session, a new ticket is fetched without a word"
    sign_everybody_out(site)
    page.evaluate(refuse)
    pick(page, 2)
    notice = page.locator("#exam-notice")
    expect(notice).to_contain_text("This page has lost its sign-in to the exam. Your answers are kept on this device")
    pick(page, 3)
    expect(page.locator("#save-state")).to_contain_text("Not saved yet, kept on this device")
    notice.get_by_role("button", name="Sign in again").click()
    sign_in_again(page)
    saved(page)
    assert stored(site, page) == 3


def test_r23_somebody_else_who_signs_in_gets_nothing_of_it(site: Site, open_page: OpenPage) -> None:
    email, other = site.new_student(), site.new_student()
    page = open_page(email, network_may_fail=True)
    start(page)
    sign_everybody_out(site)
    tab = page.context.new_page()
    tab.goto("/accounts/login/")
    sign_in(tab, other)
    start(tab)
    pick(tab, 2)
    saved(tab)
    pick(page, 1)
    saved(page)
    page.get_by_role("button", name="Review and submit").click()
    words = f"Somebody else is signed in here now. This exam belongs to {email}"
    expect(page.get_by_role("dialog")).to_contain_text(words)
    sign_in_again(page)
    page.wait_for_url("**/review/")
    assert (stored(site, page), stored(site, tab)) == (1, 1)
    # The sign-in has changed the CSRF token under this page and the other; its forms take the present one.
    again = page.context.new_page()
    sign_everybody_out(site)
    again.goto("/accounts/login/")
    sign_in(again, email)
    finish(page)


def test_w13_without_javascript_a_dead_session_loses_no_posted_answer(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    page = open_page(email, java_script_enabled=False)
    start(page)
    for position in (1, 2, 3):
        page.locator(f"#item-{position} .option__label").first.click()
    sign_everybody_out(site)
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d:\d\d UTC"))).to_be_visible()
    sign_in(page, email)
    page.wait_for_url("**/review/")
    multiple = sum(question.pack["choose"] > 1 for question in site.questions()[:3])
    assert stored(site, page) == 3
    expect(page.get_by_text(re.compile("Question [123]: 1 of"))).to_have_count(multiple)
