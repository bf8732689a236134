"""The way from a person and a public code to a bank object."""

from django.http import Http404

from apps.accounts.models import User
from apps.bank.models import Certification, Item


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


def certification_write(user: User, code: str) -> Certification:
    """Return the certification that items are written for, for instructors and admins; 404 otherwise."""
    certification = Certification.objects.filter(code=code).first()
    if certification is None or not user.is_instructor:
        raise Http404
    return certification


def certification_read(user: User, code: str) -> Certification:
    """Return a certification for whoever has signed in; 404 otherwise."""
    certification = Certification.objects.filter(code=code).first()
    if certification is None or not user.is_authenticated:
        raise Http404
    return certification
