"""Reliability against Moodle's and R's published figures."""

from fractions import Fraction

import pytest

from apps.scoring.engine import Tally, error_variance
from apps.scoring.engine.reliability import alpha, alpha_if_deleted, phi, standard_error, sums

from .published import LSAT6, MOODLE_MARKS, people


def test_alpha_as_moodle_has_it() -> None:
    # mod/quiz/report/statistics/tests/fixtures, quiz 00: CIC, error ratio and standard error. Negative, and shown so.
    n = len(MOODLE_MARKS)
    credits = [[round(mark * 1_000_000) for mark in row] for row in MOODLE_MARKS]
    items = [sums(column) for column in zip(*credits, strict=True)]
    total = sums([sum(row) for row in credits])
    found = alpha(n, items, total)
    assert found is not None
    assert float(found) == pytest.approx(-0.872230935542, abs=1e-6)
    assert standard_error(Fraction(total.spread(n), n * (n - 1)), found) == pytest.approx(1.1106813066e6, rel=1e-6)


def test_alpha_as_r_has_it() -> None:
    # ltm 1.2-0, cronbach.alpha and descript of LSAT: Bock & Lieberman (1970).
    rows = people(LSAT6)
    found = alpha(len(rows), [sums(column) for column in zip(*rows, strict=True)], sums([sum(row) for row in rows]))
    assert found is not None
    assert float(found) == pytest.approx(0.294997192216, abs=1e-11)
    without = [float(each) for each in alpha_if_deleted(len(rows), rows) if each is not None]
    assert without == pytest.approx(
        [0.275356210798, 0.237583904647, 0.216799462943, 0.245932710434, 0.266294411208], abs=1e-11
    )


def test_undefined_is_none() -> None:
    one = sums([1, 0])
    assert alpha(2, [one], one) is None
    assert alpha(1, [sums([1]), sums([0])], sums([1])) is None
    assert alpha(2, [sums([1, 0]), sums([0, 1])], sums([1, 1])) is None
    assert phi([Fraction(1, 2)], [Fraction(1, 10)]) is None
    assert phi([Fraction(1, 2)] * 2, [Fraction(1, 10)] * 2) is None
    assert standard_error(2, None) is None


def test_phi_by_hand() -> None:
    # Var(S) of .5, .7, .9 is .04; mean(v) is .01.
    raws = [Fraction(5, 10), Fraction(7, 10), Fraction(9, 10)]
    assert phi(raws, [Fraction(0), Fraction(1, 100), Fraction(2, 100)]) == Fraction(3, 4)


def test_error_variance_by_hand() -> None:
    # .6²·(.5·.5)/3 + .4²·(.8·.2)/4
    tallies = [Tally(60, 4, 2000), Tally(40, 5, 4000)]
    assert error_variance(tallies) == Fraction(36, 100) / 12 + Fraction(16, 100) * Fraction(16, 100) / 4
    # A domain of one item borrows the whole test's spread: p = 3/5.
    assert error_variance([Tally(60, 4, 2000), Tally(40, 1, 1000)]) == (
        Fraction(36, 100) / 12 + Fraction(16, 100) * Fraction(6, 25) / 5
    )
