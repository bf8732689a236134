"""Read models of delivery."""

from apps.delivery.queries.content import (
    ItemContent,
    ItemShape,
    OptionContent,
    form_content,
    form_shape,
    forms_on_offer,
    shuffled,
)
from apps.delivery.queries.fold import (
    AnswerReceipt,
    FoldedResponse,
    answer_receipt,
    clock_and_order,
    folded_responses,
    last_seq,
)
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
from apps.delivery.queries.paper import PaperItem, PaperOption, paper, remaining
from apps.delivery.queries.replay import Moment, grants, replay

__all__ = [
    "AnswerReceipt",
    "ClockNews",
    "FoldedResponse",
    "Instructions",
    "ItemContent",
    "ItemShape",
    "LiveRow",
    "LiveView",
    "Moment",
    "OptionContent",
    "PaperItem",
    "PaperOption",
    "Sittings",
    "answer_receipt",
    "clock_and_order",
    "clock_board",
    "clock_news",
    "folded_responses",
    "form_content",
    "form_shape",
    "forms_on_offer",
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
