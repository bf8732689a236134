"""Read models of delivery."""

from apps.delivery.queries.live import (
    ClockNews,
    LiveRow,
    LiveView,
    Sittings,
    clock_board,
    clock_news,
    live_view,
    running_assignments,
)
from apps.delivery.queries.offers import Instructions, instructions, open_attempts
from apps.delivery.queries.paper import (
    AnswerReceipt,
    FoldedResponse,
    ItemShape,
    PaperItem,
    PaperOption,
    answer_receipt,
    folded_responses,
    form_content,
    form_shape,
    last_seq,
    paper,
    remaining,
    shuffled,
)
from apps.delivery.queries.replay import Moment, grants, replay

__all__ = [
    "AnswerReceipt",
    "ClockNews",
    "FoldedResponse",
    "Instructions",
    "ItemShape",
    "LiveRow",
    "LiveView",
    "Moment",
    "PaperItem",
    "PaperOption",
    "Sittings",
    "answer_receipt",
    "clock_board",
    "clock_news",
    "folded_responses",
    "form_content",
    "form_shape",
    "grants",
    "instructions",
    "last_seq",
    "live_view",
    "open_attempts",
    "paper",
    "remaining",
    "replay",
    "running_assignments",
    "shuffled",
]
