"""Standard errors of a calibration from the empirical information, Σ s sᵀ over persons.

s is the gradient of one person's marginal log-likelihood, by Fisher's identity the posterior mean of the complete-data
gradient (Louis 1982, J. R. Statist. Soc. B 44, 226-233). Items answered by the same person are thereby not taken as
independent. Priors add their precision. With partial credit it understates the information, so errors are if anything
too wide. The information has (2 × free items)² entries: 8 MB for 500 items.
"""

import itertools

import numpy as np
from scipy.sparse import csr_array, hstack

from apps.analytics.psychometrics.layout import Layout, Point
from apps.analytics.psychometrics.model import GRID, Floats, Items, Priors, Responses, linear, sigmoid
from apps.analytics.psychometrics.posterior import Posterior

_CHUNK = 2000


def standard_errors(responses: Responses, layout: Layout, point: Point, found: Posterior, priors: Priors) -> Items:
    """Return the items at `point` with standard errors; 0 for fixed ones, NaN where nothing was learnt."""
    scores = _scores(responses, layout, point, found)
    information = np.zeros((scores.shape[1], scores.shape[1]))
    for start in range(0, responses.person_count, _CHUNK):
        some = scores[start : start + _CHUNK].toarray()
        information += some.T @ some
    free = np.flatnonzero(~layout.fixed)
    precision = np.zeros(len(information))
    precision[: layout.slope_count] = priors.log_slope[1] ** -2.0
    precision[layout.slope_count : layout.slope_count + len(free)] = priors.intercept[1] ** -2.0
    information[np.diag_indices_from(information)] += precision
    known = np.diag(information) > 0
    covariance = np.full_like(information, np.nan)
    covariance[np.ix_(known, known)] = np.linalg.pinv(information[np.ix_(known, known)], hermitian=True)

    slope = np.exp(point.log_slope)
    at_slope = np.zeros(len(free), dtype=np.int64) if layout.common_slope else np.arange(len(free))
    at_intercept = layout.slope_count + np.arange(len(free))
    v_aa, v_dd = covariance[at_slope, at_slope], covariance[at_intercept, at_intercept]
    v_ad = covariance[at_slope, at_intercept]
    a, d = slope[free], point.intercept[free]
    # b = -d/a as a function of log a and d has the gradient (d/a, -1/a).
    v_b = (d**2 * v_aa - 2 * d * v_ad + v_dd) / a**2
    errors = [np.zeros_like(slope) for _ in range(3)]
    for error, variance in zip(errors, (a**2 * v_aa, v_dd, v_b), strict=True):
        error[free] = np.sqrt(variance)
    return Items(slope, point.intercept, *errors)


def _scores(responses: Responses, layout: Layout, point: Point, found: Posterior) -> csr_array:
    """Return persons × free parameters: each person's gradient."""
    p_mean, p_theta = _expected(responses, point, found)
    place = np.cumsum(~layout.fixed) - 1
    counted = ~layout.fixed[responses.item]
    person, column = responses.person[counted], place[responses.item[counted]]
    slope = np.exp(point.log_slope)[responses.item]
    by_intercept = responses.weight * (responses.credit - p_mean)
    by_slope = slope * responses.weight * (responses.credit * found.mean[responses.person] - p_theta)
    free = int((~layout.fixed).sum())
    rows = responses.person_count
    parts = [
        csr_array(
            (by_slope[counted], (person, np.zeros_like(column) if layout.common_slope else column)),
            shape=(rows, layout.slope_count),
        ),
        csr_array((by_intercept[counted], (person, column)), shape=(rows, free)),
    ]
    if layout.free_population:
        offset = found.mean - point.mean
        by_mean = offset / point.sd**2
        by_deviation = (found.variance + offset**2) / point.sd**2 - 1
        parts.append(csr_array(np.column_stack([by_mean, by_deviation])))
    return csr_array(hstack(parts, format="csr"))


def _expected(responses: Responses, point: Point, found: Posterior) -> tuple[Floats, Floats]:
    """Return the posterior means of P and of P θ for each response."""
    p = sigmoid(linear(np.exp(point.log_slope), point.intercept))
    p_mean, p_theta = np.empty(len(responses.item)), np.empty(len(responses.item))
    order = np.argsort(responses.person, kind="stable")
    ends = np.searchsorted(responses.person[order], np.arange(0, responses.person_count + _CHUNK, _CHUNK))
    for chunk, (start, end) in enumerate(itertools.pairwise(ends)):
        some = order[start:end]
        rows = found.probability[chunk * _CHUNK : (chunk + 1) * _CHUNK]
        at = responses.person[some] - chunk * _CHUNK, responses.item[some]
        p_mean[some] = (rows @ p.T)[at]
        p_theta[some] = ((rows * GRID) @ p.T)[at]
    return p_mean, p_theta
