"""The way to an area that somebody may practise."""

from dataclasses import dataclass

from django.http import Http404

from apps.accounts.models import User
from apps.bank.models import Domain, Objective, Topic
from apps.delivery.models import Attempt
from apps.exams.models import Blueprint
from apps.practice.models import Drill


@dataclass(frozen=True, slots=True)
class Area:
    """A domain, objective or topic of the certification of a blueprint."""

    blueprint: Blueprint
    kind: str
    code: str
    title: str


def area_read(user: User, certification: str, kind: str, code: str) -> Area:
    """Return an area of a certification in which the person has sat a mock to its end; 404 otherwise.

    Who has sat none has nothing to drill, and the bank is no book to be read from end to end.
    """
    last = (
        Attempt.objects.submitted()
        .filter(candidate=user, form__blueprint__certification__code=certification)
        .select_related("form__blueprint__certification")
        .first()
    )
    title = _title(certification, kind, code) if last else None
    if last is None or title is None:
        raise Http404
    return Area(last.form.blueprint, kind, code, title)


def _title(certification: str, kind: str, code: str) -> str | None:
    found: Domain | Objective | Topic | None = None
    if kind == Drill.Kind.DOMAIN:
        found = Domain.objects.filter(certification__code=certification, slug=code).first()
    elif kind == Drill.Kind.OBJECTIVE:
        found = Objective.objects.filter(domain__certification__code=certification, code=code).first()
    elif kind == Drill.Kind.TOPIC:
        found = Topic.objects.filter(domain__certification__code=certification, slug=code).first()
    return str(found) if found else None
