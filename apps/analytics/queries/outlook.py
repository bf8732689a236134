"""How likely a learner would pass, in words a friend would use, and how that came about."""

import math
from dataclasses import dataclass

from django.utils.dateformat import format as date_format
from django.utils.timezone import localtime

from apps.accounts.models import User
from apps.analytics.models import Prediction
from apps.analytics.queries.mastery import MasteryView
from apps.bank.models import Certification
from apps.core.charts import Trend, trend

LEAST_ANSWERS = 20
EVEN = 0.5
# More points than this would touch each other on a narrow screen.
MOST_POINTS = 12
# Beyond this, sitting on is no advice.
MOST_MOCKS = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """The finding as one sentence, what would tell more, whether it is a first guess, and the predictions until now."""

    finding: str
    what_tells: str
    is_first_guess: bool
    trend: Trend | None


def outlook(learner: User, certification: Certification, state: MasteryView, *, mock_size: int) -> Outlook:
    """Return the outlook of a learner; `mock_size` is how many scored items a mock has."""
    latest = Prediction.objects.filter(learner=learner, certification=certification)[:MOST_POINTS]
    points = [
        (date_format(localtime(told.made_at), "j M Y"), told.n, told.low, told.probability, told.high)
        for told in reversed(latest)
    ]
    return Outlook(
        finding=_finding(state),
        what_tells=_what_tells(state, mock_size),
        is_first_guess=state.readiness is not None and not state.is_calibrated,
        trend=trend(points, mark=EVEN) if points else None,
    )


def _finding(state: MasteryView) -> str:
    if state.readiness is None:
        missing = LEAST_ANSWERS - state.n
        more = f": {missing} more answer{'' if missing == 1 else 's'}" if missing > 0 else ""
        return f"Not enough evidence yet{more}"
    low, probability, high = state.readiness
    # In tens, unless that would call something certain; the ends are rounded outwards, so that it never looks surer
    # (and first to nine places, so that .6 * 10 is 6).
    of = 10 if 0.5 <= probability * 10 < 9.5 else 100
    times = round(probability * of)
    least, most = math.floor(round(low * of, 9)), math.ceil(round(high * of, 9))
    return (
        f"You would pass a new mock about {times} time{'' if times == 1 else 's'} in {of}; between {least} and {most}."
    )


def _what_tells(state: MasteryView, mock_size: int) -> str:
    if state.readiness is None:
        return "Readiness is told from twenty answers on, each question at first sight."
    low, _, high = state.readiness
    if low > EVEN:
        return "You are more likely to pass than not, whichever end of the interval is true."
    if high < EVEN:
        return "You are less likely to pass than not, whichever end of the interval is true. Study first."
    mocks = _mocks_to_tell(state.n, state.readiness, mock_size)
    if mocks is None:
        return "That is too close to even odds for more mocks alone to tell. Study first."
    return f"That is too close to call. About {mocks} more mock{'' if mocks == 1 else 's'} of new questions would tell."


def _mocks_to_tell(n: int, readiness: tuple[float, float, float], mock_size: int) -> int | None:
    """Return about how many mocks would part the interval from even odds, or None when that is out of reach.

    An interval shrinks with the root of the answers that it rests on: it must become gap / half of its width.
    """
    low, probability, high = readiness
    gap = abs(probability - EVEN)
    half = probability - low if probability > EVEN else high - probability
    if not mock_size or gap * math.sqrt(1 + MOST_MOCKS * mock_size / max(n, 1)) < half:
        return None
    return max(1, math.ceil(n * ((half / gap) ** 2 - 1) / mock_size))
