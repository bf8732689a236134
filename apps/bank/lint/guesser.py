"""What a guesser who knows nothing of the subject would score, by the tricks that test-wise candidates use.

The tricks are those of Millman, Bishop & Ebel (1965), "An analysis of test-wiseness", Educational and Psychological
Measurement 25, 707-726: the longest option, the one that has most in common with the others, the one that repeats the
stem, and never one with an absolute word; and the opposites of the first two, because a writer who avoids a cue too
well makes another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.bank.content import ItemContent
from apps.bank.lint.cues import overlaps
from apps.bank.lint.lengths import option_words
from apps.bank.lint.measures import singles
from apps.bank.lint.text import distinctive
from apps.bank.lint.wording import absolute_word


@dataclass(frozen=True, slots=True)
class Guess:
    """A trick's expected hits over `n` single items and those of chance; ties are shared.

    `gain` is the share of items above chance; below chance tells what to strike out. `noise` is two standard errors of
    a share at chance: what `gain` may be, either way, without meaning anything.
    """

    trick: str
    n: int
    hits: float
    chance: float
    gain: float
    noise: float


def guess(items: Sequence[ItemContent]) -> list[Guess]:
    """Return what each trick scores on the single items; nothing without any."""
    tried = singles(items)
    if not tried:
        return []
    chance = sum(1 / len(item.options) for item in tried)
    share = chance / len(tried)
    noise = 2 * math.sqrt(share * (1 - share) / len(tried))
    hits = {trick: sum(_hit(item, liking(item)) for item in tried) for trick, liking in _TRICKS.items()}
    return [Guess(trick, len(tried), hit, chance, (hit - chance) / len(tried), noise) for trick, hit in hits.items()]


def _hit(item: ItemContent, liked: Sequence[float]) -> float:
    best = [option for option, liking in zip(item.options, liked, strict=True) if liking == max(liked)]
    return sum(option.is_keyed for option in best) / len(best)


def _echoing(item: ItemContent) -> list[float]:
    stem = distinctive(item.stem)
    return [len(distinctive(option.text) & stem) for option in item.options]


def _unqualified(item: ItemContent) -> list[float]:
    return [0 if absolute_word(option.text) else 1 for option in item.options]


def _shortest(item: ItemContent) -> list[float]:
    return [-length for length in option_words(item)]


def _odd_one_out(item: ItemContent) -> list[float]:
    return [-overlap for overlap in overlaps(item)]


_TRICKS: dict[str, Callable[[ItemContent], Sequence[float]]] = {
    "the longest option": option_words,
    "the shortest option": _shortest,
    "most in common with the others": overlaps,
    "least in common with the others": _odd_one_out,
    "most words of the stem": _echoing,
    "no absolute words": _unqualified,
}
