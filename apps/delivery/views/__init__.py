"""Surfaces of delivery."""

from apps.delivery.views.health import readyz
from apps.delivery.views.live import live, sittings, steer
from apps.delivery.views.saving import clock, save
from apps.delivery.views.sitting import instructions, paper, pause, replay, review, start, submit

__all__ = [
    "clock",
    "instructions",
    "live",
    "paper",
    "pause",
    "readyz",
    "replay",
    "review",
    "save",
    "sittings",
    "start",
    "steer",
    "submit",
]
