"""Surfaces of delivery."""

from apps.delivery.views.accommodations import accommodation_edit, accommodation_remove, accommodations
from apps.delivery.views.assignments import (
    assignment_close,
    assignment_delete,
    assignment_edit,
    assignment_new,
    assignments,
)
from apps.delivery.views.health import readyz
from apps.delivery.views.live import live, steer
from apps.delivery.views.saving import clock, renew_ticket, save
from apps.delivery.views.sitting import instructions, paper, pause, replay, review, start, submit

__all__ = [
    "accommodation_edit",
    "accommodation_remove",
    "accommodations",
    "assignment_close",
    "assignment_delete",
    "assignment_edit",
    "assignment_new",
    "assignments",
    "clock",
    "instructions",
    "live",
    "paper",
    "pause",
    "readyz",
    "renew_ticket",
    "replay",
    "review",
    "save",
    "start",
    "steer",
    "submit",
]
