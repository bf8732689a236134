"""Scores of an attempt and of a person."""

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.delivery.models import Attempt
from apps.scoring.models import Score


def current_score(attempt: Attempt) -> Score | None:
    """Return the score that counts, or None while it is owed."""
    return (
        Score.objects.current()
        .filter(attempt=attempt)
        .select_related("attempt__form__blueprint__certification")
        .prefetch_related("domains__domain")
        .first()
    )


def blind_score(attempt: Attempt) -> Score | None:
    """Return the score after blind review, or None when there was none."""
    return Score.objects.blind().filter(attempt=attempt).prefetch_related("domains__domain").first()


def scores_of(user: User) -> "QuerySet[Score]":
    """Return the person's current scores, the latest first."""
    return (
        Score.objects.current()
        .filter(attempt__candidate=user)
        .select_related("attempt__assignment", "attempt__form")
        .order_by("-attempt__started_at")
    )
