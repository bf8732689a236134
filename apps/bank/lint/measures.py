"""What is counted over a bank: lengths and places of keys. Rules compare it with goals, the report prints it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from scipy.special import chdtrc

from apps.bank.content import ItemContent
from apps.bank.lint.text import words


def word_count(text: str) -> int:
    """Return how many words `text` has, code not counted."""
    return len(words(text))


def singles(items: Sequence[ItemContent]) -> list[ItemContent]:
    """Return the items with one right answer among several; on them tricks and places can be compared with chance."""
    return [item for item in items if item.choose == 1 and len(item.keyed) == 1 and item.distractors]


@dataclass(frozen=True, slots=True)
class KeyLengths:
    """How the length of keys compares with that of distractors, in words or in characters.

    `longest` and `shortest` are shares of the `n` single items in which the key is that option, ties shared. `ratio` is
    the mean over all `n_ratio` items of mean key length by mean distractor length, None without items.
    """

    n: int
    longest: float
    shortest: float
    n_ratio: int
    ratio: float | None


def key_lengths(items: Sequence[ItemContent], size: Callable[[str], int]) -> KeyLengths:
    """Measure keys against distractors; `size` is len for characters or word_count."""
    single = singles(items)
    ratios = []
    for item in items:
        keyed = [size(option.text) for option in item.keyed]
        others = [size(option.text) for option in item.distractors]
        if keyed and any(others):
            ratios.append(fmean(keyed) / fmean(others))
    return KeyLengths(
        n=len(single),
        longest=_share(single, size, max),
        shortest=_share(single, size, min),
        n_ratio=len(ratios),
        ratio=fmean(ratios) if ratios else None,
    )


def _share(single: list[ItemContent], size: Callable[[str], int], pick: Callable[[list[int]], int]) -> float:
    hits = 0.0
    for item in single:
        sizes = [size(option.text) for option in item.options]
        if size(item.keyed[0].text) == pick(sizes):
            hits += 1 / sizes.count(pick(sizes))
    return hits / len(single) if single else 0.0


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where the keys of single items with as many options stand: a count for each authored place.

    `p` is the probability that keys thrown at random stand at least as unevenly.
    """

    counts: tuple[int, ...]
    chi_square: float
    p: float

    @property
    def n(self) -> int:
        """The number of items."""
        return sum(self.counts)


def key_places(items: Sequence[ItemContent]) -> list[KeyPlaces]:
    """Return the places of keys, one entry for each number of options."""
    by_options: dict[int, Counter[int]] = {}
    for item in singles(items):
        place = next(i for i, option in enumerate(item.options) if option.is_keyed)
        by_options.setdefault(len(item.options), Counter())[place] += 1
    found = []
    for options, counted in sorted(by_options.items()):
        counts = tuple(counted[place] for place in range(options))
        expected = sum(counts) / options
        chi_square = sum((count - expected) ** 2 / expected for count in counts)
        found.append(KeyPlaces(counts, chi_square, float(chdtrc(options - 1, chi_square))))
    return found
