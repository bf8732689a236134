"""What delivery tells the rooms above, after commit and by id. Losing it is harmless: the rows are the truth."""

from django.dispatch import Signal

attempt_submitted = Signal()
"""Sent with `attempt_id` when an attempt has ended."""
