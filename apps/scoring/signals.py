"""What scoring tells the rooms above, after commit and by id. Losing it is harmless: the rows are the truth."""

from django.dispatch import Signal

attempt_scored = Signal()
"""Sent with `score_id` when an attempt has a new current score."""
