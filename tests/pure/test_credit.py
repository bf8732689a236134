"""Credit policies and key corrections: hand-computed figures and the laws of a score under all of them."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scoring import engine
from apps.scoring.engine import CREDITED, DROPPED, CreditRule, ItemResponse, Policy, Scale, score

from .test_engine import COUNTS, DOP, WEIGHTS, paper

OPTIONS = "abcde"
MAPPED = CreditRule(
    Policy.MAPPED,
    weights=(("a", Fraction(1, 2)), ("b", Fraction(1, 2)), ("c", Fraction(-1, 2)), ("d", Fraction(1, 3))),
)
RULES = [
    CreditRule(),
    CreditRule(Policy.NET_CORRECT),
    CreditRule(Policy.EACH_ANSWER, option_count=5),
    CreditRule(Policy.COVERAGE),
    MAPPED,
]
AB = frozenset("ab")


@pytest.mark.parametrize(
    ("chosen", "exact", "net", "each", "coverage", "mapped"),
    [
        ("", 0, 0, 0, 0, 0),
        ("ab", 1000, 1000, 1000, 1000, 1000),
        ("a", 0, 500, 800, 500, 500),
        ("ac", 0, 0, 600, 250, 0),
        # coverage: 2²/(3·2) = 666.6…, rounded down
        ("abc", 0, 500, 800, 666, 500),
        ("abcde", 0, 0, 400, 400, 833),
        ("cd", 0, 0, 200, 0, 0),
        ("cde", 0, 0, 0, 0, 0),
        ("d", 0, 0, 400, 0, 333),
    ],
)
def test_credit_by_hand(chosen: str, exact: int, net: int, each: int, coverage: int, mapped: int) -> None:
    earned = [engine.credit(frozenset(chosen), AB, rule) for rule in RULES]
    assert earned == [exact, net, each, coverage, mapped]


def test_bounds_of_a_map() -> None:
    wide = replace(MAPPED, low=Fraction(1, 10), high=Fraction(2))
    assert engine.credit(frozenset("c"), AB, wide) == 50, "held up at the lower bound"
    assert engine.credit(frozenset("ab"), AB, wide) == 500, "divided by the upper bound"
    assert engine.credit(frozenset(), AB, wide) == 0, "a blank is worth nothing"


def test_only_a_whole_point_is_full_credit() -> None:
    nearly = CreditRule(Policy.MAPPED, weights=(("a", Fraction(99999, 100000)),))
    assert engine.credit(frozenset("a"), frozenset("a"), nearly) == 999


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"policy": Policy.EACH_ANSWER}, "number of options"),
        ({"policy": Policy.MAPPED}, "what each option is worth"),
        ({"low": Fraction(-1)}, "low < high"),
        ({"low": Fraction(1)}, "low < high"),
    ],
)
def test_an_incomplete_rule_is_refused(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CreditRule(**arguments)  # type: ignore[arg-type] # wrong on purpose


choices = st.frozensets(st.sampled_from(OPTIONS))


@given(choices, choices.filter(bool), st.sampled_from(RULES))
def test_credit_is_between_nothing_and_a_point(chosen: frozenset[str], keyed: frozenset[str], rule: CreditRule) -> None:
    earned = engine.credit(chosen, keyed, rule)
    assert 0 <= earned <= 1000
    if rule.policy != Policy.MAPPED:
        assert (earned == 1000) == (chosen == keyed)
    if not chosen:
        assert earned == 0


@given(choices, choices.filter(bool), st.sampled_from(RULES[:4]), st.sampled_from(OPTIONS))
def test_repairing_a_response_never_costs(
    chosen: frozenset[str], keyed: frozenset[str], rule: CreditRule, token: str
) -> None:
    repaired = chosen | {token} if token in keyed else chosen - {token}
    assert engine.credit(repaired, keyed, rule) >= engine.credit(chosen, keyed, rule) or not repaired


@st.composite
def sittings(draw: st.DrawFn) -> list[ItemResponse]:
    """A sitting of up to 24 items in three domains, under any policies and corrections; the first counts."""
    count = draw(st.integers(1, 24))
    return [
        ItemResponse(
            position=place,
            domain=draw(st.integers(1, 3)),
            is_scored=draw(st.booleans()) or place == 1,
            chosen=draw(choices),
            keyed=AB,
            rule=draw(st.sampled_from(RULES)),
            treatment=draw(st.sampled_from(engine.Treatment)) if place > 1 else engine.SCORED,
        )
        for place in range(1, count + 1)
    ]


THREE = {1: 50, 2: 30, 3: 20}
cuts = st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=200)


@settings(deadline=None)
@given(sittings(), st.integers(0, 23))
def test_a_right_answer_never_lowers_the_score(sitting: list[ItemResponse], which: int) -> None:
    place = which % len(sitting)
    better = [replace(r, chosen=AB) if index == place else r for index, r in enumerate(sitting)]
    before, after = score(sitting, THREE, DOP), score(better, THREE, DOP)
    assert after.raw >= before.raw
    assert after.scaled >= before.scaled


@settings(deadline=None)
@given(sittings())
def test_the_ends_are_fixed(sitting: list[ItemResponse]) -> None:
    counted = [replace(r, treatment=engine.SCORED) for r in sitting]
    assert score([replace(r, chosen=AB) for r in counted], THREE, DOP).scaled == DOP.most
    assert score([replace(r, chosen=frozenset()) for r in counted], THREE, DOP).scaled == DOP.least


@settings(deadline=None)
@given(sittings(), cuts)
def test_the_pass_mark_is_shown_from_the_cut_on_and_never_below(sitting: list[ItemResponse], cut: Fraction) -> None:
    scale = Scale(cut, 100, 750, 1000)
    result = score(sitting, THREE, scale)
    assert result.passed == (result.raw >= cut) == (result.scaled >= 750)
    if 0 < result.raw < 1:
        assert score(sitting, THREE, Scale(result.raw, 100, 750, 1000)).scaled == 750
        harder = result.raw + Fraction(1, 10**9)
        assert score(sitting, THREE, Scale(harder, 100, 750, 1000)).scaled == 749


@settings(deadline=None)
@given(sittings(), st.integers(0, 2**32))
def test_order_changes_nothing_not_even_the_digest(sitting: list[ItemResponse], seed: int) -> None:
    mixed = random.Random(seed).sample(sitting, len(sitting))
    assert score(mixed, THREE, DOP) == score(sitting, THREE, DOP)


@settings(deadline=None)
@given(sittings())
def test_a_dropped_item_is_as_if_it_were_not_there(sitting: list[ItemResponse]) -> None:
    without = [r for r in sitting if r.treatment != DROPPED]
    here, there = score(sitting, THREE, DOP), score(without, THREE, DOP)
    assert (here.raw, here.scaled, here.item_count, here.domains) == (
        there.raw,
        there.scaled,
        there.item_count,
        there.domains,
    )


def test_a_domain_without_items_takes_its_weight_with_it() -> None:
    sitting = [
        ItemResponse(1, 1, True, AB, AB),
        ItemResponse(2, 2, True, frozenset("c"), AB, treatment=DROPPED),
        ItemResponse(3, 3, True, frozenset("c"), AB),
    ]
    # 50·1 + 20·0 over 50 + 20
    assert score(sitting, THREE, DOP).raw == Fraction(5, 7)


def test_a_credited_item_is_right_for_everybody() -> None:
    for chosen in ("", "c", "ab"):
        sitting = [
            ItemResponse(1, 1, True, frozenset(chosen), AB, treatment=CREDITED),
            ItemResponse(2, 1, True, frozenset(), AB),
        ]
        result = score(sitting, THREE, DOP)
        assert result.raw == Fraction(1, 2)
        assert result.credits == ((1, 1000), (2, 0))


def test_dropping_every_item_leaves_no_score() -> None:
    with pytest.raises(ValueError, match="at least one scored item"):
        score([ItemResponse(1, 1, True, AB, AB, treatment=DROPPED)], THREE, DOP)


# Digests that stood before there was more than one policy: a re-score of an old attempt must reproduce its own.
@pytest.mark.parametrize(
    ("right", "scaled", "digest"),
    [
        (
            {1: 10, 2: 8, 3: 7, 4: 8, 5: 6, 6: 8},
            (752, 659, 828),
            "2c848f95af513d7147debbaeb2cd012859f4c189320b0ef57e835119fffa467f",
        ),
        (
            dict.fromkeys(COUNTS, 5),
            (516, 424, 611),
            "a1b1c0a3e1cba56af3131c693f470f21a3c83d84b9da46f5b4e79aafdcc7c797",
        ),
    ],
)
def test_old_digests_reproduce(right: dict[int, int], scaled: tuple[int, int, int], digest: str) -> None:
    result = score(paper(right, pilots=2), WEIGHTS, DOP)
    assert (result.scaled, result.scaled_low, result.scaled_high) == scaled
    assert result.digest == digest


@pytest.mark.parametrize(
    "change",
    [{"rule": RULES[1]}, {"rule": RULES[2]}, {"rule": MAPPED}, {"treatment": CREDITED}, {"treatment": DROPPED}],
)
def test_the_digest_covers_rule_and_treatment(change: dict[str, object]) -> None:
    right = paper(COUNTS)
    changed = [replace(right[0], **change), *right[1:]]  # type: ignore[arg-type] # each a field of its type
    assert score(changed, WEIGHTS, DOP).digest != score(right, WEIGHTS, DOP).digest
