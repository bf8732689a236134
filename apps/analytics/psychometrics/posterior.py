"""What responses say about each person at given parameters: the expectation step of EM."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from apps.analytics.psychometrics.model import GRID, Floats, Responses, grid_weights, linear, softplus


@dataclass(frozen=True, slots=True)
class Tables:
    """Responses as matrices, made once: weights and weighted credits, persons × items and transposed."""

    weight: csr_array
    right: csr_array
    weight_by_item: csr_array
    right_by_item: csr_array

    @classmethod
    def of(cls, responses: Responses) -> "Tables":
        """Return the matrices of `responses`."""
        weight = responses.sparse(responses.weight)
        right = responses.sparse(responses.weight * responses.credit)
        return cls(weight, right, weight.T.tocsr(), right.T.tocsr())


@dataclass(frozen=True, slots=True)
class Posterior:
    """Grid posteriors, persons × grid, with each person's mean and variance, and the marginal log-likelihood."""

    probability: Floats
    mean: Floats
    variance: Floats
    log_likelihood: float


def posterior(tables: Tables, slope: Floats, intercept: Floats, mean: float, sd: float) -> Posterior:
    """Return the grid posteriors of all persons under a normal population.

    log L(θ) = Σ w (x (aθ + d) - log(1 + exp(aθ + d))): the first part is linear in θ, so that only the second needs a
    product as wide as the grid.
    """
    log = np.asarray(tables.weight @ -softplus(linear(slope, intercept)), dtype=np.float64)
    log += (tables.right @ slope)[:, None] * GRID
    log += (tables.right @ intercept)[:, None]
    with np.errstate(divide="ignore"):
        log += np.log(grid_weights(mean, sd))
    top = log.max(axis=1, keepdims=True)
    np.exp(log - top, out=log)
    total = log.sum(axis=1, keepdims=True)
    log /= total
    first = log @ GRID
    return Posterior(log, first, log @ GRID**2 - first**2, float((top + np.log(total)).sum()))
