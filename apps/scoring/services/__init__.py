"""The acts of scoring."""

from apps.scoring.services.jobs import owe_missing, owe_score, settle_owed
from apps.scoring.services.scores import rescore_attempt, score_attempts

__all__ = ["owe_missing", "owe_score", "rescore_attempt", "score_attempts", "settle_owed"]
