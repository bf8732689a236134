"""Surfaces of delivery."""

from apps.delivery.views.live import live, sittings, steer
from apps.delivery.views.saving import clock, renew_ticket, save
from apps.delivery.views.sitting import instructions, paper, pause, replay, review, start, submit

__all__ = [
    "clock",
    "instructions",
    "live",
    "paper",
    "pause",
    "renew_ticket",
    "replay",
    "review",
    "save",
    "sittings",
    "start",
    "steer",
    "submit",
]
