"""Assembling forms."""

import pytest

from apps.exams.assembly import DomainCounts, Infeasible, Placed, PoolItem, allocate, assemble

COUNTS = [DomainCounts(1, 3, 1), DomainCounts(2, 2, 1)]


def pool(*, scored: int = 6, pilots: int = 2, multiples: int = 2) -> list[PoolItem]:
    """Return a pool of two equal domains; the first `multiples` items of each are multiple response."""
    return [
        PoolItem(domain * 100 + number, domain, number >= scored, number < multiples)
        for domain in (1, 2)
        for number in range(scored + pilots)
    ]


def domains(placed: list[Placed]) -> dict[tuple[int, bool], int]:
    """Count by domain and whether it counts."""
    found: dict[tuple[int, bool], int] = {}
    for place in placed:
        key = (place.id // 100, place.is_scored)
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.parametrize("seed", range(20))
def test_counts_are_exact(seed: int) -> None:
    placed = assemble(pool(), COUNTS, multiple_count=2, seed=seed)
    assert domains(placed) == {(1, True): 3, (1, False): 1, (2, True): 2, (2, False): 1}
    assert sum(place.id % 100 < 2 for place in placed) == 2
    assert len({place.id for place in placed}) == 7


def test_the_seed_alone_decides() -> None:
    first = assemble(pool(), COUNTS, multiple_count=2, seed=5)
    assert assemble(list(reversed(pool())), COUNTS, multiple_count=2, seed=5) == first
    assert any(assemble(pool(), COUNTS, multiple_count=2, seed=seed) != first for seed in range(6, 12))


def test_pilots_are_mixed_in() -> None:
    places = {
        index
        for seed in range(30)
        for index, place in enumerate(assemble(pool(), COUNTS, multiple_count=2, seed=seed))
        if not place.is_scored
    }
    assert len(places) == 7, "a pilot can stand anywhere"


def test_every_shortage_is_named() -> None:
    with pytest.raises(Infeasible) as caught:
        assemble(pool(scored=1, pilots=0), COUNTS, multiple_count=1, seed=1)
    reasons = caught.value.reasons
    assert len(reasons) >= 4
    assert any("1" in reason and "3" in reason for reason in reasons)


def test_too_few_of_a_kind_is_named() -> None:
    with pytest.raises(Infeasible, match="multiple-response"):
        assemble(pool(multiples=0), COUNTS, multiple_count=2, seed=1)


@pytest.mark.parametrize(
    ("total", "counts"),
    [(65, [14, 11, 10, 10, 9, 11]), (75, [17, 13, 11, 11, 10, 13]), (0, [0] * 6), (1, [1, *[0] * 5])],
)
def test_counts_follow_the_weights_of_the_exam_guide(total: int, counts: list[int]) -> None:
    assert allocate(total, [22, 17, 15, 15, 14, 17]) == counts


def test_a_tie_goes_to_the_earlier_domain() -> None:
    assert allocate(3, [1, 1]) == [2, 1]
