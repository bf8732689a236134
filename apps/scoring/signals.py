"""What scoring tells the rooms above, after commit and by id. Losing it is harmless: the rows are the truth."""

from django.dispatch import Signal

attempts_scored = Signal()
"""Sent with `score_ids`, the new current scores of a batch of attempts, one or many."""
