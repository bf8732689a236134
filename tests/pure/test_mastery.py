"""The learner model against brute force, its laws, and what areas say."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from apps.analytics.mastery import (
    Answer,
    Bank,
    BankItem,
    Hyper,
    area_mastery,
    cold_start,
    estimate_hyper,
    fit,
    fit_counts,
    seed_of,
)
from apps.analytics.psychometrics.model import Floats

HYPER = Hyper(mean=0.4, learner_sd=0.8, domain_sd=0.4, topic_sd=0.3)


def small_bank(variance: float = 0.0) -> Bank:
    """Return sixty items in three domains of three topics each, difficulties spread over three logits."""
    return Bank.of([BankItem(i, i % 3, i % 9, -1.5 + 3 * (i * 7 % 60) / 60, variance) for i in range(60)])


def answers(seed: int, count: int = 40) -> list[Answer]:
    """Return answers to different items with partial credit, of mixed age."""
    rng = np.random.default_rng(seed)
    items = rng.choice(60, count, replace=False)
    return [Answer(int(i), float(rng.choice([0, 0.5, 1], p=[0.3, 0.1, 0.6])), float(rng.uniform(0, 90))) for i in items]


@pytest.mark.parametrize("variance", [0.0, 1.0])
def test_the_mode_is_the_brute_force_optimum(variance: float) -> None:
    bank, given_answers = small_bank(variance), answers(1)
    found = fit(given_answers, bank, HYPER)
    deviations = np.array([0.8] + [0.4] * 3 + [0.3] * 9)
    kappa = 1 / math.sqrt(1 + math.pi * variance / 8)

    def worse(u: Floats) -> float:
        total = 0.5 * float(((u / deviations) ** 2).sum())
        for answer in given_answers:
            i = answer.item
            z = kappa * (0.4 + u[0] + u[1 + i % 3] + u[4 + i % 9] - (-1.5 + 3 * (i * 7 % 60) / 60))
            likelihood = answer.credit * z - math.log1p(math.exp(z))
            total -= 2 ** (-answer.age_days / 45) * likelihood
        return total

    best = minimize(worse, np.zeros(13), method="BFGS", options={"gtol": 1e-9, "maxiter": 1000})
    assert worse(found.mode) <= best.fun + 1e-12
    # BFGS comes no nearer with numerical gradients. Where the curvature is over 1, a gradient within 1e-8 puts the
    # optimum within 1e-8.
    assert found.mode == pytest.approx(best.x, abs=1e-6)
    step = 1e-5
    gradient = [(worse(found.mode + step * e) - worse(found.mode - step * e)) / (2 * step) for e in np.eye(13)]
    assert gradient == pytest.approx([0.0] * 13, abs=1e-8)
    hessian = [
        [
            (worse(found.mode + 1e-3 * (e + f)) - worse(found.mode + 1e-3 * e) - worse(found.mode + 1e-3 * f)) / 1e-6
            + worse(found.mode) / 1e-6
            for f in np.eye(13)[:2]
        ]
        for e in np.eye(13)[:2]
    ]
    assert np.array(hessian) == pytest.approx(found.precision[:2, :2], abs=0.02)


def test_what_is_no_evidence_changes_nothing() -> None:
    bank = small_bank()
    base = answers(2)
    noise = [replace(a, item=(a.item + 1) % 60, credit=0.0) for a in base]
    rapid = [replace(a, is_rapid=True) for a in noise]
    again = [replace(a, is_first_exposure=False) for a in noise]
    plain, noisy = fit(base, bank, HYPER), fit(base + rapid + again, bank, HYPER)
    assert noisy.mode == pytest.approx(plain.mode, abs=1e-12)
    assert len(noisy.evidence.place) == len(base)


def test_evidence_halves_in_45_days() -> None:
    assert Answer(1, 1.0, 45.0).weight == pytest.approx(0.5)
    assert Answer(1, 1.0, 0.0).weight == 1.0
    bank = small_bank()
    fresh, old = (fit([Answer(i, 0.0, age) for i in range(20)], bank, HYPER) for age in (0.0, 180.0))
    assert fresh.mode[0] < old.mode[0] < 0


def test_nobody_known_is_the_population() -> None:
    found = fit([], small_bank(), HYPER)
    assert found.mode.tolist() == [0.0] * 13
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([0.8] + [0.4] * 3 + [0.3] * 9)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(0, 39))
def test_a_better_answer_never_lowers_an_area_that_holds_its_item(seed: int, which: int) -> None:
    bank, base = small_bank(), answers(seed)
    better = [replace(a, credit=1.0) if place == which else a for place, a in enumerate(base)]
    item = base[which].item
    before, after = (fit(each, bank, HYPER) for each in (base, better))
    place = bank.places([item])

    def at_mode(posterior_mode: Floats) -> float:
        return float(
            posterior_mode[0] + posterior_mode[1 + bank.domain[place[0]]] + posterior_mode[4 + bank.topic[place[0]]]
        )

    assert at_mode(after.mode) >= at_mode(before.mode) - 1e-9


def test_an_unknown_item_is_refused() -> None:
    with pytest.raises(ValueError, match="Item 99 is not in the bank"):
        fit([Answer(99, 1.0, 0.0)], small_bank(), HYPER)


@pytest.mark.parametrize("angoff", [0.35, 0.6, 0.85])
def test_a_cold_item_gives_the_borderline_candidate_the_authors_chance(angoff: float) -> None:
    difficulty, variance = cold_start(angoff, borderline=0.7)
    draws = np.random.default_rng(0).normal(difficulty, math.sqrt(variance), 400_000)
    assert float((1 / (1 + np.exp(draws - 0.7))).mean()) == pytest.approx(angoff, abs=0.01)


def test_draws_repeat_for_a_learner_and_a_model_version() -> None:
    assert seed_of(7, "v1") == seed_of(7, "v1") == 7201294193733198827
    assert len({seed_of(7, "v1"), seed_of(8, "v1"), seed_of(7, "v2")}) == 3
    bank = small_bank()
    first, second = (area_mastery(fit(answers(3), bank, HYPER, seed=5), range(0, 60, 3), 0.72) for _ in range(2))
    assert first == second


def everything(credit: float, count: int) -> list[Answer]:
    """Return the first answers to domain 0, all with one credit."""
    return [Answer(i * 3, credit, 0.0) for i in range(count)]


def test_areas_are_strong_weak_or_open() -> None:
    bank, area = small_bank(), range(0, 60, 3)
    strong, weak, none = (fit(each, bank, HYPER) for each in (everything(1, 20), everything(0, 20), []))
    assert area_mastery(strong, area, 0.72).label == "strong"
    assert area_mastery(weak, area, 0.72).label == "weak"
    opened = area_mastery(none, area, 0.6)
    assert (opened.label, opened.n) == ("open", 0)
    assert opened.low < opened.mean < opened.high
    assert area_mastery(strong, area, 0.72).n == 20
    assert area_mastery(strong, area, 0.72).more is None
    with pytest.raises(ValueError, match="at least one item"):
        area_mastery(none, [], 0.72)


def test_so_many_more_answers_settle_an_area() -> None:
    bank = Bank.of([BankItem(i, 0, 0, 0.0) for i in range(120)])
    # 6 of 10 right on items of difficulty 0, cut .5: leaning strong.
    start = [Answer(i, float(i < 6), 0.0) for i in range(10)]
    open_area = area_mastery(fit(start, bank, Hyper()), range(120), 0.5)
    assert open_area.label == "open"
    assert open_area.more is not None
    p = open_area.mean

    def later(more: int) -> str:
        extra = [Answer(10 + i, p, 0.0) for i in range(more)]
        return area_mastery(fit(start + extra, bank, Hyper()), range(120), 0.5).label

    assert later(round(open_area.more * 1.25) + 1) == "strong"
    assert later(open_area.more // 2) == "open"


def test_an_area_at_the_cut_cannot_be_settled() -> None:
    bank = Bank.of([BankItem(i, 0, 0, 0.0) for i in range(120)])
    belief = fit([Answer(i, float(i % 2), 0.0) for i in range(20)], bank, Hyper())
    found = area_mastery(belief, range(120), area_mastery(belief, range(120), 0.5).mean)
    assert (found.label, found.more) == ("open", None)


def test_the_population_is_learnt_from_learners() -> None:
    rng = np.random.default_rng(3)
    bank = small_bank()
    difficulty = bank.difficulty
    truth = Hyper(mean=0.9, learner_sd=0.7, domain_sd=0.5, topic_sd=0.35)
    learners = []
    for _ in range(250):
        by_domain, by_topic = rng.normal(0, truth.domain_sd, 3), rng.normal(0, truth.topic_sd, 9)
        ability = truth.mean + rng.normal(0, truth.learner_sd) + by_domain[bank.domain] + by_topic[bank.topic]
        right = rng.random(60) < 1 / (1 + np.exp(-(ability - difficulty)))
        learners.append([Answer(i, float(right[i]), 0.0) for i in range(60)])
    found = estimate_hyper([*learners, []], bank, Hyper())
    assert found.converged
    assert found.learners == 250
    assert found.hyper.mean == pytest.approx(truth.mean, abs=0.12)
    assert found.hyper.learner_sd == pytest.approx(truth.learner_sd, abs=0.12)
    assert found.hyper.domain_sd == pytest.approx(truth.domain_sd, abs=0.12)
    assert found.hyper.topic_sd == pytest.approx(truth.topic_sd, abs=0.15)


def test_without_learners_the_start_stays() -> None:
    found = estimate_hyper([[]], small_bank(), HYPER)
    assert (found.hyper, found.learners, found.converged) == (HYPER, 0, False)


def test_counts_are_a_beta_posterior() -> None:
    bank = small_bank()
    cells = {i: i % 3 for i in range(60)}
    found = fit_counts([*everything(1, 3), Answer(1, 0.0, 45.0)], bank, cells, mean=0.5, strength=4)
    # Domain 0: 2 + 3 right; domain 1: half an answer wrong; domain 2: the prior.
    assert found.alpha.tolist() == [5, 2, 2]
    assert found.beta.tolist() == [2, 2.5, 2]
    mean_of = [float(found.chances(bank.places([item]), 4000).mean()) for item in (0, 1, 2)]
    assert mean_of == pytest.approx([5 / 7, 2 / 4.5, 0.5], abs=0.01)
    # Beta(5, 2) has variance 10/(49·8).
    assert found.spread_after(bank.places([0]), np.array(0)) == pytest.approx(math.sqrt(10 / (49 * 8)))
    assert found.spread_after(bank.places([0]), np.array(20)) < 0.1
    assert area_mastery(found, [0, 3], 0.5).label == "strong"
