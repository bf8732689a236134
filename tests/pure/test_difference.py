"""The interval of a difference, from the intervals of both sides."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.scoring.engine import Interval, difference, wilson

# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: (k, n) twice, and the 95 % interval.
PUBLISHED = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("one", "other", "wanted"), PUBLISHED)
def test_newcombes_table(one: tuple[int, int], other: tuple[int, int], wanted: tuple[float, float]) -> None:
    sides = [(k / n, wilson(k / n, n, z=1.959964)) for k, n in (one, other)]
    found = difference(*sides[0], *sides[1])
    assert (found.low, min(found.high, 1.0)) == pytest.approx(wanted, abs=0.00006)


VALUES = st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, VALUES)
def test_it_holds_the_difference_and_turns_with_the_sides(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    (p, below, above), (q, under, over) = one, other
    first, second = Interval(p - below, p + above), Interval(q - under, q + over)
    forth, back = difference(p, first, q, second), difference(q, second, p, first)
    assert forth.low <= p - q <= forth.high
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
