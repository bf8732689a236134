"""The time that is left: what is shown, what is said, and that no clock of the device has a say (R-21, W-03)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import OpenPage, pick, saved, start, stored
from tests.browser.site import Site

pytestmark = pytest.mark.browser

# Everything that is said is kept, in order.
LISTEN = """
window.heard = [];
addEventListener("DOMContentLoaded", () => {
  const announcer = document.getElementById("announcer");
  const hear = () => announcer.textContent && heard.push(announcer.textContent);
  new MutationObserver(hear).observe(announcer, { childList: true });
});
"""
CLOCK_OF_THE_DEVICE = """
window.wrongBy = 7200000;
const real = Date;
window.Date = class extends real {
  constructor(...given) { given.length ? super(...given) : super(real.now() + window.wrongBy); }
  static now() { return real.now() + window.wrongBy; }
};
"""


def test_w03_the_time_is_said_at_six_marks_and_never_between(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True, script=LISTEN)
    page.clock.install()
    start(page)
    expect(page.locator("#timer")).to_have_text(re.compile(r"^2 h 59 min left$|^3 h 0 min left$"))
    # The server's time does not run with the page's; it would correct the page.
    page.context.set_offline(True)
    for _ in range(178):
        page.clock.fast_forward(60_000)
        page.clock.run_for(150)
    heard = [words for words in page.evaluate("heard") if "left" in words]
    assert [words.removeprefix("All answers are saved. ") for words in heard] == [
        f"{minutes} minutes left." for minutes in (60, 30, 15, 10, 5)
    ]
    page.clock.fast_forward(60_000)
    page.clock.run_for(150)
    assert page.evaluate("heard").count("1 minute left.") == 1
    expect(page.locator("#timer")).to_have_text(re.compile(r"^\d+ s left$"))


def test_f13_a_clock_wrong_by_two_hours_changes_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), script=CLOCK_OF_THE_DEVICE)
    start(page)
    timer = page.locator("#timer")
    expect(timer).to_have_text(re.compile(r"^2 h 59 min left$|^3 h 0 min left$"))
    # Set the other way in mid-exam: the page only asks the server.
    with page.expect_response("**/ticket/"):
        page.evaluate("window.wrongBy = -7200000")
    pick(page, 1)
    saved(page)
    expect(timer).to_have_text(re.compile(r"^2 h 59 min left$|^3 h 0 min left$"))
    expect(page.locator("#exam-notice")).to_be_empty()
    assert stored(site, page) == 1


def test_r21_the_time_never_jumps_up_without_saying_so(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    # A slow answer is not more time: the server spoke somewhere between the question and its answer.
    said = "detail => document.dispatchEvent(new CustomEvent('cutscore:clock', { detail }))"
    left = page.evaluate("Number(document.getElementById('timer').dataset.remainingMs)")
    page.evaluate(said, {"remaining": left, "sent": 0})
    expect(page.locator("#exam-notice")).to_be_empty()
    page.evaluate(said, {"remaining": left + 25_000, "sent": page.evaluate("performance.now()")})
    expect(page.locator("#exam-notice")).to_contain_text(re.compile(r"You have 2[4-9] seconds more\."))
    # After a sleep it jumps down, past several marks: only the time that is left is said.
    page.evaluate(said, {"remaining": 8.5 * 60_000, "sent": page.evaluate("performance.now()")})
    expect(page.locator("#announcer")).to_contain_text("8 min left.")
    expect(page.locator("#timer")).to_have_text("8 min left")


def test_more_time_reaches_an_idle_page_and_is_said(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    page = open_page(email)
    start(page)
    teacher = open_page("instructor@example.com")
    offer = site.sql("SELECT uuid FROM delivery_assignment WHERE title = 'DOP-C02 mock exam A'")[0][0]
    teacher.goto("/assignments/")
    teacher.locator(f"a[href='/live/{offer}/']").first.click()
    teacher.get_by_label("Name or e-mail address").fill(email)
    teacher.get_by_role("button", name=f"Give {email} 30 minutes more").click()
    expect(teacher.get_by_text("30 minutes more")).to_be_visible()
    # The table is swapped every five seconds, and the keyboard stays where it was (W-05).
    button = teacher.get_by_role("button", name=f"Give {email} 5 minutes more")
    button.focus()
    with teacher.expect_response(re.compile(r"/live/.*page=")):
        pass
    teacher.wait_for_timeout(200)
    expect(button).to_be_focused()
    expect(page.locator("#exam-notice")).to_contain_text("You have 30 minutes more.", timeout=20_000)
    expect(page.locator("#timer")).to_contain_text("3 h 2")
