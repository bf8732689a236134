"""The item linter: each rule fires on its flaw and is silent on a clean item."""

from dataclasses import replace

import pytest

from apps.bank.content import ItemContent
from apps.bank.lint import Severity, guess, lint_bank, lint_item
from apps.interchange.services import read_pack
from tests.live import ROOT

PACK = ROOT / "fixtures" / "dop-c02"


@pytest.fixture(scope="module")
def shipped() -> list[ItemContent]:
    """Return the shipped items."""
    return list(read_pack(PACK).items.values())


@pytest.fixture(scope="module")
def clean(shipped: list[ItemContent]) -> ItemContent:
    """Return a shipped single item without any finding."""
    return next(item for item in shipped if item.choose == 1 and not lint_item(item))


def rules(item: ItemContent) -> set[str]:
    """Return the ids of the rules that complain."""
    return {finding.rule for finding in lint_item(item)}


def with_option(item: ItemContent, number: int, **changes: object) -> ItemContent:
    """Return the item with one option changed."""
    options = list(item.options)
    options[number] = replace(options[number], **changes)  # type: ignore[arg-type] # fields by name
    return replace(item, options=tuple(options))


def key_of(item: ItemContent) -> int:
    """Return the place of the key."""
    return next(place for place, option in enumerate(item.options) if option.is_keyed)


def distractor_of(item: ItemContent) -> int:
    """Return the place of a distractor."""
    return next(place for place, option in enumerate(item.options) if not option.is_keyed)


def flaws(item: ItemContent) -> dict[str, ItemContent]:
    """Return the clean item with one flaw each, by the rule that must see it."""
    key, wrong = key_of(item), distractor_of(item)
    text = item.options[key].text
    return {
        "key-count": with_option(item, wrong, is_keyed=True, violates=()),
        "option-count": replace(item, options=item.options[:3] if key < 3 else item.options[1:]),
        "rationale": with_option(item, wrong, rationale=" "),
        "letter-named": with_option(item, wrong, rationale="Unlike option B, it fails."),
        "constraint-unknown": with_option(item, wrong, violates=("c99",)),
        "key-violates": with_option(item, key, violates=("c1",)),
        "distractor-free": with_option(item, wrong, violates=()),
        "mistake-unnamed": with_option(item, wrong, mistake=""),
        "constraints": replace(item, constraints=()),
        "reference": replace(item, references=()),
        "topic": replace(item, topics=()),
        "stem-length": replace(item, stem="Too short."),
        "option-length": with_option(item, wrong, text="Too short."),
        "key-longest": with_option(item, key, text=text + " and then repeat the whole procedure once more" * 5),
        "angoff": replace(item, angoff=0.95),
        "superlative": replace(item, lead_in="Which solution meets these requirements?"),
        "negative-lead-in": replace(item, lead_in="Which solution does NOT work with the LEAST effort?"),
        "catch-all": with_option(item, wrong, text="All of the above."),
        "absolute-words": with_option(item, wrong, text=item.options[wrong].text + " It never fails."),
        "vague": with_option(item, wrong, text=item.options[wrong].text + " It usually works."),
        "twin-options": with_option(item, wrong, text=text),
        "opposites": with_option(with_option(item, key, text="Enable it " + text), wrong, text="Disable it " + text),
        "parallel": with_option(item, wrong, text=item.options[wrong].text.rstrip(".")),
    }


RULES = [
    "key-count", "option-count", "rationale", "letter-named", "constraint-unknown", "key-violates", "distractor-free",
    "mistake-unnamed", "constraints", "reference", "topic", "stem-length", "option-length", "key-longest", "angoff",
    "superlative", "negative-lead-in", "catch-all", "absolute-words", "vague", "twin-options", "opposites", "parallel",
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_each_flaw_is_seen(clean: ItemContent, rule: str) -> None:
    assert rule in rules(flaws(clean)[rule])


def test_a_dead_service_in_the_key_is_an_error_and_in_a_distractor_none(clean: ItemContent) -> None:
    dead = {"AWS OpsWorks": "ended"}
    text = clean.options[key_of(clean)].text + " Use AWS OpsWorks."
    assert "dead-service" in {f.rule for f in lint_item(with_option(clean, key_of(clean), text=text), dead)}
    assert "dead-service" not in {f.rule for f in lint_item(with_option(clean, distractor_of(clean), text=text), dead)}


def test_near_duplicates_and_codes_are_seen_over_the_bank(clean: ItemContent) -> None:
    twin = replace(clean, code="dop-c02-twin")
    found = {finding.rule for finding in lint_bank([clean, twin, twin])}
    assert {"near-duplicate", "code-twice"} <= found


def test_keys_at_one_place_or_of_one_length_are_seen(shipped: list[ItemContent]) -> None:
    singles = [item for item in shipped if item.choose == 1]
    first = [
        replace(item, options=tuple(sorted(item.options, key=lambda option: not option.is_keyed))) for item in singles
    ]
    assert "key-position" in {finding.rule for finding in lint_bank(first)}
    long = [with_option(i, key_of(i), text=i.options[key_of(i)].text + " more words here now" * 6) for i in singles]
    assert "key-longest-share" in {finding.rule for finding in lint_bank(long)}


def test_every_finding_names_place_and_remedy(clean: ItemContent) -> None:
    for item in flaws(clean).values():
        for finding in lint_item(item):
            assert finding.place
            assert finding.message.endswith((".", "?", ")"))
            assert finding.remedy


def test_the_shipped_bank_has_no_error(shipped: list[ItemContent]) -> None:
    errors = [
        f"{item.code}: {finding.message}"
        for item in shipped
        for finding in lint_item(item)
        if finding.severity == Severity.ERROR
    ]
    assert errors == []
    assert [f for f in lint_bank(shipped) if f.severity == Severity.ERROR] == []


def test_a_test_wise_guesser_gains_little_on_the_shipped_bank(shipped: list[ItemContent]) -> None:
    # Ten points on about sixty single items is under two standard errors of a guesser. A trick that hits far less than
    # chance is a cue too: it tells what to strike out.
    for attempt in guess(shipped):
        assert abs(attempt.hits - attempt.chance) / attempt.n < 0.10, attempt


def test_a_guesser_is_found_out_when_the_keys_give_themselves_away(shipped: list[ItemContent]) -> None:
    singles = [item for item in shipped if item.choose == 1]
    long = [with_option(i, key_of(i), text=i.options[key_of(i)].text + " and more words" * 9) for i in singles]
    by_trick = {attempt.trick: attempt for attempt in guess(long)}
    assert by_trick["the longest option"].hits == len(singles)
