"""The acts on assignments and attempts."""

from apps.delivery.services.attempts import (
    AnswersMissing,
    NotAllowed,
    close_if_overdue,
    close_overdue,
    start_attempt,
    submit_attempt,
)
from apps.delivery.services.heartbeat import beat, is_alive
from apps.delivery.services.journal import Event, Receipt, Verdict, save_events, save_form
from apps.delivery.services.offers import offer_form

__all__ = [
    "AnswersMissing",
    "Event",
    "NotAllowed",
    "Receipt",
    "Verdict",
    "beat",
    "close_if_overdue",
    "close_overdue",
    "is_alive",
    "offer_form",
    "save_events",
    "save_form",
    "start_attempt",
    "submit_attempt",
]
