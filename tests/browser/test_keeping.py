"""What the page keeps when the network, the tab, the browser or a second page get in the way; marks and keys."""

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.acts import (
    OpenPage,
    move_deadline,
    pick,
    saved,
    show,
    sign_in,
    start,
    stored,
    uuid_of,
)
from tests.browser.site import Site
from tests.chromium import launch_kept

pytestmark = pytest.mark.browser


def test_r02_offline_answers_wait_on_the_device_and_are_sent_later(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    page.context.set_offline(True)
    pick(page, 1)
    pick(page, 2)
    expect(page.locator("#save-state")).to_contain_text("Not saved yet, kept on this device")
    assert stored(site, page) == 0
    page.context.set_offline(False)
    saved(page)
    assert stored(site, page) == 2


def test_r02_a_tab_closed_with_entries_waiting_loses_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    url = page.url
    context = page.context
    context.set_offline(True)
    pick(page, 3, 1)
    expect(page.locator("#save-state")).to_contain_text("Not saved yet")
    page.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    again.goto(url)
    expect(again.locator("#item-3 .option__control").nth(1)).to_be_checked()
    saved(again)
    assert stored(site, again) == 1


def test_r02_a_killed_browser_brings_back_every_choice_and_the_right_time(
    site: Site, playwright: Playwright, tmp_path: Path
) -> None:
    email = site.new_student()
    first = launch_kept(playwright, tmp_path, site.address)
    page = first.pages[0]
    page.goto("/accounts/login/")
    sign_in(page, email)
    start(page)
    url = page.url
    pick(page, 1)
    saved(page)
    first.set_offline(True)
    for position in (2, 3, 4):
        pick(page, position, 1)
    expect(page.locator("#save-state")).to_have_text("Not saved yet, kept on this device (3)")
    _kill(tmp_path)
    again = launch_kept(playwright, tmp_path, site.address)
    page = again.pages[0]
    page.goto(url)
    if "login" in page.url:  # the killed browser may not have kept its cookie
        sign_in(page, email)
    for position in (2, 3, 4):
        expect(page.locator(f"#item-{position} .option__control").nth(1)).to_be_checked()
    saved(page)
    assert stored(site, page) == 4
    left = "SELECT extract(epoch FROM deadline_at - now()) FROM delivery_attempt WHERE uuid = %s"
    seconds = float(site.sql(left, uuid_of(page))[0][0])
    hours, minutes = (int(number) for number in re.findall(r"\d+", page.locator("#timer").inner_text()))
    assert -5 < seconds - hours * 3600 - minutes * 60 < 65
    again.close()


def _kill(profile: Path) -> None:
    """Kill the browser that runs on this profile, with all its processes, as a power cut would."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and f"--user-data-dir={profile}" in _command(entry):
            os.kill(int(entry.name), signal.SIGKILL)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize("late", [False, True], ids=["within the grace", "after it"])
def test_r16_answers_chosen_offline_before_the_deadline(site: Site, open_page: OpenPage, late: bool) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    move_deadline(site, page, 5)
    page.reload()
    page.context.set_offline(True)
    pick(page, 1)
    pick(page, 2)
    expect(page.locator("#timer")).to_have_text("0 s left", timeout=15_000)
    expect(page.locator("#announcer")).to_contain_text("The time is over. Your answers are being submitted.")
    if late:
        move_deadline(site, page, -11)
    page.context.set_offline(False)
    if late:
        notice = page.locator("#exam-notice")
        expect(notice).to_contain_text("Some answers came after the time was over. They are kept", timeout=45_000)
        assert (stored(site, page), stored(site, page, "late")) == (0, 2)
        saved(page)
        move_deadline(site, page, -30)
        notice.get_by_role("button", name="Go to the result").click()
    page.locator("#headline").wait_for(timeout=45_000)
    assert stored(site, page) == (0 if late else 2)


def test_a_note_is_kept_while_it_is_written(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    note = "SELECT value FROM delivery_responseevent e JOIN delivery_attempt a ON a.id = e.attempt_id "
    note += "WHERE a.uuid = %s AND kind = 'note' ORDER BY seq DESC LIMIT 1"
    item = page.locator("#item-1")
    item.get_by_text("Note and confidence").click()
    item.get_by_label("Note to yourself").press_sequentially("Compare")
    saved(page)
    expect(item.get_by_label("Note to yourself")).to_be_focused()
    assert site.sql(note, uuid_of(page)) == [("Compare",)]
    # Written and closed at once: it leaves with the page.
    item.get_by_label("Note to yourself").press_sequentially(" Regions")
    uuid, other = uuid_of(page), page.context.new_page()
    page.close()
    other.goto(f"/attempts/{uuid}/")
    expect(other.locator("#item-1").get_by_label("Note to yourself")).to_have_value("Compare Regions")


def test_r24_two_tabs_say_so_and_follow_each_other(site: Site, open_page: OpenPage) -> None:
    first = open_page(site.new_student(), network_may_fail=True)
    start(first)
    second = first.context.new_page()
    second.goto(first.url)
    for page in (first, second):
        expect(page.locator("#exam-notice")).to_contain_text("open in another tab too")
    pick(second, 4, 2)
    saved(second)
    expect(first.locator("#item-4 .option__control").nth(2)).to_be_checked()
    pick(first, 4, 0)
    saved(first)
    # Of two changes the later one counts, whichever tab made it and whenever it arrived.
    first.context.set_offline(True)
    pick(second, 5, 1)
    pick(first, 5, 3)
    first.context.set_offline(False)
    for page in (first, second):
        saved(page)
        page.reload()
        expect(page.locator("#item-4 .option__control").nth(0)).to_be_checked()
        expect(page.locator("#item-5 .option__control").nth(3)).to_be_checked()


def test_r24_two_devices_say_so_and_the_later_change_counts(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    first, second = open_page(email), open_page(email)
    start(first)
    second.goto(first.url)
    pick(second, 4, 2)
    saved(second)
    pick(first, 6, 1)
    expect(first.locator("#exam-notice")).to_contain_text("open on another device too")
    pick(first, 4, 1)
    saved(first)
    second.reload()
    expect(second.locator("#item-4 .option__control").nth(1)).to_be_checked()
    expect(second.locator("#item-6 .option__control").nth(1)).to_be_checked()


def test_marks_survive_a_reload(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    item = page.locator("#item-1")
    item.locator("[data-strike]").nth(1).click()
    item.locator(".item__stem p").first.select_text()
    page.keyboard.press("m")
    item.get_by_text("Note and confidence").click()
    item.get_by_label("Note to yourself").fill("Compare the Regions")
    item.get_by_label("Unsure").check()
    saved(page)
    page.reload()
    expect(item.locator("[data-strike]").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(item.get_by_label("Note to yourself")).to_have_value("Compare the Regions")
    expect(item.get_by_label("Unsure")).to_be_checked()
    assert page.evaluate("CSS.highlights.get('marked').size") == 1
    page.get_by_role("button", name="Unsure").click()
    expect(page.locator(".navigator__grid li:visible")).to_have_count(1)


def test_single_keys_choose_strike_and_move_and_can_be_switched_off(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    single = next(question.position for question in site.questions() if question.pack["choose"] == 1)
    show(page, single)
    options = page.locator(f"#item-{single} .option__control")
    page.keyboard.press("b")
    expect(options.nth(1)).to_be_checked()
    page.keyboard.press("Shift+C")
    expect(page.locator(f"#item-{single} [data-strike]").nth(2)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(page.locator(f"#item-{single} [name=flag]")).to_be_checked()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Single keys work").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("d")
    expect(options.nth(1)).to_be_checked()


def test_a_key_right_after_going_on_means_the_question_gone_to(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    page.evaluate(
        """() => {
            document.querySelector("#item-1").toggleAttribute("data-warned", true);
            for (const key of ["n", "b"])
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        }"""
    )
    expect(page.locator("#position")).to_have_text("Question 2 of 75")
    expect(page.locator("#item-2 .option__control").nth(1)).to_be_checked()
    expect(page.locator("#item-1 .option__control:checked")).to_have_count(0)


def test_the_skip_link_leaves_the_question_where_it_is(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    show(page, 7)
    page.locator(".skip-link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    expect(page.locator("#position")).to_have_text("Question 7 of 75")
    page.go_back()
    page.wait_for_url("**#item-7")
    expect(page.locator("#position")).to_have_text("Question 7 of 75")


def test_an_item_that_was_not_read_to_the_end_is_said_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), viewport={"width": 320, "height": 480})
    start(page)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#note-1")).to_contain_text("You have not seen all of this question yet")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#position")).to_have_text("Question 2 of 75")
