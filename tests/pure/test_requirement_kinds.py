"""Kinds of requirement, read off their words, and how often they were missed."""

import pytest

from apps.analytics.requirement_kinds import KINDS, OTHER, AnsweredItem, kinds_of, missed_kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Least operational overhead among the solutions that remain.", "Least operational overhead"),
        ("The most cost-effective among the solutions that satisfy the other requirements.", "Lowest cost"),
        ("Least downtime among the solutions that satisfy the other requirements.", "No downtime, no loss"),
        ("Administrators of member accounts cannot get around the rule.", "Least privilege"),
        ("Accounts that join the OU later are covered.", "Across accounts"),
        ("The actions in the new Regions receive the build output.", "Across Regions"),
        ("The deployment role can create certificates in us-east-1.", "Across Regions"),
        ("The platform team writes no code for the rollback.", "Least development effort"),
        ("Artifacts are encrypted with customer managed keys.", "Protection of data and network"),
        ("Least effort among the solutions that satisfy the other requirements.", "Least effort"),
        ("Fewest commands among the procedures that satisfy the other requirements.", "Least effort"),
        ("Least administration among the solutions that satisfy the other requirements.", "Least operational overhead"),
        ("The canary draws its picture.", OTHER),
    ],
)  # fmt: skip
def test_words_tell_the_kind(text: str, kind: str) -> None:
    assert kind in kinds_of(text)


def test_a_word_within_another_word_tells_nothing() -> None:
    assert kinds_of("The catalogue accosts nobody.") == (OTHER,)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert OTHER not in KINDS
    assert len({name.casefold() for name in KINDS}) == len(KINDS)


def test_an_item_counts_once_per_kind_and_only_where_it_states_it() -> None:
    cost, cheap, region = "Lowest cost.", "A low price.", "In all Regions."
    items = [
        AnsweredItem(3, {"c1": cost, "c2": cheap, "c3": region}, {"c1", "c2"}),
        AnsweredItem(1, {"c1": cost}, set()),
        AnsweredItem(2, {"c1": region}, {"c1"}),
    ]
    rows = {row.kind: row for row in missed_kinds(items)}
    assert (rows["Lowest cost"].misses, rows["Lowest cost"].n) == (1, 2)
    assert (rows["Lowest cost"].positions, rows["Lowest cost"].examples) == ((3,), (cost,))
    assert (rows["Across Regions"].misses, rows["Across Regions"].n) == (1, 2)
    assert not rows["Across Regions"].is_enough
    assert 0 < rows["Across Regions"].interval.low < 0.5 < rows["Across Regions"].interval.high


def test_what_was_never_missed_is_not_told() -> None:
    assert missed_kinds([AnsweredItem(1, {"c1": "Lowest cost."}, set())]) == []


def test_most_misses_come_first_and_the_rest_last() -> None:
    items = [
        *(AnsweredItem(place, {"a": "Lowest cost.", "b": "It sings."}, {"b"}) for place in range(1, 5)),
        AnsweredItem(5, {"a": "Lowest cost."}, {"a"}),
        *(AnsweredItem(place, {"a": "In all Regions."}, {"a"}) for place in range(6, 8)),
    ]
    assert [row.kind for row in missed_kinds(items)] == ["Across Regions", "Lowest cost", OTHER]
