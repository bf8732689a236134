"""The way from a person and a public code to a bank object."""

from uuid import UUID

from django.http import Http404

from apps.accounts.models import User
from apps.bank.models import Certification, Item, ItemReport


def item_read(user: User, code: str) -> Item:
    """Return the item, for instructors and admins; 404 otherwise."""
    item = Item.objects.select_related("objective__domain", "certification").filter(code=code).first()
    if item is None or not user.is_instructor:
        raise Http404
    return item


def item_write(user: User, code: str) -> Item:
    """Return the item to be edited; retired items are history and stay as they are."""
    item = item_read(user, code)
    if item.state == Item.State.RETIRED:
        raise Http404
    return item


def certification_read(_user: User, code: str) -> Certification:
    """Return a certification, for anybody who has signed in; 404 when there is none of that code."""
    certification = Certification.objects.filter(code=code).first()
    if certification is None:
        raise Http404
    return certification


def certification_write(user: User, code: str) -> Certification:
    """Return the certification that items are written for, for instructors and admins; 404 otherwise."""
    certification = Certification.objects.filter(code=code).first()
    if certification is None or not user.is_instructor:
        raise Http404
    return certification


def problem_write(user: User, uuid: UUID) -> ItemReport:
    """Return a reported problem to be answered, for instructors and admins; 404 otherwise."""
    report = ItemReport.objects.select_related("version__item").filter(uuid=uuid).first()
    if report is None or not user.is_instructor:
        raise Http404
    return report


def own_problem_write(user: User, uuid: UUID) -> ItemReport:
    """Return a problem that this person has reported; 404 for everybody else's."""
    report = ItemReport.objects.filter(uuid=uuid, reporter=user).first()
    if report is None:
        raise Http404
    return report
