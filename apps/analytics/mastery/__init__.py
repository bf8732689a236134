"""What is believed about a learner: mastery of areas, readiness for an exam, what to study next. Pure (scoring.md D).

`model` is the hierarchical Rasch model and `counts` the beta-binomial fallback without calibrated difficulties; both
are a `Belief`. `hyper` learns the spread of learners. `areas` and `passing` ask a belief.
"""

from apps.analytics.mastery.areas import AreaMastery, area_masteries, area_mastery
from apps.analytics.mastery.bank import Answer, Bank, BankItem, Belief, cold_start, seed_of
from apps.analytics.mastery.counts import Counts, fit_counts
from apps.analytics.mastery.hyper import HyperFit, estimate_hyper
from apps.analytics.mastery.model import Hyper, Posterior, fit
from apps.analytics.mastery.passing import Blueprint, DomainShare, Gain, Readiness, next_best, readiness

__all__ = [
    "Answer",
    "AreaMastery",
    "Bank",
    "BankItem",
    "Belief",
    "Blueprint",
    "Counts",
    "DomainShare",
    "Gain",
    "Hyper",
    "HyperFit",
    "Posterior",
    "Readiness",
    "area_masteries",
    "area_mastery",
    "cold_start",
    "estimate_hyper",
    "fit",
    "fit_counts",
    "next_best",
    "readiness",
    "seed_of",
]
