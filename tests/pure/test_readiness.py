"""Readiness against enumeration, its laws, and what to study next."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binom

from apps.analytics.mastery import (
    Answer,
    Bank,
    BankItem,
    DomainShare,
    Hyper,
    fit,
    fit_counts,
    next_best,
    readiness,
)
from apps.analytics.mastery.passing import Exam, poisson_binomial

DOP = [
    DomainShare(domain, weight, count)
    for domain, (weight, count) in enumerate([(22, 14), (17, 11), (15, 10), (15, 10), (14, 9), (17, 11)])
]
CUT = Fraction(72, 100)


def wide_bank() -> Bank:
    """Return 300 items: six domains of five topics."""
    rng = np.random.default_rng(2)
    return Bank.of([BankItem(i, i % 6, i % 30, float(b), 0.03) for i, b in enumerate(rng.normal(-1, 0.9, 300))])


def sitting(share: float, count: int = 130, weak_topic: int | None = None) -> list[Answer]:
    """Return answers of which so many are right, evenly; all of the weak topic's are wrong."""
    return [Answer(i, 0.0 if i % 30 == weak_topic else float((i * 37 % 100) < share * 100), 2.0) for i in range(count)]


def test_poisson_binomial_by_enumeration() -> None:
    p = np.array([[0.1, 0.5, 0.7, 0.95], [0.2, 0.2, 0.2, 0.2]])
    found = poisson_binomial(p)
    for row, chances in enumerate(p):
        exact = np.zeros(5)
        for outcome in itertools.product([0, 1], repeat=4):
            exact[sum(outcome)] += np.prod([q if hit else 1 - q for q, hit in zip(chances, outcome, strict=True)])
        assert found[row] == pytest.approx(exact, abs=1e-15)
    assert found[1] == pytest.approx(binom.pmf(range(5), 4, 0.2))


# (weight, count) per domain: different ratios, equal ratios, one domain alone, a domain without scored items.
SHAPES = [
    [(50, 3), (30, 2), (20, 2)],
    [(40, 4), (30, 3), (30, 3)],
    [(100, 5)],
    [(25, 2), (25, 2), (25, 3), (20, 1), (5, 0)],
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cut", [Fraction(percent, 100) for percent in (1, 50, 70, 72, 99)])
def test_the_chance_to_pass_by_enumeration(shape: list[tuple[int, int]], cut: Fraction) -> None:
    counted = [(domain, weight, count) for domain, (weight, count) in enumerate(shape)]
    # Exactly as many items as a form has, so that every form is the same.
    items = [BankItem(domain * 10 + n, domain, 0, 0.0) for domain, _, count in counted for n in range(count)]
    bank = Bank.of(items)
    exam = Exam(bank, [DomainShare(*row) for row in counted], [each.item for each in items], cut, forms=3, seed=1)
    p = np.random.default_rng(4).uniform(0.2, 0.95, (2, len(items)))
    found = exam.chance(p)
    worth = [Fraction(weight, count) for _, weight, count in counted for _ in range(count)]
    total = sum(weight for _, weight, count in counted if count)
    for row, chances in enumerate(p):
        exact = sum(
            float(np.prod([q if hit else 1 - q for q, hit in zip(chances, outcome, strict=True)]))
            for outcome in itertools.product([0, 1], repeat=len(items))
            if sum((w for w, hit in zip(worth, outcome, strict=True) if hit), Fraction(0)) >= cut * total
        )
        assert found[row] == pytest.approx(exact, abs=1e-12)


def test_the_real_blueprint_against_simulated_forms() -> None:
    bank = wide_bank()
    belief = fit(sitting(0.74), bank, Hyper())
    items = list(range(300))
    found = readiness(belief, DOP, items, CUT)
    assert found is not None
    rng = np.random.default_rng(9)
    passes, tries = 0, 6000
    places = bank.places(items)
    chances = belief.chances(places, 400)
    by_domain = [np.flatnonzero(bank.domain == domain) for domain in range(6)]
    for _ in range(tries):
        p = chances[rng.integers(400)]
        raw = 0.0
        for share, pool in zip(DOP, by_domain, strict=True):
            form = rng.choice(pool, share.count, replace=False)
            raw += share.weight * (rng.random(share.count) < p[form]).mean()
        passes += raw >= 72 - 1e-9
    # 200 draws against 400 others: both means have an error of about .02.
    assert found.probability == pytest.approx(passes / tries, abs=0.05)
    assert found.low < found.probability < found.high
    assert found.n == 130


def test_nothing_under_twenty_answers() -> None:
    bank = wide_bank()
    belief = fit(sitting(0.8, 19), bank, Hyper())
    assert readiness(belief, DOP, range(300), CUT) is None
    assert next_best(belief, DOP, range(300), CUT, {"a": [0]}) == []
    assert readiness(fit(sitting(0.8, 20), bank, Hyper()), DOP, range(300), CUT) is not None


def test_certainty_is_not_told() -> None:
    bank = wide_bank()
    sure, lost = (readiness(fit(sitting(share, 300), bank, Hyper()), DOP, range(300), CUT) for share in (1.0, 0.0))
    assert sure is not None
    assert lost is not None
    assert (sure.probability, sure.high) == (0.98, 0.98)
    assert (lost.probability, lost.low) == (0.02, 0.02)


def test_more_right_answers_make_readier_and_a_higher_cut_less_ready() -> None:
    bank = wide_bank()
    told = []
    for share in (0.55, 0.65, 0.75, 0.85):
        found = readiness(fit(sitting(share), bank, Hyper()), DOP, range(300), CUT)
        assert found is not None
        told.append(found.probability)
    assert told == sorted(told)
    assert told[-1] - told[0] > 0.5
    belief = fit(sitting(0.75), bank, Hyper())
    eased, hard = (readiness(belief, DOP, range(300), Fraction(cut, 100)) for cut in (68, 76))
    assert eased is not None
    assert hard is not None
    assert eased.probability > hard.probability + 0.1


def test_a_small_bank_repeats_items_and_an_empty_domain_is_refused() -> None:
    bank = wide_bank()
    belief = fit(sitting(0.74), bank, Hyper())
    small = readiness(belief, DOP, range(36), CUT)
    assert small is not None
    with pytest.raises(ValueError, match="Domain 5 has no item"):
        readiness(belief, DOP, [i for i in range(300) if i % 6 != 5], CUT)


def test_what_to_study_is_what_raises_readiness() -> None:
    bank = wide_bank()
    belief = fit(sitting(0.72, weak_topic=6), bank, Hyper(topic_sd=0.6))
    areas = {f"topic {topic}": list(range(topic, 300, 30)) for topic in range(30)}
    areas["nothing on the form"] = []
    areas["heavy domain"] = list(range(0, 300, 6))
    ranked = next_best(belief, DOP, range(300), CUT, areas)
    assert ranked[0].area == "heavy domain"
    assert ranked[-1].area == "nothing on the form"
    assert ranked[-1].gain == 0
    assert all(each.gain > 0 for each in ranked[:-1])
    by_area = {each.area: each for each in ranked}
    # Domain 0 has weight 22 over five topics, domain 4 has 14: an equal lift is worth more there.
    heavy = np.mean([by_area[f"topic {topic}"].gain for topic in range(0, 30, 6)])
    light = np.mean([by_area[f"topic {topic}"].gain for topic in range(4, 30, 6)])
    assert heavy > 1.2 * light
    assert by_area["topic 6"].n == 5


def test_few_draws_rank_areas_as_many_do() -> None:
    bank = wide_bank()
    belief = fit(sitting(0.72), bank, Hyper())
    areas = {f"topic {topic}": list(range(topic, 300, 30)) for topic in range(30)}
    few = {each.area: each.gain for each in next_best(belief, DOP, range(300), CUT, areas)}
    many = {each.area: each.gain for each in next_best(belief, DOP, range(300), CUT, areas, draws=300)}
    assert np.corrcoef([few[area] for area in areas], [many[area] for area in areas])[0, 1] > 0.9


def test_counts_can_be_asked_too() -> None:
    bank = wide_bank()
    belief = fit_counts(sitting(0.8), bank, {i: i % 6 for i in range(300)})
    found = readiness(belief, DOP, range(300), CUT)
    assert found is not None
    assert 0.5 < found.probability <= 0.98
