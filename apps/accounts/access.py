"""Who may enter: the guards of views by role. Strangers are sent to sign in, others get 404 (S-06)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from apps.accounts.http import UserRequest
from apps.accounts.models import Cohort, User

P = ParamSpec("P")
View = Callable[Concatenate[UserRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let anybody in who has signed in."""
    return _guard(view, _anybody)


def instructors(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let instructors and admins in; for others the page does not exist."""
    return _guard(view, _instructor)


def admins(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let admins in; for others the page does not exist."""
    return _guard(view, _admin)


def _anybody(_user: User) -> bool:
    return True


def _instructor(user: User) -> bool:
    return user.is_instructor


def _admin(user: User) -> bool:
    return user.is_admin


def _guard(view: View[P], may: Callable[[User], bool]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    @wraps(view)
    def inner(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not may(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", login_required(inner))


def cohort_read(user: User, code: str) -> Cohort:
    """Return the cohort, for admins; 404 otherwise."""
    cohort = Cohort.objects.filter(code=code).first() if user.is_admin else None
    if cohort is None:
        raise Http404
    return cohort


def person_write(user: User, uuid: UUID) -> User:
    """Return a person whose sittings are to be arranged, for instructors and admins; 404 otherwise."""
    person = User.objects.filter(uuid=uuid, is_active=True).first() if user.is_instructor else None
    if person is None:
        raise Http404
    return person
