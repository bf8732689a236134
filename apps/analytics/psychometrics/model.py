"""The two-parameter logistic: P(right) = σ(a θ + d), a the slope, d the intercept, difficulty b = -d/a.

The grid is 41 points on [-6, 6], θ in standard deviations of the calibrating population. Bock & Aitkin (1981),
Psychometrika 46, 443-459.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRID: Floats = np.linspace(-6.0, 6.0, 41)


@dataclass(frozen=True, slots=True)
class Responses:
    """Sparse responses, one entry each in four arrays of equal length.

    `person` and `item` are indices from 0, `credit` lies between 0 and 1, `weight` scales an
    entry's log-likelihood. Not seen is not there. Raises ValueError when the arrays do not fit together.
    """

    person: Ints
    item: Ints
    credit: Floats
    weight: Floats
    person_count: int
    item_count: int

    def __post_init__(self) -> None:
        """Refuse what would silently be read as something else."""
        if not len(self.person) == len(self.item) == len(self.credit) == len(self.weight):
            raise ValueError("person, item, credit and weight must have the same length.")
        if not len(self.person):
            raise ValueError("There are no responses.")
        if self.person.min() < 0 or self.person.max() >= self.person_count:
            raise ValueError(f"A person index is outside of 0 to {self.person_count - 1}.")
        if self.item.min() < 0 or self.item.max() >= self.item_count:
            raise ValueError(f"An item index is outside of 0 to {self.item_count - 1}.")
        if not bool(((self.credit >= 0) & (self.credit <= 1)).all()):
            raise ValueError("Credit must lie between 0 and 1; divide thousandths by 1000.")
        if not bool((self.weight >= 0).all()):
            raise ValueError("A weight must not be negative.")

    @classmethod
    def of_matrix(cls, credits: npt.ArrayLike) -> "Responses":
        """Return the responses of a persons × items matrix of credits; NaN is not seen."""
        matrix = np.asarray(credits, dtype=np.float64)
        person, item = np.nonzero(~np.isnan(matrix))
        credit = matrix[person, item]
        return cls(person, item, credit, np.ones_like(credit), *matrix.shape)

    def sparse(self, values: Floats) -> csr_array:
        """Return `values`, one per entry, as a persons × items matrix."""
        shape = (self.person_count, self.item_count)
        return csr_array((values, (self.person, self.item)), shape=shape)


@dataclass(frozen=True, slots=True)
class Items:
    """Parameters and their standard errors, one each per item; errors are NaN where nothing was estimated."""

    slope: Floats
    intercept: Floats
    slope_se: Floats
    intercept_se: Floats
    difficulty_se: Floats

    @property
    def difficulty(self) -> Floats:
        """The ability at which half get it right, b = -d/a."""
        return -self.intercept / self.slope

    @classmethod
    def known(cls, slope: Floats, intercept: Floats) -> "Items":
        """Return items whose parameters are taken as true."""
        zero = np.zeros_like(slope)
        return cls(slope, intercept, zero, zero, zero)


@dataclass(frozen=True, slots=True)
class Priors:
    """Normal priors of log a and d as (mean, standard deviation); an infinite deviation is flat."""

    log_slope: tuple[float, float] = (0.0, 0.3)
    intercept: tuple[float, float] = (0.3, 1.5)


FLAT = Priors((0.0, np.inf), (0.0, np.inf))


def grid_weights(mean: float, sd: float) -> Floats:
    """Return the probabilities of the grid points in a normal population."""
    density = np.exp(-0.5 * ((GRID - mean) / sd) ** 2)
    return np.asarray(density / density.sum(), dtype=np.float64)


def linear(slope: Floats, intercept: Floats) -> Floats:
    """Return a θ + d as an items × grid array."""
    return slope[:, None] * GRID + intercept[:, None]


def softplus(z: Floats) -> Floats:
    """Return log(1 + exp z) = -log(1 - σ(z)), without overflow."""
    return np.logaddexp(0.0, z)


def sigmoid(z: Floats) -> Floats:
    """Return 1/(1 + exp -z), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)), dtype=np.float64)
