"""What learners told of the real exam."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.analytics.models import Outcome
from apps.analytics.queries.cohorts import Figure, rate
from apps.bank.models import Certification

# Under this many, whoever knows some of the learners could tell the others' results from the figure.
LEAST_TO_SHOW = 10


@dataclass(frozen=True, slots=True)
class ToldOutcomes:
    """How the real exam went for the learners of a certification; `share` passed, None while too few have told."""

    certification: Certification
    share: Figure | None


def outcomes_of(learner: User, certification: Certification) -> "QuerySet[Outcome]":
    """Return a person's own entries, the latest exam first."""
    return Outcome.objects.filter(learner=learner, certification=certification).order_by("-sat_on")


def told_outcomes() -> list[ToldOutcomes]:
    """Return the share that passed by certification, where at least ten people have told."""
    rows = Certification.objects.annotate(
        told=Count("outcomes"),
        passes=Count("outcomes", filter=Q(outcomes__passed=True)),
        people=Count("outcomes__learner", distinct=True),
    )
    return [ToldOutcomes(row, rate(row.passes, row.told) if row.people >= LEAST_TO_SHOW else None) for row in rows]
