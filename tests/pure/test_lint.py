"""The rules for one item: each fires on its flaw, and none on an item without it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from apps.bank.content import ItemContent
from apps.bank.lint import BANK_RULES, ITEM_RULES, Severity, lint_bank, lint_item
from apps.interchange.services import load_pack
from tests.live import ROOT
from tests.pure.flawless import (
    AS_OF,
    HOURLY,
    ITEM,
    KEY,
    LATE,
    MULTIPLE,
    REPLICA,
    SERVICES,
    add_text,
    with_option,
    with_texts,
)  # fmt: skip

LONG_CODE = "\n\n```text\n" + "one two three four five six seven eight\n" * 30 + "```"
JSON = '\n\n```json\n{"a": [1, 2]}\n```\n\n```json\n"a": {"b": 1},\n"c": 2,\n```\n\n```json\n{"a": 1}\n{"a": 2}\n```'
TEMPLATE = "\n\n```yaml\nJob:\n  Type: Example::Job\n  Name: !Sub '${Stage}-job'\n  Role: !GetAtt Role.Arn\n```"
KEY_TEXT, REPLICA_TEXT, HOURLY_TEXT, LATE_TEXT = (option.text for option in ITEM.options)
REST = " of waiting for the lock of the copying job, after which a cashier sees a notice and the sale is kept on paper."
NUMBERS = ("90 seconds", "2 minutes", "1 hour", "1 day")


def stem(text: str) -> ItemContent:
    """Return the item with more text at the end of its stem."""
    return replace(ITEM, stem=ITEM.stem + text)


def lead_in(text: str) -> ItemContent:
    """Return the item with another lead-in."""
    return replace(ITEM, lead_in=text)


# By rule: an item with the flaw, and one that comes close to it without having it.
CASES: dict[str, tuple[ItemContent, ItemContent]] = {
    "key-count": (with_option(ITEM, REPLICA, is_keyed=True, violates=()), MULTIPLE),
    "option-count": (replace(ITEM, options=ITEM.options[:3]), MULTIPLE),
    "rationale": (with_option(ITEM, REPLICA, rationale=" "), ITEM),
    "letter-named": (
        with_option(ITEM, REPLICA, rationale="Unlike option B, it fails."),
        with_option(ITEM, REPLICA, rationale="Unlike the option with a view, it has a cost."),
    ),
    "constraints": (replace(ITEM, constraints=()), ITEM),
    "constraint-unknown": (with_option(ITEM, REPLICA, violates=("c99",)), ITEM),
    "key-violates": (with_option(ITEM, KEY, violates=("c1",)), ITEM),
    "distractor-free": (with_option(ITEM, REPLICA, violates=()), ITEM),
    "mistake-unnamed": (with_option(ITEM, REPLICA, mistake=""), ITEM),
    "constraint-idle": (with_option(ITEM, REPLICA, violates=("c1",)), ITEM),
    "feasible": (with_option(ITEM, HOURLY, is_feasible=False), ITEM),
    "reference": (replace(ITEM, references=()), ITEM),
    "reference-url": (replace(ITEM, references=(replace(ITEM.references[0], url="http://example.org"),)), ITEM),
    "takeaway": (replace(ITEM, takeaway="One. Two. Three. Four."), ITEM),
    "topic": (replace(ITEM, topics=()), ITEM),
    "review-due-missing": (replace(ITEM, review_due=None), ITEM),
    "angoff": (replace(ITEM, angoff=0.95), replace(ITEM, angoff=0.85)),
    "stem-limit": (replace(ITEM, stem="Too short."), stem(LONG_CODE)),
    "stem-length": (replace(ITEM, stem=ITEM.stem.split("Cashiers must")[0]), stem(LONG_CODE)),
    "option-length": (with_option(ITEM, REPLICA, text="Too short."), ITEM),
    "option-spread": (add_text(ITEM, REPLICA, " This goes on for ten or more words, and that is too much."), ITEM),
    "whole-length": (stem(" And so it goes" * 40), stem(LONG_CODE)),
    "key-longest": (add_text(ITEM, KEY, " And then the whole of it is done once more, and nothing else."), ITEM),
    "stem-word-in-key": (
        add_text(ITEM, KEY, " The museum keeps its reporting budget of the previous summer."),
        add_text(with_option(ITEM, KEY, text=KEY_TEXT.replace("readers", "museum readers")), LATE, " Budget counts."),
    ),
    "convergence": (
        with_texts(ITEM, "red blue green gold", "red blue iron lead", "green gold zinc neon", "lime pink grey onyx"),
        ITEM,
    ),
    "opposites": (
        with_texts(ITEM, KEY_TEXT, KEY_TEXT.replace("with a", "without a"), HOURLY_TEXT, LATE_TEXT),
        with_texts(
            ITEM,
            KEY_TEXT,
            KEY_TEXT.replace("with a", "without a"),
            HOURLY_TEXT.replace("during", "before"),
            HOURLY_TEXT.replace("during", "after"),
        ),
    ),
    "parallel": (with_option(ITEM, REPLICA, text=REPLICA_TEXT.rstrip(".")), ITEM),
    "twin-options": (with_option(ITEM, REPLICA, text=KEY_TEXT.replace("at six", "at five")), ITEM),
    "unsorted-numbers": (
        with_texts(ITEM, *(number + REST for number in reversed((*NUMBERS[1:], NUMBERS[0])))),
        with_texts(ITEM, *(number + REST for number in NUMBERS)),
    ),
    "json-artefact": (stem('\n\n```json\n{"a": 1, "a": 2}\n```'), stem(JSON)),
    "yaml-artefact": (stem("\n\n```yaml\nJob:\n  Type: a: b\n```"), stem(TEMPLATE)),
    "fence-open": (stem("\n\n```yaml\nJob: 1"), stem(TEMPLATE)),
    "choose-number": (replace(MULTIPLE, lead_in=ITEM.lead_in), MULTIPLE),
    "superlative": (lead_in("Which change meets these requirements?"), ITEM),
    "negative-lead-in": (
        lead_in("Which solution does NOT meet these requirements with the LEAST effort?"),
        lead_in("Which solution meets these requirements without a second server and with the LEAST effort?"),
    ),
    "lead-in-line": (lead_in("The museum grows.\nWhich change meets this with the LEAST effort?"), ITEM),
    "recall": (
        lead_in("Which service provides these views with the LEAST effort?"),
        lead_in("Which service account meets these requirements with the LEAST privilege?"),
    ),
    "scenario-free": (
        lead_in("Which access method is FASTEST?"),
        lead_in("Which change spares cashiers the wait with the LEAST effort?"),
    ),
    "catch-all": (
        with_option(ITEM, REPLICA, text="All of the above."),
        with_option(ITEM, REPLICA, text=REPLICA_TEXT.replace("the table", "all of these tables")),
    ),
    "absolute-words": (
        add_text(ITEM, REPLICA, " It never waits."),
        add_text(add_text(ITEM, REPLICA, " It never waits."), KEY, " It never waits."),
    ),
    "vague": (add_text(ITEM, REPLICA, " It usually works."), add_text(ITEM, REPLICA, " It works at night.")),
    "mixed-forms": (
        with_option(ITEM, REPLICA, text="A" + REPLICA_TEXT.removeprefix("Move the")),
        with_option(ITEM, REPLICA, text="For the reports, m" + REPLICA_TEXT.removeprefix("M")),
    ),
    "dead-service": (
        add_text(ITEM, KEY, " Use Classic Pooler."),
        with_option(
            add_text(ITEM, REPLICA, " Use Classic Pooler."), REPLICA, rationale="Classic Pooler has ended; it is gone."
        ),
    ),
    "dead-distractor": (
        add_text(ITEM, REPLICA, " Use Row Mirror."),
        with_option(add_text(ITEM, REPLICA, " Use Row Mirror."), REPLICA, rationale="It is closed to new customers."),
    ),
    "ending-service": (add_text(ITEM, KEY, " Use Tape Saver."), add_text(ITEM, REPLICA, " Use Tape Saver.")),
    "new-service": (replace(ITEM, services=("young",)), replace(ITEM, services=("grown",))),
    "service-moved": (replace(ITEM, services=("mirror",)), replace(ITEM, services=("pooler",))),
}  # fmt: skip


def found(item: ItemContent) -> list[str]:
    """Return the ids of the rules that complain."""
    return [finding.rule for finding in lint_item(item, SERVICES, AS_OF)]


def test_every_rule_has_a_case() -> None:
    assert sorted(rule.id for rule in ITEM_RULES) == sorted(CASES)


def test_the_handbook_lists_every_rule_and_no_other() -> None:
    chapter = (
        (ROOT / "docs" / "item-writing.md").read_text().split("## Flaws that a machine catches")[1].split("\n## ")[0]
    )
    listed = re.findall(r"`([a-z]+(?:-[a-z]+)*)`", chapter)
    assert sorted(listed) == sorted(rule.id for rule in (*ITEM_RULES, *BANK_RULES))


@pytest.mark.parametrize("rule", CASES)
def test_a_flaw_is_seen(rule: str) -> None:
    assert rule in found(CASES[rule][0])


@pytest.mark.parametrize("rule", CASES)
def test_nothing_is_found_where_no_flaw_is(rule: str) -> None:
    assert found(CASES[rule][1]) == []


@pytest.mark.parametrize(
    ("rule", "item"),
    [
        ("letter-named", with_option(ITEM, KEY, rationale="The first option has no index.")),
        ("letter-named", replace(ITEM, takeaway="Answer C is wrong. Read on.")),
        ("catch-all", with_option(ITEM, REPLICA, text="Both A and C.")),
        ("recall", lead_in("What is a materialized view?")),
        ("scenario-free", replace(ITEM, constraints=tuple(replace(c, source="lead_in") for c in ITEM.constraints))),
        ("unsorted-numbers", with_texts(ITEM, *(f"Wait for {n} hours." for n in (4, 1, 2, 3)))),
        ("opposites", with_option(ITEM, REPLICA, text=KEY_TEXT.replace("go on", "do not go on"))),
        ("opposites", with_texts(ITEM, "Keep at least 5 rows.", "Keep fewer than 5 rows.", HOURLY_TEXT, LATE_TEXT)),
        ("mixed-forms", lead_in("What is the MOST likely cause of these waits?")),
        ("mixed-forms", lead_in("The LEAST effort of these is an")),
        ("mixed-forms", with_texts(lead_in("What should the keeper do FIRST?"), *["The view is refreshed."] * 4)),
        ("mixed-forms", with_option(ITEM, LATE, text="Starting" + LATE_TEXT.removeprefix("Start"))),
        ("json-artefact", stem("\n\n```json\n" + "[" * 5000 + "]" * 5000 + "\n```")),
        ("yaml-artefact", stem("\n\n```yaml\n" + "[" * 5000 + "]" * 5000 + "\n```")),
        ("yaml-artefact", with_option(ITEM, KEY, rationale="So:\n\n```yaml\n- a\nb\n```")),
    ],
)
def test_a_flaw_is_seen_in_its_other_guises(rule: str, item: ItemContent) -> None:
    assert rule in found(item)


@pytest.mark.parametrize(
    "item",
    [
        lead_in("Which service control policy meets these requirements with the LEAST privilege?"),
        with_texts(
            lead_in("What is the MOST likely cause of these waits?"),
            *("The " + text[0].lower() + text[1:] for text in (KEY_TEXT, REPLICA_TEXT, HOURLY_TEXT, LATE_TEXT)),
        ),
        add_text(ITEM, REPLICA, " Pass `--always`."),
        add_text(ITEM, REPLICA, " Pass `--sometimes`."),
    ],
)
def test_what_only_looks_like_a_flaw_passes(item: ItemContent) -> None:
    assert found(item) == []


def test_options_that_differ_in_a_number_are_no_twins() -> None:
    hours = with_texts(
        ITEM, KEY_TEXT.replace("at six", "at 6"), KEY_TEXT.replace("at six", "at 5"), HOURLY_TEXT, LATE_TEXT
    )
    assert "twin-options" not in found(hours)
    assert "twin-options" in found(with_option(hours, REPLICA, text=KEY_TEXT.replace("at six", "at 6 precisely")))


def test_every_finding_names_place_and_remedy() -> None:
    for item, _ in CASES.values():
        for finding in lint_item(item, SERVICES, AS_OF):
            assert finding.place
            assert finding.message.endswith((".", "?", ")", "”"))
            assert finding.remedy.endswith(".")


def test_errors_come_first() -> None:
    item = with_option(replace(ITEM, angoff=0.9), REPLICA, rationale="")
    assert [finding.severity for finding in lint_item(item)] == [Severity.ERROR, Severity.WARNING]


def test_the_rules_of_english_leave_other_languages_alone() -> None:
    french = replace(ITEM, language="fr-CA", lead_in="Quelle solution convient le mieux ?")
    assert found(french) == []
    assert found(replace(french, language="en-GB")) != []


def test_age_is_judged_on_the_day_that_is_given() -> None:
    item = replace(ITEM, services=("young",))
    assert "new-service" not in [finding.rule for finding in lint_item(item, SERVICES)]
    assert "new-service" not in [finding.rule for finding in lint_item(item, SERVICES, AS_OF + timedelta(days=100))]


def test_the_shipped_bank_has_no_error() -> None:
    pack = load_pack(ROOT / "fixtures" / "dop-c02")
    errors = [
        f"{item.code}: {finding.place}: {finding.message}"
        for item in pack.items.values()
        for finding in lint_item(item, pack.certification.services)
        if finding.severity == Severity.ERROR
    ]
    assert errors == []
    assert [f for f in lint_bank(list(pack.items.values())) if f.severity == Severity.ERROR] == []
