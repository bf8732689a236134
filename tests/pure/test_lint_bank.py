"""The rules that only show over many items, the guesser and the report."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date

import pytest

from apps.bank.content import ItemContent
from apps.bank.lint import BANK_RULES, build_report, guess, lint_bank, report_lines
from apps.bank.lint.measures import key_lengths, key_places, word_count
from apps.bank.lint.similarity import nearest_pair, similar_pairs
from apps.interchange.services import load_pack
from tests.live import ROOT
from tests.pure.flawless import AS_OF, CERTIFICATION, ITEM, bank, with_texts

RETOLD = replace(
    ITEM,
    code="pg-retold",
    stem=ITEM.stem.replace("museum", "zoo")
    .replace("forty", "fifty")
    .replace("seven", "eight")
    .replace("summer", "fall"),
)
RELATED = with_texts(RETOLD, *(f"Another thing {number} entirely." for number in range(4)))


def keys(items: list[ItemContent], change: Callable[[str], str]) -> list[ItemContent]:
    """Return the items with the text of every key changed."""
    return [
        replace(i, options=tuple(replace(o, text=change(o.text)) if o.is_keyed else o for o in i.options))
        for i in items
    ]


def at_first_place(items: list[ItemContent]) -> list[ItemContent]:
    """Return the items with every key moved to the front."""
    return [replace(i, options=tuple(sorted(i.options, key=lambda option: not option.is_keyed))) for i in items]


def echoing(items: list[ItemContent]) -> list[ItemContent]:
    """Return the items with keys that repeat the first word of their stem, at the same length."""
    return [keys([i], lambda text, i=i: i.stem.split()[0] + text[7:])[0] for i in items]  # type: ignore[misc] # i bound


GOOD = bank()
# By rule: a bank with the flaw. Nothing is found in GOOD.
CASES: dict[str, list[ItemContent]] = {
    "code-twice": [*GOOD, replace(bank(29)[-1], code=GOOD[0].code)],
    "duplicate": [*GOOD, ITEM, RETOLD],
    "near-duplicate": [*GOOD, ITEM, RELATED],
    "key-longest-share": keys(GOOD, lambda text: text + " more"),
    "key-shortest-share": keys(GOOD, lambda text: text[:-2]),
    "key-length-ratio": keys(GOOD, lambda text: text + " and more"),
    "key-position": at_first_place(GOOD),
    "guesser": echoing(GOOD),
    "blueprint": [item for item in GOOD if item.state != "pilot"],
    "objective-uncovered": [item for item in GOOD if item.objective != "1.2"],
    "topic-uncovered": [replace(item, topics=("views",)) for item in GOOD],
    "review-overdue": [replace(GOOD[0], review_due=date(2026, 11, 27)), *GOOD[1:]],
}


def found(items: list[ItemContent]) -> set[str]:
    """Return the ids of the rules that complain about a bank."""
    return {finding.rule for finding in lint_bank(items, CERTIFICATION, AS_OF)}


def test_every_rule_over_many_items_has_a_case() -> None:
    assert sorted(rule.id for rule in BANK_RULES) == sorted(CASES)


def test_nothing_is_found_in_a_bank_without_flaw() -> None:
    assert lint_bank(GOOD, CERTIFICATION, AS_OF) == []


@pytest.mark.parametrize("rule", CASES)
def test_a_flaw_of_the_bank_is_seen(rule: str) -> None:
    assert rule in found(CASES[rule])


def test_findings_of_a_bank_name_place_and_remedy() -> None:
    for items in CASES.values():
        for finding in lint_bank(items, CERTIFICATION, AS_OF):
            assert finding.place
            assert finding.message.endswith(".")
            assert finding.remedy


def test_few_items_say_nothing_of_lengths_and_places() -> None:
    few = keys(at_first_place(GOOD), lambda text: text + " and more")[:12]
    assert {finding.rule for finding in lint_bank(few)} == set()


def test_keys_that_are_spread_unevenly_without_an_outlier_are_seen() -> None:
    items = bank(84)[:80]
    # 29, 29, 11, 11: no place is three standard deviations (11.6) from 20, all together are beyond chance.
    order = [0] * 29 + [1] * 29 + [2] * 11 + [3] * 11
    moved = []
    for item, place in zip(items, order, strict=True):
        rest = [option for option in item.options if not option.is_keyed]
        moved.append(replace(item, options=(*rest[:place], item.keyed[0], *rest[place:])))
    (finding,) = [f for f in lint_bank(moved) if f.rule == "key-position"]
    assert "29, 29, 11, 11" in finding.message


def test_chi_square_and_its_probability_are_the_published_ones() -> None:
    items = bank(34)[:30]
    placed = at_first_place(items[:15]) + [replace(i, options=at_first_place([i])[0].options[::-1]) for i in items[15:]]
    (places,) = key_places(placed)
    assert places.counts == (15, 0, 0, 15)
    # (7.5² × 4) / 7.5 = 30 with three degrees of freedom.
    assert places.chi_square == pytest.approx(30)
    assert places.p == pytest.approx(1.38e-6, rel=0.01)


def test_a_story_told_again_is_a_duplicate_whatever_the_names() -> None:
    others = [*GOOD, ITEM]
    (pair,) = similar_pairs([*others, RETOLD], 0.75)
    assert (pair.first, pair.second) == (ITEM.code, RETOLD.code)
    assert 0.5 <= similar_pairs([*others, RELATED], 0.4)[0].similarity < 0.75
    assert similar_pairs(others, 0.1) == []


def test_the_nearest_pair_is_named_even_when_it_is_far_apart() -> None:
    nearest = nearest_pair(GOOD)
    assert nearest is not None
    assert nearest.similarity == pytest.approx(0)
    assert nearest_pair(GOOD[:1]) is None


def test_lengths_share_ties_and_count_both_units() -> None:
    lengths = key_lengths(GOOD, word_count)
    assert (lengths.n, lengths.longest, lengths.shortest, lengths.ratio) == (26, 0.25, 0.25, 1.0)
    short = key_lengths(keys(GOOD, lambda text: text[:-1]), len)
    assert (short.longest, short.shortest) == (0, 1)


def test_a_guesser_is_found_out_when_the_keys_give_themselves_away() -> None:
    by_trick = {attempt.trick: attempt for attempt in guess(keys(GOOD, lambda text: text + " more"))}
    longest = by_trick["the longest option"]
    assert (longest.hits, longest.chance, longest.n) == (26, 6.5, 26)
    assert longest.gain == pytest.approx(0.75)
    assert by_trick["the shortest option"].hits == 0


def test_a_test_wise_guesser_gains_little_on_the_shipped_bank() -> None:
    # Ten points on about sixty single items is under two standard errors of a guesser. A trick that hits far less than
    # chance is a cue too: it tells what to strike out.
    for attempt in guess(list(load_pack(ROOT / "fixtures" / "dop-c02").items.values())):
        assert abs(attempt.gain) < 0.10, attempt


def test_the_report_counts_what_is_there_for_any_certification() -> None:
    report = build_report(GOOD, CERTIFICATION, AS_OF)
    first, second = report.domains
    assert report.kinds == {"choose 1 of 4": 26, "choose 2 of 4": 2}
    assert report.states == {"active": 26, "pilot": 2}
    assert [(o.code, o.items) for o in first.objectives] == [("1.1", 7), ("1.2", 7)]
    assert (first.active, first.pilot, second.active, second.pilot) == (13, 1, 13, 1)
    assert first.angoff.n == 14
    assert [first.angoff.mean, second.angoff.least] == pytest.approx([0.5, 0.6])
    assert {topic.slug: topic.items for topic in report.topics} == {"views": 7, "indexes": 7, "backups": 14}
    # Ten items of 20 words of stem, one of lead-in and 40 of options.
    assert (report.reading.items, report.reading.words) == (10, 610)
    assert report.reading.minutes == pytest.approx(3.05)
    assert (report.references.mean, report.overdue, report.next_review) == (1, 0, ITEM.review_due)
    assert {row.n for row in report.guesses} == {26}


def test_the_printed_report_says_what_is_met_missing_and_uncovered() -> None:
    good = "\n".join(report_lines(build_report(GOOD, CERTIFICATION, AS_OF)))
    assert "NOT MET" not in good
    assert "MISSING" not in good
    bad = keys([replace(i, topics=("views",)) for i in GOOD if i.domain == 1], lambda text: text + " more")
    said = "\n".join(report_lines(build_report(bad, CERTIFICATION, AS_OF)))
    assert "key is the longest option, in words: 100% of 13 single items; goal ≤ 33%: NOT MET" in said
    assert "domain 2 without an item (1): backups" in said
    assert "a form wants 3, 3 MISSING" in said


def test_a_report_of_nothing_is_a_report() -> None:
    report = build_report([], CERTIFICATION, AS_OF)
    assert "ITEMS  0" in "\n".join(report_lines(report))
    assert report.domains[0].angoff.mean is None


def test_the_report_is_plain_data() -> None:
    told = json.loads(json.dumps(asdict(build_report(GOOD, CERTIFICATION, AS_OF)), default=str))
    assert told["as_of"] == "2026-11-28"
    assert told["key_places"][0]["counts"] == [6, 6, 7, 7]
