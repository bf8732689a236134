"""What is set up: assignments with their use, and who has which accommodation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.accounts.queries import people_like
from apps.accounts.services import database_now
from apps.delivery.access import assignments_for
from apps.delivery.models import Accommodation, Assignment, Attempt
from apps.delivery.queries.offers import window_state, window_words
from apps.exams.models import Form


def assignment_list(search: str = "") -> "QuerySet[Any]":
    """Return the assignments whose title or form matches, those that are being sat first; nobody's own drills.

    Each row has `sitting` (open attempts), `have_sat` (people with an ended attempt) and `people_count`.
    """
    attempts = Attempt.objects.filter(assignment=OuterRef("pk")).order_by().values("assignment")
    named = Assignment.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    rows = Assignment.objects.filter(form__is_drill=False).annotate(
        sitting=_count(attempts.filter(submitted_at=None).annotate(n=Count("pk"))),
        have_sat=_count(attempts.filter(submitted_at__isnull=False).annotate(n=Count("candidate", distinct=True))),
        people_count=_count(named.annotate(n=Count("people"))),
    )
    for word in search.split():
        rows = rows.filter(Q(title__icontains=word) | Q(form__code__icontains=word))
    return rows.select_related("form").prefetch_related("cohorts").order_by("-sitting", "-created_at", "-pk")


def _count(rows: "QuerySet[Any, Any]") -> Coalesce:
    return Coalesce(Subquery(rows.values("n")), 0)


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment as instructors see it; `state` is later, open or closed, and `when` says it in words."""

    assignment: Assignment
    state: str
    when: str


def assignment_rows(assignments: Iterable[Assignment]) -> list[AssignmentRow]:
    """Return assignments with their state by the database's clock."""
    now = database_now()
    return [AssignmentRow(found, window_state(found, now), window_words(found, now)) for found in assignments]


def is_sat(assignment: Assignment) -> bool:
    """Say whether anybody has started it."""
    return assignment.attempts.exists()


def offerable_forms(current: Form | None) -> "QuerySet[Form]":
    """Return the forms that can be offered: the published ones, and the one that is offered already."""
    return Form.objects.mocks().filter(Q(state=Form.State.PUBLISHED) | Q(pk=current.pk if current else None))


def people_to_accommodate(search: str) -> "QuerySet[User]":
    """Return the people who match with their accommodations; without a search, those who have one."""
    found = people_like(search)
    if not search.strip():
        found = found.filter(accommodations__in=_accommodations()).distinct()
    return found.prefetch_related(Prefetch("accommodations", _accommodations()))


def accommodations_in_order(person: User) -> "QuerySet[Accommodation]":
    """Return a person's accommodations, the general one first."""
    return _accommodations().filter(user=person)


def _accommodations() -> "QuerySet[Accommodation]":
    # A drill is untimed for whoever asked for it; that is no arrangement of an instructor.
    arranged = Accommodation.objects.exclude(assignment__form__is_drill=True)
    return arranged.select_related("assignment__form").order_by(F("assignment__title").asc(nulls_first=True), "pk")


def assignments_to_accommodate(person: User) -> "QuerySet[Assignment]":
    """Return the assignments that the person can still sit, and those for which there is an accommodation."""
    sat = assignments_for(person).filter(Q(closes_at=None) | Q(closes_at__gt=database_now()), form__is_drill=False)
    there = Accommodation.objects.filter(user=person, assignment__isnull=False).values("assignment")
    return Assignment.objects.filter(Q(pk__in=sat.values("pk")) | Q(pk__in=there)).order_by("title")
