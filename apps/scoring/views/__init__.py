"""Surfaces of scoring."""

from apps.scoring.views.corrections import correct
from apps.scoring.views.judging import judge, set_cut
from apps.scoring.views.review import accept_late

__all__ = ["accept_late", "correct", "judge", "set_cut"]
