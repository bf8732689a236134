"""The ways to scores."""

from uuid import UUID

from django.http import Http404

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.delivery.access import attempt_read
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import is_being_sat


def ended_attempt_read(user: User, uuid: UUID) -> Attempt:
    """Return the person's own attempt if it has ended; 404 otherwise."""
    attempt = attempt_read(user, uuid)
    if attempt.submitted_at is None:
        raise Http404
    return attempt


def may_review(attempt: Attempt) -> bool:
    """Whether the review policy lets the candidate see keys and rationales now."""
    policy = attempt.assignment.review_policy
    if attempt.submitted_at is None or policy == Assignment.ReviewPolicy.NEVER:
        return False
    closes_at = attempt.assignment.closes_at
    if policy == Assignment.ReviewPolicy.AFTER_WINDOW and closes_at is not None:
        # An exam that was closed early, or time that was granted, leaves people sitting after the end.
        return database_now() >= closes_at and not is_being_sat(attempt.assignment)
    return True


def review_read(user: User, uuid: UUID) -> Attempt:
    """Return the person's own ended attempt if its keys may be seen by now; 404 otherwise."""
    attempt = ended_attempt_read(user, uuid)
    if not may_review(attempt):
        raise Http404
    return attempt
