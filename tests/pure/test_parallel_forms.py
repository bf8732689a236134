"""Assembling parallel forms: nothing in common, everything that counts exact, everything else even."""

import random
from collections import Counter
from statistics import mean

import pytest

from apps.exams.assembly import DomainCounts, Infeasible, Placed, PoolItem, assemble_parallel

# Scored and unscored items a form of 75, by domain, as DOP-C02 has them; a fifth of the items are multiple response.
COUNTS = [
    DomainCounts(domain, scored, pilot)
    for domain, (scored, pilot) in enumerate([(14, 3), (11, 2), (10, 1), (10, 1), (9, 1), (11, 2)], 1)
]


def pool(per_form: float, *, seed: int = 1) -> list[PoolItem]:
    """Return a pool for so many forms, of items that differ in easiness, length and topic."""
    rng = random.Random(seed)
    found = list[PoolItem]()
    for need in COUNTS:
        for is_pilot, count in ((False, need.scored), (True, need.pilot)):
            for number in range(round(count * per_form)):
                found.append(
                    PoolItem(
                        id=len(found) + 1,
                        domain=need.domain,
                        is_pilot=is_pilot,
                        is_multiple=number % 5 == 0,
                        easiness=rng.uniform(0.35, 0.85),
                        words=rng.randint(180, 320),
                        topic=f"{need.domain}-{rng.randint(1, 30)}",
                    )
                )
    return found


def measures(forms: list[list[Placed]], items: dict[int, PoolItem]) -> list[tuple[float, int, int]]:
    """Return per form: mean easiness of what is scored, words, and how often a topic comes again."""
    found = []
    for form in forms:
        topics = Counter(items[place.id].topic for place in form)
        easiness = mean(items[place.id].easiness for place in form if place.is_scored)
        again = sum(count - 1 for count in topics.values())
        found.append((easiness, sum(items[place.id].words for place in form), again))
    return found


@pytest.mark.parametrize("per_form", [4, 5.5])
def test_four_forms_share_nothing_and_are_exact(per_form: float) -> None:
    items = {item.id: item for item in pool(per_form)}
    multiples = sum(item.is_multiple for item in items.values()) // 4 if per_form == 4 else 15
    forms = assemble_parallel(list(items.values()), COUNTS, multiple_count=multiples, seed=3, forms=4)
    assert len({place.id for form in forms for place in form}) == 300
    for form in forms:
        counts = Counter((items[place.id].domain, place.is_scored) for place in form)
        assert counts == {(need.domain, True): need.scored for need in COUNTS} | {
            (need.domain, False): need.pilot for need in COUNTS
        }
        assert all(place.is_scored != items[place.id].is_pilot for place in form)
        assert sum(items[place.id].is_multiple for place in form) == multiples


def test_they_are_even_where_chance_is_not() -> None:
    items = {item.id: item for item in pool(4)}
    multiples = sum(item.is_multiple for item in items.values()) // 4
    forms = assemble_parallel(list(items.values()), COUNTS, multiple_count=multiples, seed=3, forms=4)
    easiness, words, again = zip(*measures(forms, items), strict=True)
    assert max(easiness) - min(easiness) < 0.002
    assert max(words) - min(words) < 60
    # The control: forms that only have the right counts.
    rng = random.Random(3)
    apart: list[list[Placed]] = [[], [], [], []]
    for need in COUNTS:
        for is_pilot, count in ((False, need.scored), (True, need.pilot)):
            alike = [item for item in items.values() if (item.domain, item.is_pilot) == (need.domain, is_pilot)]
            rng.shuffle(alike)
            for number, form in enumerate(apart):
                form += [Placed(item.id, not is_pilot) for item in alike[number * count : (number + 1) * count]]
    chance_easiness, chance_words, chance_again = zip(*measures(apart, items), strict=True)
    assert max(chance_easiness) - min(chance_easiness) > 0.01
    assert max(chance_words) - min(chance_words) > 200
    assert sum(again) < sum(chance_again)


def test_the_seed_alone_decides() -> None:
    items = pool(5)
    first = assemble_parallel(items, COUNTS, multiple_count=15, seed=5, forms=3)
    assert assemble_parallel(items[::-1], COUNTS, multiple_count=15, seed=5, forms=3) == first
    assert assemble_parallel(items, COUNTS, multiple_count=15, seed=6, forms=3) != first


def test_what_four_forms_lack_is_named() -> None:
    with pytest.raises(Infeasible) as caught:
        assemble_parallel(pool(3), COUNTS, multiple_count=15, seed=1, forms=4)
    assert "Domain 1 needs 56 active items for 4 forms and the pool has 42." in caught.value.reasons
    assert any("4 forms need 60 multiple-response items" in reason for reason in caught.value.reasons)
