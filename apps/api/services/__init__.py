"""The acts that need every room: the demo, and the simulation that judges the numbers."""

from apps.api.services.demo import remove_people, seed_form, seed_history, seed_people
from apps.api.services.simulation import Findings, Share, simulate

__all__ = ["Findings", "Share", "remove_people", "seed_form", "seed_history", "seed_people", "simulate"]
