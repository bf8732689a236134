"""Read models of scoring."""

from apps.scoring.queries.corrections import ScoreChange, changes_of, notices_of, treated_keys
from apps.scoring.queries.requirements import StatedRequirements, stated_requirements
from apps.scoring.queries.review import (
    KeyedItem,
    KeyedOption,
    ReviewedItem,
    ReviewedOption,
    keyed_items,
    reviewed_items,
)
from apps.scoring.queries.scores import (
    ItemCredit,
    current_score,
    item_credits,
    previous_score,
    scores_of,
    standing_scores,
)
from apps.scoring.queries.sheets import Sheet, SheetItem, latest_sheet, sheet

__all__ = [
    "ItemCredit",
    "KeyedItem",
    "KeyedOption",
    "ReviewedItem",
    "ReviewedOption",
    "ScoreChange",
    "Sheet",
    "SheetItem",
    "StatedRequirements",
    "changes_of",
    "current_score",
    "item_credits",
    "keyed_items",
    "latest_sheet",
    "notices_of",
    "previous_score",
    "reviewed_items",
    "scores_of",
    "sheet",
    "standing_scores",
    "stated_requirements",
    "treated_keys",
]
