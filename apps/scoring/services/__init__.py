"""The acts of scoring."""

from apps.scoring.services.jobs import owe_missing, owe_score, settle_owed
from apps.scoring.services.scores import accept_late_and_rescore, rescore_attempt, score_attempts

__all__ = ["accept_late_and_rescore", "owe_missing", "owe_score", "rescore_attempt", "score_attempts", "settle_owed"]
