"""Finding people."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from apps.accounts.models import User


def people_with_addresses(addresses: Sequence[str]) -> "QuerySet[User]":
    """Return the people with these e-mail addresses, in whatever case they are written."""
    return User.objects.annotate(address=Lower("email")).filter(address__in=[text.lower() for text in addresses])


def people_like(search: str) -> "QuerySet[User]":
    """Return the people in whose name or e-mail address every word occurs, by name."""
    found = User.objects.filter(is_active=True)
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return found.order_by("name", "email")
