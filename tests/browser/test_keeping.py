"""What the page keeps when the network, the tab, the session or a second page get in the way; marks, keys and time."""

import re

from playwright.sync_api import Page, expect

from tests.browser.site import Site
from tests.browser.test_sitting import OpenPage, start

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")


def pick(page: Page, position: int, place: int = 0) -> None:
    """Show an item and choose one of its options."""
    page.evaluate("hash => { location.hash = hash }", f"item-{position}")
    page.locator(f"#item-{position} .option__label").nth(place).click()


def saved(page: Page) -> None:
    """Wait until nothing is on its way."""
    expect(page.locator("#save-state")).to_have_text(SAVED, timeout=45_000)


def stored(site: Site, page: Page) -> int:
    """Return how many answers the server has accepted for the attempt of the page."""
    uuid = page.url.split("/attempts/")[1].split("/")[0]
    return int(
        site.sql(
            "SELECT count(DISTINCT position) FROM delivery_responseevent e "
            "JOIN delivery_attempt a ON a.id = e.attempt_id "
            "WHERE a.uuid = %s AND kind = 'answer' AND disposition = 'accepted'",
            uuid,
        )[0][0]
    )


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


def test_r23_saves_go_on_when_the_session_is_gone(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    page.context.clear_cookies()
    pick(page, 1)
    saved(page)
    assert stored(site, page) == 1


def test_r24_two_tabs_say_so_and_follow_each_other(site: Site, open_page: OpenPage) -> None:
    first = open_page(site.new_student())
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
    second.reload()
    expect(second.locator("#item-4 .option__control").nth(0)).to_be_checked()


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
    page.evaluate("hash => { location.hash = hash }", f"item-{single}")
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


def test_an_item_that_was_not_read_to_the_end_is_said_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), viewport={"width": 320, "height": 480})
    start(page)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#note-1")).to_contain_text("You have not seen all of this question yet")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#position")).to_have_text("Question 2 of 75")


def test_more_time_reaches_an_idle_page_and_is_said(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    page = open_page(email)
    start(page)
    teacher = open_page("instructor@example.com")
    teacher.goto("/live/")
    teacher.get_by_role("link", name="DOP-C02 mock exam A").click()
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
