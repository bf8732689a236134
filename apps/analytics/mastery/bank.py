"""The evidence and what it is about: answers, items with their difficulty, and what every belief can be asked."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from apps.analytics.psychometrics.model import Floats, Ints

HALF_LIFE_DAYS = 45.0
COLD_VARIANCE = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A scored answer: the item's id, credit from 0 to 1, age in days, and what may make it no evidence."""

    item: int
    credit: float
    age_days: float
    is_first_exposure: bool = True
    is_rapid: bool = False

    @property
    def weight(self) -> float:
        """How much it counts: half as much after 45 days; nothing when seen before or guessed in haste."""
        if self.is_rapid or not self.is_first_exposure:
            return 0.0
        return float(2.0 ** (-max(self.age_days, 0.0) / HALF_LIFE_DAYS))


@dataclass(frozen=True, slots=True)
class BankItem:
    """An item with its domain, its primary topic, its difficulty b in logits and the variance of that estimate."""

    item: int
    domain: int
    topic: int
    difficulty: float
    variance: float = 0.0


def cold_start(angoff: float, *, borderline: float = 0.0) -> tuple[float, float]:
    """Return difficulty and variance (1) of an item without responses, from the author's estimate.

    `angoff` is the share of borderline candidates expected right, `borderline` their ability on the calibrated scale.
    With b uncertain, a borderline candidate's chance is σ(κ (θ - b)), κ = 1/√(1 + π v/8); b is such that this is the
    author's estimate.
    """
    return borderline - math.log(angoff / (1 - angoff)) / attenuation(COLD_VARIANCE), COLD_VARIANCE


def attenuation(variance: float) -> float:
    """Return κ = 1/√(1 + π v/8): E σ(z + e) ≈ σ(κ z) for e of variance v (MacKay 1992, Neural Comp. 4, 720-736)."""
    return 1 / math.sqrt(1 + math.pi * variance / 8)


@dataclass(frozen=True, slots=True)
class Bank:
    """Items as arrays, in a fixed order; domains and topics are counted from 0."""

    place: dict[int, int]
    domain: Ints
    topic: Ints
    difficulty: Floats
    difficulty_sd: Floats
    attenuation: Floats
    domains: tuple[int, ...]
    topics: tuple[int, ...]

    @classmethod
    def of(cls, items: Sequence[BankItem]) -> "Bank":
        """Return the bank of these items; retired ones belong in it as long as an answer to them counts."""
        ordered = sorted(items, key=lambda item: item.item)
        domains = tuple(sorted({item.domain for item in ordered}))
        topics = tuple(sorted({item.topic for item in ordered}))
        return cls(
            place={item.item: place for place, item in enumerate(ordered)},
            domain=np.array([domains.index(item.domain) for item in ordered], dtype=np.int64),
            topic=np.array([topics.index(item.topic) for item in ordered], dtype=np.int64),
            difficulty=np.array([item.difficulty for item in ordered]),
            difficulty_sd=np.sqrt(np.array([item.variance for item in ordered])),
            attenuation=np.array([attenuation(item.variance) for item in ordered]),
            domains=domains,
            topics=topics,
        )

    def places(self, items: Sequence[int]) -> Ints:
        """Return where these item ids stand. Raises ValueError for an item that is not in the bank."""
        if unknown := [item for item in items if item not in self.place]:
            raise ValueError(f"Item {unknown[0]} is not in the bank that the belief was fitted with.")
        return np.array([self.place[item] for item in items], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers that count, as arrays of equal length: place in the bank, credit, weight."""

    place: Ints
    credit: Floats
    weight: Floats

    @classmethod
    def of(cls, answers: Sequence[Answer], bank: Bank) -> "Evidence":
        """Return the evidence in `answers`."""
        counted = [answer for answer in answers if answer.weight > 0]
        return cls(
            bank.places([answer.item for answer in counted]),
            np.array([answer.credit for answer in counted], dtype=np.float64),
            np.array([answer.weight for answer in counted], dtype=np.float64),
        )


class Belief(Protocol):
    """What a fit of either model can be asked. Places are those of `bank`."""

    @property
    def bank(self) -> Bank:
        """The bank it was fitted with."""

    @property
    def evidence(self) -> Evidence:
        """The answers that counted."""

    @property
    def seed(self) -> int:
        """What its draws start from."""

    def chances(self, places: Ints, draws: int) -> Floats:
        """Return draws × places: chances of a right answer, the same draws for the same count every time."""

    def spread_after(self, places: Ints, answers: Ints) -> Floats:
        """Return the deviation of the mean chance over `places` after each of these numbers of further answers."""


def seed_of(learner: int, model: str) -> int:
    """Return the seed of a learner's draws under a model version: the same page shows the same numbers twice."""
    return int.from_bytes(hashlib.sha256(f"{learner}:{model}".encode()).digest()[:8])
