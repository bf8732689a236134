"""Placing people on a calibrated scale."""

from dataclasses import dataclass

import numpy as np

from apps.analytics.psychometrics.model import Floats, Ints, Items, Responses
from apps.analytics.psychometrics.posterior import Tables, posterior


@dataclass(frozen=True, slots=True)
class Persons:
    """Abilities in standard deviations of the calibrating population, their standard errors and how many responses."""

    ability: Floats
    se: Floats
    n: Ints


def eap(responses: Responses, items: Items, *, mean: float = 0.0, sd: float = 1.0) -> Persons:
    """Return expected a posteriori abilities (Bock & Mislevy 1982), under a normal population.

    A person without responses gets the population's mean and deviation and n = 0.
    """
    found = posterior(Tables.of(responses), items.slope, items.intercept, mean, sd)
    count = np.bincount(responses.person, minlength=responses.person_count).astype(np.int64)
    return Persons(found.mean, np.sqrt(np.maximum(found.variance, 0.0)), count)
