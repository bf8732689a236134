"""Whole sittings by real clicks."""

import random
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acts import OpenPage, choose, finish, start
from tests.browser.site import Site, expected, plain

pytestmark = pytest.mark.browser


def check_report(page: Page, site: Site, right: dict[int, bool]) -> None:
    """Compare the report with an independent computation."""
    questions = site.questions()
    raw, scaled, domains = expected(questions, right)
    headline = page.locator("#headline")
    assert headline.get_attribute("data-scaled") == str(scaled), f"raw {raw}"
    low, high = (int(headline.get_attribute(f"data-{end}") or 0) for end in ("low", "high"))
    assert low <= scaled <= high
    assert low < high
    verdict = "This attempt passed" if raw >= 0.72 else "This attempt did not pass"
    expect(page.get_by_text(verdict)).to_be_visible()
    rows = page.locator(".dots tbody tr")
    assert rows.count() == 6
    for place, (hits, n) in enumerate(domains.values()):
        expect(rows.nth(place)).to_contain_text(f"{hits} of {n}")


def check_weak_areas(page: Page, site: Site, right: dict[int, bool]) -> None:
    """Compare the weak areas with an independent computation: evidence of each objective, and their order."""
    counted = [q for q in site.questions() if q.is_scored]
    answers = {
        objective: [right.get(q.position, False) for q in counted if q.objective == objective]
        for objective in {q.objective for q in counted}
    }
    page.locator("[data-area]").first.wait_for()
    for objective, results in answers.items():
        area = page.locator(f'[data-area="{objective}"]')
        expect(area).to_contain_text(f"{len(results)} answer{'s' * (len(results) > 1)}, {sum(results)} right")
    weights = {1: 22, 2: 17, 3: 15, 4: 15, 5: 14, 6: 17}
    sizes = {d: sum(q.pack["domain"] == d for q in counted) for d in weights}

    def loss(objective: str) -> float:
        domain = int(objective[0])
        return float(sum(weights[domain] / sizes[domain] * (0.72 - hit) for hit in answers[objective]))

    ranked = sorted((o for o, results in answers.items() if len(results) >= 5), key=lambda o: -loss(o))
    shown = page.locator("[data-area]").evaluate_all("nodes => nodes.map(node => node.dataset.area)")
    assert shown[: len(ranked)] == ranked
    assert "Too few answers" in page.locator("main").inner_text()


def test_a_whole_mock_by_clicks_with_a_reload_in_the_middle(site: Site, open_page: OpenPage) -> None:
    page = open_page("student@example.com")
    start(page)
    questions, rng = site.questions(), random.Random(20261124)
    assert len(questions) == 75
    right: dict[int, bool] = {}
    for question in questions:
        position = question.position
        expect(page.locator("#position")).to_have_text(f"Question {position} of 75")
        if position not in (7, 61):
            right[position] = rng.random() < 0.74
            choose(page, question, right=right[position])
        if position == 12:
            page.get_by_role("button", name="Flag", exact=True).click()
        if position == 38:
            expect(page.locator("#save-state")).to_contain_text("Saved")
            page.reload()
            expect(page.locator("#position")).to_have_text("Question 38 of 75")
            expect(page.locator(".navigator__cell[data-answered]")).to_have_count(37)
            expect(page.locator(".navigator__cell[data-flagged]")).to_have_count(1)
        if position < 75:
            # Whoever reads to the end is not asked whether anything was missed.
            page.locator(f"#item-{position} .option__label").last.scroll_into_view_if_needed()
            expect(page.locator(f"#item-{position}[data-seen]")).to_be_visible()
            page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 questions without an answer")
    for text in ("Question 7", "Question 61", "Question 12, answered, flagged"):
        expect(page.get_by_role("link", name=text, exact=True)).to_be_visible()
    finish(page)
    check_report(page, site, right)
    check_weak_areas(page, site, right)
    page.get_by_role("link", name="Review every question").click()
    expect(page.locator("article.reviewed")).to_have_count(75)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{75 - sum(right.values())} of 75")
    page.goto("/")
    expect(page.get_by_role("heading", name="What you have sat")).to_be_visible()


@pytest.mark.promise("R-17", "R-21")
def test_the_clock_runs_out_and_what_was_answered_counts(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    page = open_page(email)
    start(page)
    site.sql(
        "UPDATE delivery_attempt SET deadline_at = now() + interval '9 seconds' WHERE candidate_id = "
        "(SELECT id FROM accounts_user WHERE email = %s)",
        email,
    )
    page.reload()
    first = next(question for question in site.questions() if question.is_scored)
    page.goto(page.url.partition("#")[0] + f"#item-{first.position}")
    choose(page, first, right=True)
    expect(page.locator("#save-state")).to_contain_text("Saved")
    page.locator("#headline").wait_for(timeout=40_000)
    expect(page.get_by_text("The clock, ")).to_be_visible()
    check_report(page, site, {first.position: True})


def test_a_whole_mock_without_javascript(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student(), java_script_enabled=False)
    start(page)
    questions = site.questions()
    right = {q.position: q.position % 4 != 0 for q in questions}
    for question in questions[:40]:
        choose(page, question, right=right[question.position])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d:\d\d UTC"))).to_be_visible()
    expect(page.locator(".option__control:checked")).to_have_count(sum(q.pack["choose"] for q in questions[:40]))
    for question in questions[40:]:
        choose(page, question, right=right[question.position])
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Every question has an answer")
    finish(page)
    check_report(page, site, right)


def test_an_attempt_goes_on_in_another_browser(site: Site, open_page: OpenPage) -> None:
    email = site.new_student()
    first = open_page(email)
    start(first)
    question = site.questions()[2]
    first.goto(first.url.partition("#")[0] + f"#item-{question.position}")
    choose(first, question, right=True)
    expect(first.locator("#save-state")).to_contain_text("Saved")
    second = open_page(email)
    second.goto("/")
    second.get_by_role("link", name="Go on").click()
    expect(second.locator(".navigator__cell[data-answered]")).to_have_count(1)
    expect(second.locator(f"#item-{question.position} .option__control:checked")).to_have_count(question.pack["choose"])


def test_a_choice_too_many_is_taken_back_and_explained(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    start(page)
    question = next(q for q in site.questions() if q.pack["choose"] == 2)
    page.goto(page.url.partition("#")[0] + f"#item-{question.position}")
    options = page.locator(f"#item-{question.position} .option__label")
    for place in range(3):
        options.nth(place).click()
    expect(page.locator(f"#note-{question.position}")).to_have_text(
        "This question asks for two. Clear one of your choices first."
    )
    expect(page.locator(f"#item-{question.position} .option__control:checked")).to_have_count(2)


def test_w21_a_whole_mock_by_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.new_student())
    page.goto("/")
    press_on(page, "Read the instructions")
    page.wait_for_url("**/mocks/**")
    press_on(page, "Start the exam")
    page.wait_for_url("**/attempts/*/**")
    questions = site.questions()
    right = {question.position: question.position % 5 != 0 for question in questions}
    shown = page.evaluate(
        "[...document.querySelectorAll('.item')].map((item) => "
        "[...item.querySelectorAll('.option__text')].map((text) => text.innerText))"
    )
    for question, options in zip(questions, shown, strict=True):
        texts = [plain(text) for text in options]
        for text in question.texts(right=right[question.position]):
            page.keyboard.press("ABCDEFGH"[texts.index(text)].lower())
        if question.position == 75:
            break
        page.keyboard.press("n")
        if page.locator(f"#note-{question.position}").inner_text():
            page.keyboard.press("n")  # the end of a long question was not in view
        expect(page.locator(f"#item-{question.position + 1} .item__heading")).to_be_focused()
    press_on(page, "Review and submit")
    page.wait_for_url("**/review/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Every question has an answer")
    tab_to(page, "I have finished")
    page.keyboard.press("Space")
    press_on(page, "Submit the exam")
    page.locator("#headline").wait_for(timeout=30_000)
    check_report(page, site, right)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control with this name."""
    words = "document.activeElement.innerText || document.activeElement.closest('label')?.innerText || ''"
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(words).strip().startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name}.")


def press_on(page: Page, name: str) -> None:
    """Go to the control with this name by Tab, and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")
