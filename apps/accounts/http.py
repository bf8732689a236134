"""The typed request that knows its user."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import User


class UserRequest(HttpRequest):
    """A request behind sign-in."""

    user: User
    htmx: HtmxDetails
