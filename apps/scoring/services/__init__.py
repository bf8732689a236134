"""The acts of scoring."""

from apps.scoring.services.jobs import owe_missing, owe_score, settle_owed
from apps.scoring.services.scores import score_attempts

__all__ = ["owe_missing", "owe_score", "score_attempts", "settle_owed"]
