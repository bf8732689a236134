"""The hierarchical Rasch model of one learner: logit P = μ + θ + δ_domain + ε_topic - b (scoring.md D).

θ, δ and ε are normal around 0. The mode is found by Newton's method (the log-posterior is strictly concave) and the
covariance is Laplace's, the inverse of the negative Hessian there. As evidence, an item of uncertain difficulty has a
curve flattened by its attenuation κ, P = σ(κ (μ + θ + δ + ε - b)); in predictions b is drawn. Given the
hyperparameters, the modes are those of a logistic mixed model with offset -b (lme4's `glmer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from apps.analytics.mastery.bank import Answer, Bank, Evidence
from apps.analytics.psychometrics.model import Floats, Ints, sigmoid

_MOST_STEPS = 100
_SETTLED = 1e-11


@dataclass(frozen=True, slots=True)
class Hyper:
    """The population: mean ability μ on the scale of b, and the standard deviations of θ, δ and ε, in logits."""

    mean: float = 0.0
    learner_sd: float = 0.8
    domain_sd: float = 0.4
    topic_sd: float = 0.3


@dataclass(frozen=True, slots=True)
class Posterior:
    """A learner's unknowns, θ then δ per domain then ε per topic of the bank: mode, precision and covariance."""

    bank: Bank
    evidence: Evidence
    hyper: Hyper
    seed: int
    mode: Floats
    precision: Floats
    covariance: Floats

    def chances(self, places: Ints, draws: int) -> Floats:
        """Return draws × places: chances of a right answer, with the learner and the difficulties drawn.

        An item has the same difficulty in a draw whatever other places are asked for.
        """
        count = len(self.mode)
        normals = _normals(self.seed, draws, count + len(self.bank.difficulty))
        unknowns = self.mode + normals[:, :count] @ np.linalg.cholesky(self.covariance).T
        off = normals[:, count + places] * self.bank.difficulty_sd[places]
        return sigmoid(_logits(unknowns, self.bank, places, self.hyper) - off)

    def spread_after(self, places: Ints, answers: Ints) -> Floats:
        """Return the deviation of the area's mean chance after each of these numbers of further answers on `places`.

        Taken by the delta method at today's mode: the answers are spread evenly, as likely as they are today and leave
        it there, and what is not known of the difficulties stays unknown.
        """
        design = _design(self.bank, places)
        # The unknowns that the area depends on; their marginal precision is the inverse of their covariance.
        on = np.flatnonzero(design.any(axis=0))
        design = design[:, on]
        kappa = self.bank.attenuation[places]
        p = sigmoid(kappa * _logits(self.mode[None, :], self.bank, places, self.hyper)[0])
        steepness = kappa * p * (1 - p) / len(places)
        # sᵀ (C⁻¹ + n I)⁻¹ s for every n at once: with C = L Lᵀ and Lᵀ I L = Q diag(w) Qᵀ it is Σ (Qᵀ Lᵀ s)²/(1 + n w).
        root = np.linalg.cholesky(self.covariance[np.ix_(on, on)])
        gained, turned = np.linalg.eigh(root.T @ (design.T @ (design * (kappa * steepness)[:, None])) @ root)
        slope = turned.T @ (root.T @ (design.T @ steepness))
        learner = (slope**2 / (1 + np.asarray(answers)[..., None] * np.maximum(gained, 0.0))).sum(axis=-1)
        items = ((steepness * self.bank.difficulty_sd[places]) ** 2).sum()
        return np.asarray(np.sqrt(learner + items), dtype=np.float64)


def fit(answers: Sequence[Answer], bank: Bank, hyper: Hyper, *, seed: int = 0) -> Posterior:
    """Return the posterior of one learner. Without any evidence it is the population.

    Raises ValueError for an answer to an item that is not in the bank.
    """
    return fit_evidence(Evidence.of(answers, bank), bank, hyper, seed=seed)


def fit_evidence(evidence: Evidence, bank: Bank, hyper: Hyper, *, seed: int = 0) -> Posterior:
    """Return the posterior from evidence that is arrays already."""
    prior = prior_precision(bank, hyper)
    design = _design(bank, evidence.place)
    kappa = bank.attenuation[evidence.place]
    offset = hyper.mean - bank.difficulty[evidence.place]
    unknowns = np.zeros(len(prior))
    value = _log_posterior(unknowns, design, kappa, offset, evidence, prior)
    for _ in range(_MOST_STEPS):
        p = sigmoid(kappa * (design @ unknowns + offset))
        gradient = design.T @ (evidence.weight * kappa * (evidence.credit - p)) - prior * unknowns
        precision = design.T @ (design * (evidence.weight * kappa**2 * p * (1 - p))[:, None]) + np.diag(prior)
        step = np.linalg.solve(precision, gradient)
        if float(np.abs(step).max()) < _SETTLED:
            break
        # Halved until it does not lower the log-posterior, up to rounding; concavity makes the full step the rule.
        for _ in range(_MOST_STEPS):
            reached = _log_posterior(unknowns + step, design, kappa, offset, evidence, prior)
            if reached >= value - 1e-9:
                break
            step = step / 2
        unknowns, value = unknowns + step, reached
    covariance = np.linalg.inv(precision)
    return Posterior(bank, evidence, hyper, seed, unknowns, precision, (covariance + covariance.T) / 2)


def prior_precision(bank: Bank, hyper: Hyper) -> Floats:
    """Return the prior precision of each unknown, in their order."""
    return np.concatenate(
        [
            [hyper.learner_sd**-2],
            np.full(len(bank.domains), hyper.domain_sd**-2),
            np.full(len(bank.topics), hyper.topic_sd**-2),
        ]
    )


def _log_posterior(
    unknowns: Floats, design: Floats, kappa: Floats, offset: Floats, evidence: Evidence, prior: Floats
) -> float:
    z = kappa * (design @ unknowns + offset)
    fit_part = float((evidence.weight * (evidence.credit * z - np.logaddexp(0.0, z))).sum())
    return fit_part - 0.5 * float((prior * unknowns**2).sum())


def _design(bank: Bank, places: Ints) -> Floats:
    """Return places × unknowns with a 1 for θ, the domain and the topic."""
    rows = np.arange(len(places))
    design = np.zeros((len(places), 1 + len(bank.domains) + len(bank.topics)))
    design[:, 0] = 1.0
    design[rows, 1 + bank.domain[places]] = 1.0
    design[rows, 1 + len(bank.domains) + bank.topic[places]] = 1.0
    return design


def _logits(unknowns: Floats, bank: Bank, places: Ints, hyper: Hyper) -> Floats:
    ability = unknowns[:, :1] + unknowns[:, 1 + bank.domain[places]]
    ability = ability + unknowns[:, 1 + len(bank.domains) + bank.topic[places]]
    return ability + hyper.mean - bank.difficulty[places]


@lru_cache(maxsize=4)
def _normals(seed: int, draws: int, width: int) -> Floats:
    """Each draw with its mirror image, which steadies the means; kept, because a learner's areas are asked in a row."""
    half = np.random.default_rng(seed).standard_normal(((draws + 1) // 2, width))
    normals = np.concatenate([half, -half])[:draws]
    normals.setflags(write=False)
    return normals
