"""Geometry of the two charts; their markup is in templates/components/. Positions are percentages of the width."""

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
        return f"{self.low:.0%} to {self.high:.0%}".replace("%", " %")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin of a histogram: [start, end) and how many fall into it; x, width and height in percent."""

    start: int
    end: int
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
    """Count whole numbers from `least` to `most` into bins of `step`; `mark` is a value to be pointed at."""
    starts = range(least, most + 1, step)
    counts = [sum(start <= value < start + step for value in values) for start in starts]
    tallest = max(counts, default=0)
    span = len(starts) * step
    bars = tuple(
        Bar(
            start=start,
            end=start + step,
            count=count,
            x=_percent((start - least) / span + 0.002),
            width=_percent(step / span - 0.004),
            y=_percent(1 - count / tallest if tallest else 1),
            height=_percent(count / tallest if tallest else 0),
        )
        for start, count in zip(starts, counts, strict=True)
    )
    return Histogram(bars, least, least + span, mark, _percent((mark - least) / span), tallest, len(values))


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
