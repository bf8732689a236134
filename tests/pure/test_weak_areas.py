"""Ranking where to study."""

from fractions import Fraction

from apps.analytics.weak_areas import Evidence, rank

CUT = Fraction(72, 100)
SHARE = Fraction(1, 65)


def answers(area: str, right: int, n: int, share: Fraction = SHARE) -> list[Evidence]:
    """Return n answers of an area, so many right."""
    return [Evidence(area, share, 1000 if number < right else 0, f"{area}-{number}") for number in range(n)]


def test_the_costliest_area_comes_first() -> None:
    ranked = rank([*answers("b", 3, 6), *answers("a", 2, 8), *answers("c", 6, 6)], CUT)
    assert [area.area for area in ranked] == ["a", "b", "c"]
    # Σ ω (c - x): 8·.72 - 2 = 3.76, 6·.72 - 3 = 1.32, 6·.72 - 6 = -1.68, each by 1/65.
    assert [area.loss * 65 for area in ranked] == [Fraction(376, 100), Fraction(132, 100), Fraction(-168, 100)]


def test_weight_counts_as_much_as_the_share_right() -> None:
    ranked = rank([*answers("light", 1, 6, SHARE / 4), *answers("heavy", 3, 6, SHARE)], CUT)
    assert [area.area for area in ranked] == ["heavy", "light"]


def test_under_five_answers_there_is_no_rank() -> None:
    ranked = rank([*answers("few", 0, 4), *answers("fine", 5, 5)], CUT)
    assert [(area.area, area.is_ranked) for area in ranked] == [("fine", True), ("few", False)]


def test_weak_needs_evidence_and_not_only_a_low_share() -> None:
    by_area = {area.area: area for area in rank([*answers("a", 2, 5), *answers("b", 1, 8), *answers("c", 30, 30)], CUT)}
    assert by_area["a"].band == "open", "2 of 5 may be chance"
    assert by_area["b"].band == "weak"
    assert by_area["c"].band == "strong"
    assert by_area["b"].missed == tuple(f"b-{number}" for number in range(1, 8))
