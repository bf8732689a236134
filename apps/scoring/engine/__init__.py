"""From responses to a score: pure and exact, without clock, locale or hash seed (scoring.md A).

`credit` says what a response to one item is worth, `intervals` how sure a proportion is, `scores` what an attempt is
worth. `cuts` (where the pass mark comes from) and `reliability` describe whole forms and are imported by name.
"""

from apps.scoring.engine.credit import (
    CREDITED,
    DROPPED,
    EXACT,
    FULL_CREDIT,
    SCORED,
    CreditRule,
    Policy,
    Treatment,
    credit,
    credit_exact,
)
from apps.scoring.engine.intervals import Z90, Interval, band, difference, wilson
from apps.scoring.engine.scores import (
    VERSION,
    DomainResult,
    ItemResponse,
    Result,
    Scale,
    Tally,
    error_variance,
    score,
    to_scale,
)

__all__ = [
    "CREDITED",
    "DROPPED",
    "EXACT",
    "FULL_CREDIT",
    "SCORED",
    "VERSION",
    "Z90",
    "CreditRule",
    "DomainResult",
    "Interval",
    "ItemResponse",
    "Policy",
    "Result",
    "Scale",
    "Tally",
    "Treatment",
    "band",
    "credit",
    "credit_exact",
    "difference",
    "error_variance",
    "score",
    "to_scale",
    "wilson",
]
