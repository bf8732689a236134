"""The acts on assignments and attempts."""

from apps.delivery.services.accommodations import remove_accommodation, set_accommodation
from apps.delivery.services.assignments import (
    FIXED,
    AssignmentContent,
    change_assignment,
    close_assignment,
    create_assignment,
    delete_assignment,
)
from apps.delivery.services.attempts import (
    AnswersMissing,
    NotAllowed,
    close_attempt,
    close_if_overdue,
    close_overdue,
    start_attempt,
    submit_attempt,
)
from apps.delivery.services.heartbeat import WEB, beat, is_alive, keep_beating, silence_of
from apps.delivery.services.journal import Event, Marks, Receipt, Verdict, save_events, save_form
from apps.delivery.services.late import accept_late
from apps.delivery.services.offers import offer_form
from apps.delivery.services.readiness import Trouble, check_ready, readiness
from apps.delivery.services.time import beat_and_credit, end_pauses, grant_time, pause_attempt, resume_attempt

__all__ = [
    "FIXED",
    "WEB",
    "AnswersMissing",
    "AssignmentContent",
    "Event",
    "Marks",
    "NotAllowed",
    "Receipt",
    "Trouble",
    "Verdict",
    "accept_late",
    "beat",
    "beat_and_credit",
    "change_assignment",
    "check_ready",
    "close_assignment",
    "close_attempt",
    "close_if_overdue",
    "close_overdue",
    "create_assignment",
    "delete_assignment",
    "end_pauses",
    "grant_time",
    "is_alive",
    "keep_beating",
    "offer_form",
    "pause_attempt",
    "readiness",
    "remove_accommodation",
    "resume_attempt",
    "save_events",
    "save_form",
    "set_accommodation",
    "silence_of",
    "start_attempt",
    "submit_attempt",
]
