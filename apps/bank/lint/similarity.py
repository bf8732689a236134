"""How alike two items are: the cosine of their words, each weighted by how rare it is in the bank (TF-IDF)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.bank.content import ItemContent
from apps.bank.lint.text import subject_words


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items by code; `similarity` runs from 0, no word in common, to 1, the same words."""

    first: str
    second: str
    similarity: float


def similar_pairs(items: Sequence[ItemContent], least: float) -> list[Pair]:
    """Return the pairs whose similarity is at least `least`, the most alike first."""
    alike = np.triu(_cosines(items), k=1)
    return sorted(
        (Pair(items[a].code, items[b].code, float(alike[a, b])) for a, b in np.argwhere(alike >= least)),
        key=lambda pair: -pair.similarity,
    )


def nearest_pair(items: Sequence[ItemContent]) -> Pair | None:
    """Return the two items that are most alike, or None with fewer than two."""
    if len(items) < 2:
        return None
    alike = np.triu(_cosines(items), k=1)
    a, b = divmod(int(alike.argmax()), len(items))
    return Pair(items[a].code, items[b].code, float(alike[a, b]))


def _cosines(items: Sequence[ItemContent]) -> npt.NDArray[np.float64]:
    counts = [Counter(subject_words("\n\n".join([item.stem, *(o.text for o in item.options)]))) for item in items]
    column = {word: place for place, word in enumerate(sorted(set().union(*counts)))}
    weights = np.zeros((len(items), len(column)))
    for row, found in enumerate(counts):
        weights[row, [column[word] for word in found]] = 1 + np.log(list(found.values()))
    # Smoothed, so that in a bank of two items a common word still counts.
    weights *= np.log((1 + len(items)) / (1 + (weights > 0).sum(axis=0))) + 1
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    weights /= np.where(lengths > 0, lengths, 1)
    return np.asarray(weights @ weights.T)
