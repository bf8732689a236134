"""Which parameters of a calibration are free, and their order in one vector."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.analytics.psychometrics.model import Floats

# Beyond these an item is a step or flat, or nobody or everybody gets it right: no leap may go there.
_LOG_SLOPE_BOUND = 2.5
_INTERCEPT_BOUND = 15.0
_MEAN_BOUND = 4.0
_LOG_SD_BOUND = 1.5


@dataclass(frozen=True, slots=True)
class Point:
    """All parameters, fixed ones too: log a and d per item, mean and deviation of the population."""

    log_slope: Floats
    intercept: Floats
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of free parameters: log slopes (or the common one), intercepts, then mean and log deviation."""

    fixed: npt.NDArray[np.bool_]
    slope: Floats
    intercept: Floats
    common_slope: bool
    free_population: bool

    @property
    def slope_count(self) -> int:
        """How many slopes are free."""
        return 1 if self.common_slope else int((~self.fixed).sum())

    def pack(self, point: Point) -> Floats:
        """Return the free parameters as a vector."""
        free = ~self.fixed
        slopes = point.log_slope[free][: self.slope_count]
        population = [point.mean, np.log(point.sd)] if self.free_population else []
        return np.concatenate([slopes, point.intercept[free], population])

    def unpack(self, vector: Floats) -> Point:
        """Return all parameters from the free ones."""
        free = ~self.fixed
        log_slope, intercept = np.log(self.slope), self.intercept.copy()
        log_slope[free] = vector[: self.slope_count]
        intercept[free] = vector[self.slope_count : self.slope_count + int(free.sum())]
        if not self.free_population:
            return Point(log_slope, intercept, 0.0, 1.0)
        return Point(log_slope, intercept, float(vector[-2]), float(np.exp(vector[-1])))

    def bounded(self, vector: Floats) -> Floats:
        """Return the vector with every parameter inside of what is plausible."""
        bounds = np.full(len(vector), _INTERCEPT_BOUND)
        bounds[: self.slope_count] = _LOG_SLOPE_BOUND
        if self.free_population:
            bounds[-2:] = _MEAN_BOUND, _LOG_SD_BOUND
        return np.clip(vector, -bounds, bounds)
