"""Simulated learners: what the model says of them holds, before and after they have drilled what went wrong."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from apps.analytics.calibration_curve import CalibrationCurve, calibration_curve
from apps.analytics.mastery import (
    Answer,
    Bank,
    BankItem,
    DomainShare,
    Hyper,
    area_mastery,
    fit,
    fit_counts,
    readiness,
)
from apps.analytics.psychometrics.model import Floats, Ints

TRUTH = Hyper(mean=0.0, learner_sd=0.8, domain_sd=0.4, topic_sd=0.3)
WEIGHTS, SIZES = [22, 17, 15, 15, 14, 17], [14, 11, 10, 10, 9, 11]
BLUEPRINT = [DomainShare(domain, w, n) for domain, (w, n) in enumerate(zip(WEIGHTS, SIZES, strict=True))]
CUT = Fraction(72, 100)
LEARNERS, ITEMS, DRILLED = 240, 360, 60


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner: the true chance on each item, the answers in a mock and in drills after it, and the next mock."""

    chance: Floats
    mock: list[Answer]
    drills: list[Answer]
    passes: bool


@dataclass(frozen=True, slots=True)
class World:
    """A bank as it is known from calibration, and learners."""

    bank: Bank
    learners: list[Learner]


@pytest.fixture(scope="module")
def world() -> World:
    """Draw difficulties with an error of .2 of what calibration knows, and learners from the model."""
    rng = np.random.default_rng(20)
    believed = rng.normal(-1.25, 1.0, ITEMS)
    true = believed + rng.normal(0, 0.2, ITEMS)
    domain, topic = np.arange(ITEMS) % 6, np.arange(ITEMS) % 30
    bank = Bank.of([BankItem(i, int(domain[i]), int(topic[i]), float(believed[i]), 0.04) for i in range(ITEMS)])
    return World(bank, [_learner(rng, believed, true, domain, topic) for _ in range(LEARNERS)])


def _learner(rng: np.random.Generator, believed: Floats, difficulty: Floats, domain: Ints, topic: Ints) -> Learner:
    ability = rng.normal(0, TRUTH.learner_sd) + rng.normal(0, TRUTH.domain_sd, 6)[domain]
    chance = 1 / (1 + np.exp(-(ability + rng.normal(0, TRUTH.topic_sd, 30)[topic] - difficulty)))

    def form() -> Ints:
        return np.concatenate(
            [rng.choice(np.flatnonzero(domain == d), size, replace=False) for d, size in enumerate(SIZES)]
        )

    mock = form()
    right = rng.random(ITEMS) < chance
    by_topic: dict[int, list[bool]] = defaultdict(list)
    for item in mock:
        by_topic[int(topic[item])].append(bool(right[item]))
    # Drills: unseen items of the topics with the lowest share right, hardest first, as a learner in earnest picks them.
    weakest = sorted(by_topic, key=lambda name: (np.mean(by_topic[name]), name))
    unseen = [int(i) for name in weakest for i in np.flatnonzero(topic == name) if i not in mock]
    drilled = sorted(unseen[: 2 * DRILLED], key=lambda i: -believed[i])[:DRILLED]

    def answered(items: list[int] | Ints) -> list[Answer]:
        return [Answer(int(i), float(right[i]), 1.0) for i in items]

    return Learner(
        chance, answered(mock), answered(drilled), _raw(rng.random(ITEMS) < chance, form(), domain) >= 72 - 1e-9
    )


def _raw(right: npt.NDArray[np.bool_], form: Ints, domain: Ints) -> float:
    shares = np.bincount(domain[form], right[form], 6) / np.bincount(domain[form], minlength=6)
    return float(shares @ WEIGHTS)


def coverage(world: World, hyper: Hyper) -> float:
    """Return how often the 90 % interval of a domain's or topic's mastery holds the truth, after mock and drills."""
    areas = [[i for i in range(ITEMS) if i % 6 == domain] for domain in range(6)]
    areas += [[i for i in range(ITEMS) if i % 30 == topic] for topic in range(0, 30, 5)]
    held = []
    for number, learner in enumerate(world.learners):
        belief = fit(learner.mock + learner.drills, world.bank, hyper, seed=number)
        for area in areas:
            found = area_mastery(belief, area, 0.72)
            held.append(found.low <= float(learner.chance[area].mean()) <= found.high)
    return float(np.mean(held))


def test_nine_of_ten_intervals_hold_the_truth(world: World) -> None:
    assert 0.87 <= coverage(world, TRUTH) <= 0.93
    alike = Hyper(TRUTH.mean, TRUTH.learner_sd, 0.05, 0.05)
    assert coverage(world, alike) < 0.75, "the control: a model without differences between areas is too sure"


def fared(world: World, *, drilled: bool, counted: bool) -> CalibrationCurve:
    """Return how readiness compares with one new mock of each learner."""
    told = []
    for number, learner in enumerate(world.learners):
        answers = learner.mock + (learner.drills if drilled else [])
        if counted:
            cells = {i: i % 6 for i in range(ITEMS)}
            found = readiness(
                fit_counts(answers, world.bank, cells, seed=number), BLUEPRINT, range(ITEMS), CUT, draws=40, forms=10
            )
        else:
            found = readiness(
                fit(answers, world.bank, TRUTH, seed=number), BLUEPRINT, range(ITEMS), CUT, draws=40, forms=10
            )
        assert found is not None
        told.append((found.probability, learner.passes))
    curve = calibration_curve(told, bin_count=5)
    assert curve is not None
    print(f"drilled {drilled}, counts {counted}: Brier {curve.brier:.3f}, error {curve.calibration_error:.3f}")  # noqa: T201
    return curve


def test_readiness_comes_true_with_and_without_drilling(world: World) -> None:
    model = {drilled: fared(world, drilled=drilled, counted=False) for drilled in (False, True)}
    counts = {drilled: fared(world, drilled=drilled, counted=True) for drilled in (False, True)}
    for curve in model.values():
        assert curve.brier < curve.reference - 0.05
        assert curve.calibration_error < 0.08
        assert abs(curve.z or 0) < 2.6
    # Counting alone takes drills on hard items for inability.
    assert counts[True].calibration_error > 2 * model[True].calibration_error
    assert counts[True].brier > model[True].brier + 0.01
