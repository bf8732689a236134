"""The acts of scoring."""

from apps.scoring.services.corrections import correct_key, note_seen, settle_corrections
from apps.scoring.services.cuts import set_cut_by_angoff
from apps.scoring.services.jobs import owe_missing, owe_score, retry_score, settle_owed
from apps.scoring.services.preview import Effect, preview_correction
from apps.scoring.services.scores import accept_late_and_rescore, rescore_attempt, score_attempts
from apps.scoring.services.verify import Difference, Verification, verify_scores

__all__ = [
    "Difference",
    "Effect",
    "Verification",
    "accept_late_and_rescore",
    "correct_key",
    "note_seen",
    "owe_missing",
    "owe_score",
    "preview_correction",
    "rescore_attempt",
    "retry_score",
    "score_attempts",
    "set_cut_by_angoff",
    "settle_corrections",
    "settle_owed",
    "verify_scores",
]
