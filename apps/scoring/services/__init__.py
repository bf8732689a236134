"""The acts of scoring."""

from apps.scoring.services.jobs import owe_missing, owe_score, retry_score, settle_owed
from apps.scoring.services.scores import accept_late_and_rescore, rescore_attempt, score_attempts
from apps.scoring.services.verify import Difference, Verification, verify_scores

__all__ = [
    "Difference",
    "Verification",
    "accept_late_and_rescore",
    "owe_missing",
    "owe_score",
    "rescore_attempt",
    "retry_score",
    "score_attempts",
    "settle_owed",
    "verify_scores",
]
