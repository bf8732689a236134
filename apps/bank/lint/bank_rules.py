"""Rules that only show over many items."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Finding, distinctive, error, warning, words

_NEAR_DUPLICATE = 0.6


def lint_bank(items: Sequence[ItemContent]) -> list[Finding]:
    """Return the flaws of a bank as a whole; `place` names the items."""
    return [*_codes(items), *_near_duplicates(items), *_key_lengths(items), *_key_positions(items)]


def _codes(items: Sequence[ItemContent]) -> Iterator[Finding]:
    for code, count in Counter(item.code for item in items).items():
        if count > 1:
            yield error("code-twice", code, f"{count} items have this code.", "Give each item a code of its own.")


def _near_duplicates(items: Sequence[ItemContent]) -> Iterator[Finding]:
    bags = [(item, distinctive(item.stem)) for item in items]
    for (first, left), (second, right) in combinations(bags, 2):
        if left and right and len(left & right) / len(left | right) > _NEAR_DUPLICATE:
            yield error(
                "near-duplicate",
                f"{first.code}, {second.code}",
                "The stems tell almost the same story.",
                "Change scenario, symptom and constraints of one, or drop it.",
            )


def _key_lengths(items: Sequence[ItemContent]) -> Iterator[Finding]:
    singles = [item for item in items if item.kind == "single" and len(item.keyed) == 1 and item.distractors]
    if len(singles) < 20:
        return
    for name, pick in (("longest", max), ("shortest", min)):
        share = sum(
            len(words(item.keyed[0].text)) == pick(len(words(option.text)) for option in item.options)
            for item in singles
        ) / len(singles)
        if share > 0.4:
            yield warning(
                f"key-{name}-share",
                "bank",
                f"The key is the {name} option in {share:.0%} of {len(singles)} single items.",
                "Keep it near a quarter.",
            )


def _key_positions(items: Sequence[ItemContent]) -> Iterator[Finding]:
    singles = [item for item in items if item.kind == "single" and len(item.keyed) == 1]
    if len(singles) < 20:
        return
    positions = Counter(next(i for i, option in enumerate(item.options) if option.is_keyed) for item in singles)
    expected = len(singles) / 4
    # Three standard deviations of a binomial count: chance alone crosses it in about one bank of a hundred.
    slack = 3 * math.sqrt(len(singles) * 0.25 * 0.75)
    for position in range(4):
        if abs(positions[position] - expected) > slack:
            yield warning(
                "key-position",
                "bank",
                f"The key stands at place {position + 1} in {positions[position]} of {len(singles)} single items.",
                "Spread the keys evenly over the places.",
            )
