"""Read models of scoring."""

from apps.scoring.queries.corrections import ScoreChange, changes_of, notices_of, treated_keys
from apps.scoring.queries.review import (
    KeyedItem,
    KeyedOption,
    ReviewedItem,
    ReviewedOption,
    keyed_items,
    reviewed_items,
)
from apps.scoring.queries.scores import blind_score, current_score, scores_of
from apps.scoring.queries.sheets import Sheet, SheetItem, latest_sheet, sheet

__all__ = [
    "KeyedItem",
    "KeyedOption",
    "ReviewedItem",
    "ReviewedOption",
    "ScoreChange",
    "Sheet",
    "SheetItem",
    "blind_score",
    "changes_of",
    "current_score",
    "keyed_items",
    "latest_sheet",
    "notices_of",
    "reviewed_items",
    "scores_of",
    "sheet",
    "treated_keys",
]
