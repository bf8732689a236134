"""The lists of the API."""

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.bank.models import Certification
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import Form
from apps.scoring.models import Score


def certifications() -> "QuerySet[Certification]":
    """Return the certifications with their domains."""
    return Certification.objects.prefetch_related("domains")


def forms() -> "QuerySet[Form]":
    """Return the published forms with the number of their items."""
    return (
        Form.objects.published().mocks().select_related("blueprint__certification").annotate(item_count=Count("items"))
    )


def attempts_of(user: User) -> "QuerySet[Attempt]":
    """Return the person's attempts."""
    return Attempt.objects.filter(candidate=user).select_related("assignment", "form")


def no_assignments() -> "QuerySet[Assignment]":
    """Return an empty list that tells the schema its model."""
    return Assignment.objects.none()


def no_attempts() -> "QuerySet[Attempt]":
    """Return an empty list that tells the schema its model."""
    return Attempt.objects.none()


def no_scores() -> "QuerySet[Score]":
    """Return an empty list that tells the schema its model."""
    return Score.objects.none()
