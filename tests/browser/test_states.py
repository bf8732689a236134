"""The exam page in all its states, by every gate, in light and dark, wide and narrow (W-20, W-21, P9)."""

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import OpenPage, pick, saved, show, start, uuid_of
from tests.browser.gates import WATCH_SHIFTS, focus_by_tab, in_every_look, lost_focus, shifts, standing
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def states(page: Page, site: Site) -> Iterator[str]:
    """Bring the exam page into one state after the other, and name each."""
    yield "fresh"
    single, other, multiple = (
        int(page.locator(f".item[data-choose='{choose}']").nth(place).get_attribute("data-position") or 0)
        for choose, place in ((1, 0), (1, 1), (2, 0))
    )
    pick(page, single)
    page.get_by_role("button", name="Flag", exact=True).click()
    page.locator(f"#item-{single} [data-strike]").nth(1).click()
    saved(page)
    yield "answered, flagged, struck"
    item = page.locator(f"#item-{single}")
    item.get_by_text("Note and confidence").click()
    item.get_by_label("Note to yourself").fill("Compare")
    item.get_by_label("Unsure").check()
    yield "note and confidence"
    for place in range(3):
        pick(page, multiple, place)
    expect(page.locator(f"#note-{multiple}")).to_contain_text("Clear one of your choices first")
    yield "a choice too many"
    page.get_by_role("button", name="Display").click()
    yield "display and keys"
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_text("All questions").click()
    yield "list of questions"
    expect(page.locator("#navigator")).not_to_have_attribute("open", "")
    page.context.new_page().goto(page.url)
    expect(page.locator("#exam-notice")).to_contain_text("open in another tab")
    yield "notice"
    page.context.set_offline(True)
    pick(page, other)
    expect(page.locator("#save-state")).to_contain_text("Not saved yet")
    yield "not saved yet"
    page.context.set_offline(False)
    saved(page)
    page.locator("#exam-notice").get_by_role("button", name="Close this notice").click()
    page.get_by_role("button", name="Pause the exam").click()
    page.get_by_role("heading", name="Paused").wait_for()
    yield "paused"
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Review and submit").click()
    page.wait_for_url("**/review/")
    yield "review"
    page.locator("#finish").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Submit the exam").click()
    page.locator("#confirm-error").wait_for()
    yield "review, not confirmed"
    page.get_by_label("I have finished").check()
    page.get_by_role("button", name="Submit the exam").click()
    page.get_by_text("Your time is over and your timed answers are fixed.").wait_for()
    yield "blind review"
    page.get_by_role("button", name="Review and submit").click()
    page.wait_for_url("**/review/")
    yield "review of the blind review"
    uuid = uuid_of(page)
    with psycopg.connect(site.database) as held:
        held.execute("LOCK TABLE scoring_score IN EXCLUSIVE MODE")  # no score can be written
        page.get_by_label("I have finished").check()
        page.get_by_role("button", name="Finish blind review").click()
        page.get_by_role("heading", name="the score is being computed").wait_for()
        site.sql("UPDATE delivery_attempt SET submitted_at = now() + interval '1 hour' WHERE uuid = %s", uuid)
        yield "waiting for the score"
        site.sql("UPDATE delivery_attempt SET submitted_at = now() WHERE uuid = %s", uuid)
    page.locator("#headline").wait_for(timeout=30_000)
    yield "report"


def test_w20_the_exam_page_in_all_its_states(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    page = open_page(email, network_may_fail=True)
    start(page, site.offer_small(email))
    found = []
    for state in states(page, site):
        for look in in_every_look(page):
            found += [f"{state} {look}: {complaint}" for complaint in [*standing(page), *lost_focus_there(page, state)]]
    assert found == []


def lost_focus_there(page: Page, state: str) -> list[str]:
    """Return whether the focus is lost where somebody has acted; a page just loaded has none yet."""
    acted = {
        "answered, flagged, struck", "note and confidence", "a choice too many", "display and keys",
        "list of questions", "notice", "not saved yet",
    }  # fmt: skip
    return lost_focus(page) if state in acted else []


@pytest.mark.parametrize("width", [1280, 320])
def test_w21_the_focus_is_seen_and_uncovered_at_every_stop(site: Site, open_page: OpenPage, width: int) -> None:
    page = open_page(site.new_student(), viewport={"width": width, "height": 640})
    start(page)
    assert focus_by_tab(page) == []


def test_w05_the_focus_goes_where_the_person_goes(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), viewport={"width": 600, "height": 1600})
    start(page)
    heading = "document.activeElement.textContent"
    page.locator("#item-1 [name=flag]").evaluate("one => one.click()")  # the key F may be an option here
    acts: list[tuple[Callable[[], None], str]] = [
        (lambda: show(page, 2), "Question 2 of 75"),
        (lambda: page.get_by_role("button", name="Previous").click(), "Question 1 of 75, flagged"),  # then disabled
        (lambda: show(page, 74), "Question 74 of 75"),
        (lambda: page.keyboard.press("n"), "Question 75 of 75"),
    ]
    for act, words in acts:
        act()
        expect(page.locator("#position")).to_have_text(words.removesuffix(", flagged"))
        assert page.evaluate(heading) == words
    # The list of questions lies over the page on narrow windows, and goes away with the choice.
    page.get_by_text("All questions").click()
    page.get_by_role("button", name="Flagged").click()
    expect(page.locator(".navigator__grid li:visible")).to_have_count(1)
    page.get_by_role("link", name="Question 1, unanswered, flagged").click()
    assert page.evaluate(heading) == "Question 1 of 75, flagged"
    expect(page.locator("#navigator")).not_to_have_attribute("open", "")
    page.get_by_text("All questions").click()
    page.keyboard.press("Escape")
    expect(page.locator("#navigator summary")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 600, 320])
def test_p9_nothing_moves(site: Site, open_page: OpenPage, width: int) -> None:
    page = open_page(
        site.new_student(),
        network_may_fail=True,
        script=WATCH_SHIFTS,
        viewport={"width": width, "height": 800},
    )
    start(page)
    saved(page)
    assert shifts(page) == []
    # What moves within half a second of a press is excused by the browser; from here it is counted too.
    page.evaluate("window.countsAllShifts = true")
    page.locator("#item-1 .option__label").first.click()
    page.keyboard.press("f")
    page.keyboard.press("Shift+B")
    saved(page)
    page.context.set_offline(True)
    page.locator("#item-1 .option__label").nth(1).click()
    expect(page.locator("#save-state")).to_contain_text("Not saved yet")
    page.evaluate("cutscore.say('This exam is open on another device too.', 'Both save.')")
    page.context.set_offline(False)
    saved(page)
    assert shifts(page) == []
    # Another item is another page of the same book: the bars stay, and nothing moves after it is there.
    bars = (
        "[...document.querySelectorAll('.exam-bar, .exam-actions .button')]"
        ".map((one) => JSON.stringify(one.getBoundingClientRect()))"
    )
    before = page.evaluate(bars)
    page.evaluate("window.countsAllShifts = false")
    for position in (2, 12, 75):
        show(page, position)
        page.wait_for_timeout(600)
        assert page.evaluate(bars) == before
    assert shifts(page) == []


def test_w04_one_voice_says_saved_on_transitions_only(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    page.evaluate(
        "window.heard = []; new MutationObserver(() => announcer.textContent && heard.push(announcer.textContent))"
        ".observe(announcer, { childList: true })"
    )
    for position in (1, 2, 3):
        pick(page, position)
        saved(page)
    assert page.evaluate("heard") == []
    page.context.set_offline(True)
    for position in (4, 5):
        pick(page, position)
    expect(page.locator("#save-state")).to_have_text(re.compile(r"Not saved yet, kept on this device \(\d\)"))
    expect(page.locator("#announcer")).to_contain_text("Not saved yet")
    page.context.set_offline(False)
    saved(page)
    expect(page.locator("#announcer")).to_have_text("All answers are saved.")
    heard = page.evaluate("heard")
    assert len(heard) == 2
    assert heard[0].startswith("Not saved yet, kept on this device")
    assert heard[1] == "All answers are saved."


def test_w04_what_is_said_while_a_dialog_is_open_is_not_inert(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), network_may_fail=True)
    start(page)
    pick(page, 1)
    saved(page)
    page.keyboard.press("?")
    page.context.set_offline(True)
    page.locator("#item-1 input").nth(1).evaluate("one => one.click()")
    announcer = page.locator("#announcer")
    expect(announcer).to_contain_text("Not saved yet")
    assert announcer.evaluate("one => one.closest('dialog:modal') !== null")
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    expect(announcer).to_have_text("All answers are saved.")
    assert announcer.evaluate("one => one.parentElement === document.body")
