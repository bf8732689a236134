"""Item statistics and item response models: pure arithmetic on arrays (scoring.md B, C, F).

`classical` describes items by counts and correlations, `model` holds the two-parameter logistic, `fitting` calibrates
it and `persons` places people on its scale.
"""

from apps.analytics.psychometrics.classical import (
    Correlation,
    ItemSums,
    discrimination,
    efficiency,
    facility,
    fisher_interval,
    rapid_threshold,
)
from apps.analytics.psychometrics.fitting import Anchors, Calibration, calibrate
from apps.analytics.psychometrics.model import FLAT, Items, Priors, Responses
from apps.analytics.psychometrics.persons import Persons, eap

__all__ = [
    "FLAT",
    "Anchors",
    "Calibration",
    "Correlation",
    "ItemSums",
    "Items",
    "Persons",
    "Priors",
    "Responses",
    "calibrate",
    "discrimination",
    "eap",
    "efficiency",
    "facility",
    "fisher_interval",
    "rapid_threshold",
]
