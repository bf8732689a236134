"""The shipped bank holds what it promises: numbers, spread, second readers, and four forms that are alike."""

from collections import Counter
from functools import cache
from statistics import mean

import pytest
import yaml

from apps.bank.content import ItemContent
from apps.bank.lint import guess
from apps.interchange.services import Pack, load_pack
from tests.live import ROOT

FOLDER = ROOT / "fixtures" / "dop-c02"
# Four disjoint forms of 75: by domain what they need in all, pilots included.
LEAST = {1: 68, 2: 52, 3: 44, 4: 44, 5: 40, 6: 52}


@cache
def pack() -> Pack:
    """Return the shipped pack."""
    return load_pack(FOLDER)


def items() -> list[ItemContent]:
    """Return its items."""
    return list(pack().items.values())


def words(item: ItemContent) -> int:
    """Return how many words there are to read."""
    texts = [item.stem, item.lead_in, *(option.text for option in item.options)]
    return len(" ".join(texts).split())


def test_there_are_enough_items_of_every_domain_and_objective() -> None:
    domains = Counter(item.domain for item in items())
    assert all(domains[domain] >= least for domain, least in LEAST.items()), domains
    objectives = Counter(item.objective for item in items())
    assert len(objectives) == 19
    assert min(objectives.values()) >= 13


def test_every_topic_of_the_curriculum_is_touched() -> None:
    touched = {topic for item in items() for topic in item.topics}
    topics = {topic.slug for domain in pack().certification.domains for topic in domain.topics}
    assert topics - touched == set()
    assert len(topics) == 220


def test_about_a_fifth_is_multiple_response() -> None:
    assert 0.18 <= mean(item.kind == "multiple" for item in items()) <= 0.22


def test_difficulty_is_spread() -> None:
    assert all(0.35 <= item.angoff <= 0.85 for item in items())
    assert 0.58 <= mean(item.angoff for item in items()) <= 0.66
    assert len({item.angoff for item in items()}) > 20


def test_every_item_names_its_sources_and_was_answered_blind_with_its_key() -> None:
    for item in items():
        assert item.references, item.code
        keyed = {place for place, option in enumerate(item.options) if option.is_keyed}
        blind = [set(review.answer) for review in item.reviews if review.kind == "blind"]
        assert blind, item.code
        assert all(answer == keyed for answer in blind), item.code


def test_a_reader_without_knowledge_does_no_better_than_chance() -> None:
    for attempt in guess(items()):
        assert abs(attempt.gain) <= 0.05, attempt


def test_keys_stand_everywhere_and_are_neither_long_nor_short() -> None:
    singles = [item for item in items() if item.kind == "single"]
    places = Counter(next(place for place, option in enumerate(item.options) if option.is_keyed) for item in singles)
    assert all(0.2 <= places[place] / len(singles) <= 0.3 for place in range(4)), places
    longest = mean(max(item.options, key=lambda option: len(option.text.split())).is_keyed for item in singles)
    assert longest <= 1 / 3
    keyed = mean(len(option.text.split()) for item in singles for option in item.options if option.is_keyed)
    others = mean(len(option.text.split()) for item in singles for option in item.options if not option.is_keyed)
    assert 0.9 <= keyed / others <= 1.1


def test_four_forms_share_no_item_and_are_alike() -> None:
    forms = pack().forms
    assert [form.code for form in forms] == ["dop-c02-a", "dop-c02-b", "dop-c02-c", "dop-c02-d"]
    by_code = {item.code: item for item in items()}
    assert len({code for form in forms for code in form.items}) == 300
    easiness, length, again = [], [], []
    for form in forms:
        assert {by_code[code].state for code in form.pilots} == {"pilot"}
        assert {by_code[code].state for code in form.items if code not in form.pilots} == {"active"}
        easiness.append(mean(by_code[code].angoff for code in form.items if code not in form.pilots))
        length.append(sum(words(by_code[code]) for code in form.items))
        again.append(75 - len({by_code[code].topics[0] for code in form.items}))
    assert max(easiness) - min(easiness) < 0.005
    assert 0.59 <= min(easiness) <= max(easiness) <= 0.65
    assert max(length) - min(length) < 0.01 * mean(length)
    # Read at 200 words a minute in half of the time, or nearly.
    assert max(length) / 200 <= 0.53 * 180
    assert max(again) <= 12


@pytest.mark.parametrize("status", ["closed", "ended"])
def test_nothing_keyed_rests_on_a_service_that_is_gone(status: str) -> None:
    services = yaml.safe_load((FOLDER / "services.yaml").read_text())
    names = {service["name"] for service in services if service.get("status") == status}
    assert names
    for item in items():
        keyed = " ".join(option.text for option in item.options if option.is_keyed)
        assert not [name for name in names if name in keyed], item.code
