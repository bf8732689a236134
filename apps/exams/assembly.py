"""Assembling forms: pool and blueprint and seed in, items in order out, or the reasons why there are none.

What must hold is a 0-1 integer programme (van der Linden, Linear Models for Optimal Test Design, 2005, ch. 3-4): exact
counts per domain, exactly so many multiple-response items, no item on two forms. Items of one domain, one status and
one kind are alike to it, so its variables count items of a class on a form, however large the pool; HiGHS (through
scipy) solves it exactly. What should be even between parallel forms, difficulty, reading time and topics, is settled
afterwards by exchanging items of one class, which breaks none of the counts.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Class = tuple[int, bool, bool]
# What counts as a step of the same size: a hundredth of mean difficulty, a hundred words, a topic asked twice.
_EASINESS_STEP, _WORDS_STEP = 0.01, 100.0
_MOST_SWEEPS = 30


@dataclass(frozen=True, slots=True)
class PoolItem:
    """An item that a form may use: a pilot candidate can only be unscored, any other only scored.

    `easiness` is the share of borderline candidates expected to be right, `words` what there is to read, `topic` the
    primary one, empty without any.
    """

    id: int
    domain: int
    is_pilot: bool
    is_multiple: bool
    easiness: float = 0.5
    words: int = 0
    topic: str = ""

    @property
    def alike(self) -> Class:
        """The class of items that the blueprint cannot tell apart."""
        return self.domain, self.is_pilot, self.is_multiple


@dataclass(frozen=True, slots=True)
class DomainCounts:
    """How many items of a domain a form has."""

    domain: int
    scored: int
    pilot: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An item on the form, in order."""

    id: int
    is_scored: bool


class Infeasible(Exception):
    """No form can be assembled; `reasons` says what is missing, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def assemble(
    pool: Sequence[PoolItem], counts: Sequence[DomainCounts], *, multiple_count: int, seed: int
) -> list[Placed]:
    """Return the items of one form; `assemble_parallel` says the rest."""
    (form,) = assemble_parallel(pool, counts, multiple_count=multiple_count, seed=seed, forms=1)
    return form


def assemble_parallel(
    pool: Sequence[PoolItem], counts: Sequence[DomainCounts], *, multiple_count: int, seed: int, forms: int
) -> list[list[Placed]]:
    """Return forms without a common item: exact counts per domain, exactly `multiple_count` multiple-response items.

    Each is as easy and as long as the pool is on average, weighted as the blueprint weighs, as nearly as exchanging
    items brings it; a topic is asked twice on a form only where that cannot be helped. Pilots are spread at random
    among the rest, and the same seed and pool give the same forms. Raises Infeasible with every shortage.
    """
    if shortages := _shortages(pool, counts, multiple_count, forms):
        raise Infeasible(shortages)
    rng = random.Random(seed)
    # Sorted first: the seed must decide alone, not the order in which a database returned the rows.
    by_class: dict[Class, list[PoolItem]] = defaultdict(list)
    for item in sorted(pool, key=lambda item: item.id):
        by_class[item.alike].append(item)
    wanted = _class_counts({alike: len(items) for alike, items in by_class.items()}, counts, multiple_count, forms, rng)
    chosen: list[list[PoolItem]] = [[] for _ in range(forms)]
    spare: list[PoolItem] = []
    for alike, items in by_class.items():
        rng.shuffle(items)
        left = iter(items)
        for form, count in zip(chosen, wanted.get(alike, [0] * forms), strict=True):
            form += [next(left) for _ in range(count)]
        spare += left
    _even_out(chosen, spare, _Aim.of(pool, counts))
    return [_in_order(form, random.Random(seed + 1 + number)) for number, form in enumerate(chosen)]


def _in_order(form: Sequence[PoolItem], rng: random.Random) -> list[Placed]:
    placed = [Placed(item.id, is_scored=not item.is_pilot) for item in sorted(form, key=lambda item: item.id)]
    rng.shuffle(placed)
    return placed


def _shortages(pool: Sequence[PoolItem], counts: Sequence[DomainCounts], multiple_count: int, forms: int) -> list[str]:
    have = Counter((item.domain, item.is_pilot) for item in pool)
    reasons = []
    per_form = "" if forms == 1 else f" for {forms} forms"
    for need in counts:
        for is_pilot, wanted, name in ((False, need.scored, "active"), (True, need.pilot, "pilot")):
            if have[need.domain, is_pilot] < wanted * forms:
                reasons.append(
                    f"Domain {need.domain} needs {wanted * forms} {name} items{per_form} "
                    f"and the pool has {have[need.domain, is_pilot]}."
                )
    multiples = sum(item.is_multiple for item in pool)
    if multiples < multiple_count * forms:
        which = "The form needs" if forms == 1 else f"{forms} forms need"
        reasons.append(f"{which} {multiple_count * forms} multiple-response items and the pool has {multiples}.")
    return reasons


def _class_counts(
    sizes: dict[Class, int], counts: Sequence[DomainCounts], multiple_count: int, forms: int, rng: random.Random
) -> dict[Class, list[int]]:
    """Return how many items of each class go on each form: as the pool has them, as nearly as the counts allow.

    Variables are the counts by form and class and, as many again, how far each lies from its share of the pool.
    """
    needs = {(need.domain, False): need.scored for need in counts} | {
        (need.domain, True): need.pilot for need in counts
    }
    classes = [alike for alike in sorted(sizes) if alike[:2] in needs]
    pooled = Counter[tuple[int, bool]]()
    for alike in classes:
        pooled[alike[:2]] += sizes[alike]
    shares = [needs[alike[:2]] * sizes[alike] / pooled[alike[:2]] for alike in classes]
    n = len(classes) * forms
    one = np.eye(n)
    of_class = np.tile(np.eye(len(classes)), forms)
    rows, least, most = [], [], []
    for form in range(forms):
        on_form = np.repeat(np.arange(forms) == form, len(classes))
        for place, wanted in needs.items():
            rows.append(on_form * np.tile([alike[:2] == place for alike in classes], forms))
            least.append(wanted)
            most.append(wanted)
        rows.append(on_form * np.tile([alike[2] for alike in classes], forms))
        least.append(multiple_count)
        most.append(multiple_count)
    exact = LinearConstraint(np.hstack([np.array(rows, dtype=float), np.zeros((len(rows), n))]), least, most)
    enough = LinearConstraint(
        np.hstack([of_class, np.zeros((len(classes), n))]), 0, [sizes[alike] for alike in classes]
    )
    target = np.tile(shares, forms)
    above = LinearConstraint(np.hstack([one, -one]), -np.inf, target)
    below = LinearConstraint(np.hstack([one, one]), target, np.inf)
    # Of equally near solutions the seed takes one.
    cost = np.concatenate([np.zeros(n), [1 + rng.random() / 100 for _ in range(n)]])
    result = milp(
        c=cost,
        constraints=[exact, enough, above, below],
        integrality=np.concatenate([np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64)]),
        bounds=Bounds(0, np.inf),
    )
    if not result.success:
        raise Infeasible(
            [
                f"Each domain has enough items, but no choice of them has exactly {multiple_count} multiple-response "
                f"items on {'the form' if forms == 1 else 'each form'}; add or release items of the kind that is short."
            ]
        )
    found = np.rint(result.x[:n]).astype(int).reshape(forms, len(classes))
    return {alike: found[:, place].tolist() for place, alike in enumerate(classes)}


@dataclass(frozen=True, slots=True)
class _Aim:
    """What every form should come to: the sum of easiness over scored items, and of words over all."""

    easiness: float
    words: float
    scored: int

    @classmethod
    def of(cls, pool: Sequence[PoolItem], counts: Sequence[DomainCounts]) -> "_Aim":
        easiness = words = 0.0
        for need in counts:
            for is_pilot, wanted in ((False, need.scored), (True, need.pilot)):
                alike = [item for item in pool if (item.domain, item.is_pilot) == (need.domain, is_pilot)]
                if not alike:
                    continue
                words += wanted * sum(item.words for item in alike) / len(alike)
                if not is_pilot:
                    easiness += wanted * sum(item.easiness for item in alike) / len(alike)
        return cls(easiness, words, sum(need.scored for need in counts))

    def distance(self, easiness: float, words: float) -> float:
        """Return how far sums lie from the aim, in squared steps."""
        apart = (easiness - self.easiness) / max(self.scored, 1) / _EASINESS_STEP
        return apart * apart + ((words - self.words) / _WORDS_STEP) ** 2


class _Balance:
    """A form's sums while items are exchanged."""

    def __init__(self, items: list[PoolItem], aim: _Aim) -> None:
        self.items, self.aim = items, aim
        self.easiness = sum(item.easiness for item in items if not item.is_pilot)
        self.words = float(sum(item.words for item in items))
        self.topics = Counter(item.topic for item in items if item.topic)
        self.cost = aim.distance(self.easiness, self.words)

    def change(self, out: PoolItem, into: PoolItem) -> float:
        """Return by how much it would cost more with `into` instead of `out`, both of one class."""
        eased = 0.0 if out.is_pilot else into.easiness - out.easiness
        cost = self.aim.distance(self.easiness + eased, self.words + into.words - out.words) - self.cost
        if out.topic != into.topic:
            cost += into.topic != "" and self.topics[into.topic] > 0
            cost -= out.topic != "" and self.topics[out.topic] > 1
        return cost

    def exchange(self, place: int, into: PoolItem) -> None:
        """Put an item in place of another of its class."""
        out, self.items[place] = self.items[place], into
        if not out.is_pilot:
            self.easiness += into.easiness - out.easiness
        self.words += into.words - out.words
        self.topics[out.topic] -= 1
        self.topics[into.topic] += 1
        self.cost = self.aim.distance(self.easiness, self.words)


def _even_out(forms: Sequence[list[PoolItem]], spare: list[PoolItem], aim: _Aim) -> None:
    """Exchange items of one class between forms, and with those that are left over, while it brings them nearer."""
    held = [_Balance(form, aim) for form in forms]
    for _ in range(_MOST_SWEEPS):
        if not any([*_between(held), *_with_spare(held, spare)]):
            return


def _between(held: Sequence[_Balance]) -> Iterator[bool]:
    """Try every pair of places on two forms; yields True for each exchange."""
    for one, other in combinations(held, 2):
        for here in range(len(one.items)):
            for there in range(len(other.items)):
                mine, yours = one.items[here], other.items[there]
                if mine.alike == yours.alike and one.change(mine, yours) + other.change(yours, mine) < -1e-9:
                    one.exchange(here, yours)
                    other.exchange(there, mine)
                    yield True


def _with_spare(held: Sequence[_Balance], spare: list[PoolItem]) -> Iterator[bool]:
    by_class: dict[Class, list[int]] = defaultdict(list)
    for place, item in enumerate(spare):
        by_class[item.alike].append(place)
    for form in held:
        for here in range(len(form.items)):
            for there in by_class[form.items[here].alike]:
                mine = form.items[here]
                if form.change(mine, spare[there]) < -1e-9:
                    form.exchange(here, spare[there])
                    spare[there] = mine
                    yield True


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Return how many of `total` items each weight gets: largest remainder, ties to the earlier (Hamilton's method)."""
    quotas = [divmod(total * weight, sum(weights)) for weight in weights]
    left = total - sum(whole for whole, _ in quotas)
    order = sorted(range(len(weights)), key=lambda index: -quotas[index][1])
    return [whole + (index in order[:left]) for index, (whole, _) in enumerate(quotas)]
