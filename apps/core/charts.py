"""Geometry of the charts; their markup is in templates/components/. Positions are percentages of the width."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dot:
    """A proportion with its interval, one row of a dot chart; all from 0 to 1."""

    label: str
    low: float
    point: float
    high: float
    evidence: str
    band: str
    band_words: str
    note: str = ""

    @property
    def x_low(self) -> str:
        """Left end of the whisker in percent."""
        return _percent(self.low)

    @property
    def x_point(self) -> str:
        """Place of the dot in percent."""
        return _percent(self.point)

    @property
    def x_high(self) -> str:
        """Right end of the whisker in percent."""
        return _percent(self.high)

    @property
    def words(self) -> str:
        """The interval in words."""
        return f"{self.low * 100:.0f} % to {self.high * 100:.0f} %"

    @property
    def between(self) -> str:
        """The interval after the word between."""
        return self.words.replace(" to ", " and ")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin of a histogram: the whole numbers from start to last, and how many fall into it; the place in percent."""

    start: int
    last: int
    count: int
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars over [least, most], with a named mark."""

    bars: tuple[Bar, ...]
    least: int
    most: int
    mark: int
    mark_x: str
    tallest: int
    total: int


def histogram(values: Sequence[int], *, least: int, most: int, step: int, mark: int) -> Histogram:
    """Count whole numbers from `least` to `most` into bins of `step`, the last of which takes `most` too.

    `mark` is a value to be pointed at. `step` divides the span.
    """
    span = most - least
    starts = range(least, most, step)
    lasts = [most if start + step == most else start + step - 1 for start in starts]
    counts = [sum(start <= value <= last for value in values) for start, last in zip(starts, lasts, strict=True)]
    tallest = max(counts, default=0)
    bars = tuple(
        Bar(
            start=start,
            last=last,
            count=count,
            x=_percent((start - least) / span + 0.002),
            width=_percent(step / span - 0.004),
            y=_percent(1 - count / tallest if tallest else 1),
            height=_percent(count / tallest if tallest else 0),
        )
        for start, last, count in zip(starts, lasts, counts, strict=True)
    )
    return Histogram(bars, least, most, mark, _percent((mark - least) / span), tallest, len(values))


@dataclass(frozen=True, slots=True)
class Point:
    """A proportion with its interval and the n it rests on, one step of a trend; places are percentages."""

    label: str
    n: int
    low: float
    point: float
    high: float
    x: str
    y_low: str
    y_point: str
    y_high: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Points from left to right, the oldest first, at equal steps; with a line at `mark`."""

    points: tuple[Point, ...]
    mark: float
    mark_y: str

    @property
    def latest_first(self) -> tuple[Point, ...]:
        """The points as a table wants them."""
        return self.points[::-1]


# What the words at the left of a trend take of its width.
_WORDS = 0.16


def trend(values: Sequence[tuple[str, int, float, float, float]], *, mark: float) -> Trend:
    """Place (label, n, low, point, high) at equal steps: dates that lie close together would hide each other."""
    step = (1 - _WORDS) / max(1, len(values))
    points = tuple(
        Point(
            label=label,
            n=n,
            low=low,
            point=point,
            high=high,
            x=_percent(_WORDS + step * (place + 0.5)),
            y_low=_percent(1 - low),
            y_point=_percent(1 - point),
            y_high=_percent(1 - high),
        )
        for place, (label, n, low, point, high) in enumerate(values)
    )
    return Trend(points, mark, _percent(1 - mark))


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """Predictions of about `predicted`: the share that came true, with its interval; all from 0 to 1."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int
    is_kept: bool

    @property
    def x(self) -> str:
        """Place from the left."""
        return _percent(self.predicted)

    @property
    def y(self) -> str:
        """Place of the dot from the top."""
        return _percent(1 - self.observed)

    @property
    def y_low(self) -> str:
        """Lower end of the bar, from the top."""
        return _percent(1 - self.low)

    @property
    def y_high(self) -> str:
        """Upper end of the bar, from the top."""
        return _percent(1 - self.high)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
