"""What a benchmark says: figures with their goals, as lines and as JSON."""

import json
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound from docs/quality.md."""

    value: float
    is_ceiling: bool

    def is_met(self, measured: float) -> bool:
        """Whether the bound is kept."""
        return measured <= self.value if self.is_ceiling else measured >= self.value


def at_most(value: float) -> Goal:
    """Return the goal of staying at or below `value`."""
    return Goal(value, is_ceiling=True)


def at_least(value: float) -> Goal:
    """Return the goal of reaching `value`."""
    return Goal(value, is_ceiling=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: a value per run, in `unit`, and its goal; no goal means that it only explains others."""

    benchmark: str
    name: str
    unit: str
    runs: tuple[float, ...]
    goal: Goal | None = None

    @property
    def measured(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    @property
    def ratio(self) -> float | None:
        """Measured over goal; None without a goal, or when the goal is 0."""
        return self.measured / self.goal.value if self.goal and self.goal.value else None

    @property
    def line(self) -> str:
        """The figure in one line."""
        parts = [f"{self.benchmark:<10} {self.name:<62} {number(self.measured):>9} {self.unit:<9}"]
        if self.goal:
            parts.append(f"goal {'≤' if self.goal.is_ceiling else '≥'} {number(self.goal.value):<6}")
            parts.append(f"ratio {self.ratio:<6.2f}" if self.ratio is not None else " " * 12)
            parts.append("met   " if self.goal.is_met(self.measured) else "MISSED")
        if len(self.runs) > 1:
            parts.append(f"runs {' '.join(number(run) for run in self.runs)}")
        return "  ".join(parts).rstrip()

    def to_json(self) -> dict[str, Any]:
        """Return the figure for a file."""
        return {
            "benchmark": self.benchmark,
            "name": self.name,
            "unit": self.unit,
            "measured": self.measured,
            "runs": list(self.runs),
            "goal": self.goal.value if self.goal else None,
            "bound": ("at most" if self.goal.is_ceiling else "at least") if self.goal else None,
            "ratio": self.ratio,
            "met": self.goal.is_met(self.measured) if self.goal else None,
        }


def number(value: float) -> str:
    """Return a number with about three significant figures, whole ones as they are, nan as "none"."""
    if math.isnan(value):
        return "none"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the values do not exceed; nan of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def write_json(figures: Sequence[Figure], path: Path) -> None:
    """Write all figures to a file."""
    path.write_text(json.dumps([figure.to_json() for figure in figures], indent=2) + "\n")
