"""Calibration of the two-parameter logistic by marginal maximum a posteriori EM (scoring.md C).

Bock & Aitkin (1981), Psychometrika 46, 443-459, with a Fisher scoring M-step for all items at once, accelerated by
SQUAREM (Varadhan & Roland 2008, Scand. J. Statist. 35, 335-353). Partial credit enters as a fractional count. Known
items can be held fixed; the population's mean and deviation are then free, without which the new group's ability would
be taken for the difficulty of the new items.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.analytics.psychometrics.errors import standard_errors
from apps.analytics.psychometrics.layout import Layout, Point
from apps.analytics.psychometrics.model import GRID, Floats, Ints, Items, Priors, Responses, linear, sigmoid
from apps.analytics.psychometrics.posterior import Posterior, Tables, posterior

_FISHER_STEPS = 3
# A single Fisher step never moves a parameter further: the quadratic is trusted no longer than this.
_LONGEST_STEP = 1.0
_START_SLOPE = 1.0


@dataclass(frozen=True, slots=True)
class Anchors:
    """Items whose parameters stay as they are: index and known slope and intercept of each."""

    item: Ints
    slope: Floats
    intercept: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """Item parameters and how they came about.

    `items` has one entry per item, anchors with error 0; `n` counts the responses to each. `mean` and `sd` are those of
    the population (0 and 1 without anchors). `log_likelihood` is the marginal one, without priors. `last_change` is the
    largest change of a parameter in the last EM step; converged means it fell below the tolerance.
    """

    items: Items
    n: Ints
    mean: float
    sd: float
    log_likelihood: float
    log_posterior: float
    iterations: int
    last_change: float
    converged: bool


DEFAULT_PRIORS = Priors()


def calibrate(
    responses: Responses,
    *,
    priors: Priors = DEFAULT_PRIORS,
    common_slope: bool = False,
    anchors: Anchors | None = None,
    tolerance: float = 1e-4,
    most_iterations: int = 200,
    progress: Callable[[int, float], None] | None = None,
) -> Calibration:
    """Return the parameters of every item that maximise the marginal posterior.

    `common_slope` fits the one-parameter model (one slope for all, population deviation 1). `progress` is told the
    iteration and the log-posterior. Raises ValueError when anchors and a common slope are asked for together.
    """
    if anchors is not None and common_slope:
        raise ValueError("Anchors have slopes of their own; calibrate them without a common slope.")
    problem = _Problem(responses, priors, common_slope, anchors)
    vector = problem.start()
    converged, change, iteration = False, np.inf, 0
    for iteration in range(1, most_iterations + 1):  # reported after the loop
        first, _ = problem.step(vector)
        second, value = problem.step(first)
        change = float(np.abs(second - first).max())
        if progress:
            progress(iteration, value)
        if change < tolerance:
            vector, converged = second, True
            break
        vector = problem.leap(vector, first, second, value)
    return problem.report(vector, iteration, change, converged)


class _Problem:
    """The EM map of one calibration: a step from parameters to better parameters."""

    def __init__(self, responses: Responses, priors: Priors, common_slope: bool, anchors: Anchors | None) -> None:
        self.responses = responses
        self.tables = Tables.of(responses)
        self.priors = priors
        self.present: npt.NDArray[np.bool_] = np.diff(self.tables.weight.indptr) > 0
        fixed = np.zeros(responses.item_count, dtype=np.bool_)
        slope, intercept = np.full(responses.item_count, _START_SLOPE), np.zeros(responses.item_count)
        if anchors is not None:
            fixed[anchors.item] = True
            slope[anchors.item], intercept[anchors.item] = anchors.slope, anchors.intercept
        self.layout = Layout(fixed, slope, intercept, common_slope, anchors is not None)

    def start(self) -> Floats:
        """Slopes of one and the logits of the facilities, drawn half an answer towards the middle."""
        seen = np.asarray(self.tables.weight.sum(axis=0), dtype=np.float64)
        right = np.asarray(self.tables.right.sum(axis=0), dtype=np.float64)
        intercept = np.log((right + 0.5) / (seen - right + 0.5))
        return self.layout.pack(Point(np.zeros(len(intercept)), intercept, 0.0, 1.0))

    def step(self, vector: Floats) -> tuple[Floats, float]:
        """Return the next parameters, and the log-posterior of the given ones."""
        point = self.layout.unpack(vector)
        found = self._posterior(point)
        return self.layout.pack(self._maximise(point, found)), found.log_likelihood + self._log_prior(point)

    def leap(self, start: Floats, first: Floats, second: Floats, value: float) -> Floats:
        """Return where the steps so far lead to, unless it is worse than `first`, whose log-posterior is `value`."""
        step = first - start
        bend = second - first - step
        bend_length = float(np.linalg.norm(bend))
        if bend_length == 0:
            return second
        length = max(1.0, float(np.linalg.norm(step)) / bend_length)
        landed, reached = self.step(self.layout.bounded(start + 2 * length * step + length**2 * bend))
        return landed if np.isfinite(reached) and reached >= value else second

    def report(self, vector: Floats, iterations: int, change: float, converged: bool) -> Calibration:
        """Return the result at `vector`, with standard errors."""
        point = self.layout.unpack(vector)
        found = self._posterior(point)
        return Calibration(
            items=standard_errors(self.responses, self.layout, point, found, self.priors),
            n=np.bincount(self.responses.item, minlength=self.responses.item_count).astype(np.int64),
            mean=point.mean,
            sd=point.sd,
            log_likelihood=found.log_likelihood,
            log_posterior=found.log_likelihood + self._log_prior(point),
            iterations=iterations,
            last_change=change,
            converged=converged,
        )

    def _posterior(self, point: Point) -> Posterior:
        return posterior(self.tables, np.exp(point.log_slope), point.intercept, point.mean, point.sd)

    def _log_prior(self, point: Point) -> float:
        free = ~self.layout.fixed
        slopes = point.log_slope[free][:1] if self.layout.common_slope else point.log_slope[free]
        parts = ((slopes, self.priors.log_slope), (point.intercept[free], self.priors.intercept))
        return float(sum(-0.5 * (((values - mean) / sd) ** 2).sum() for values, (mean, sd) in parts))

    def _maximise(self, point: Point, found: Posterior) -> Point:
        """Fisher scoring of the expected complete-data log-posterior, all items at once."""
        seen = np.asarray(self.tables.weight_by_item @ found.probability, dtype=np.float64)
        moments = np.column_stack([np.ones_like(found.mean), found.mean])
        right = np.asarray(self.tables.right_by_item @ moments, dtype=np.float64)
        log_slope, intercept = point.log_slope.copy(), point.intercept.copy()
        free = ~self.layout.fixed
        for _ in range(_FISHER_STEPS):
            slope = np.exp(log_slope)
            p = sigmoid(linear(slope, intercept))
            expected, spread = seen * p, seen * p * (1 - p)
            (m_a, sd_a), (m_d, sd_d) = self.priors.log_slope, self.priors.intercept
            g_d = right[:, 0] - expected.sum(axis=1) - (intercept - m_d) / sd_d**2
            g_a = slope * (right[:, 1] - expected @ GRID)
            h_dd = spread.sum(axis=1) + sd_d**-2.0 + 1e-12
            h_ad = slope * (spread @ GRID)
            h_aa = slope**2 * (spread @ GRID**2)
            if self.layout.common_slope:
                # One unknown shared by all items: its step comes from the Schur complement of the others.
                rise = g_a.sum() - (log_slope[0] - m_a) / sd_a**2 - (h_ad * g_d / h_dd).sum()
                step_a = np.full_like(g_a, rise / ((h_aa - h_ad**2 / h_dd).sum() + sd_a**-2.0 + 1e-12))
            else:
                g_a -= (log_slope - m_a) / sd_a**2
                h_aa += sd_a**-2.0 + 1e-12
                step_a = (g_a - h_ad * g_d / h_dd) / (h_aa - h_ad**2 / h_dd)
            step_d = (g_d - h_ad * step_a) / h_dd
            log_slope[free] += np.clip(step_a, -_LONGEST_STEP, _LONGEST_STEP)[free]
            intercept[free] += np.clip(step_d, -_LONGEST_STEP, _LONGEST_STEP)[free]
        if not self.layout.free_population:
            return Point(log_slope, intercept, 0.0, 1.0)
        centres = found.mean[self.present]
        mean = float(centres.mean())
        variance = float(found.variance[self.present].mean() + centres.var())
        return Point(log_slope, intercept, mean, float(np.sqrt(variance)))
