"""The short way of what exam pages send."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

PATHS = frozenset({"/save/", "/clock/"})


class SaveMiddleware:
    """Answer a save, and a page that asks for its time, before session, user, CSRF and messages are looked at (R-10).

    Both carry the page's signed ticket, so a sign-in elsewhere, an expired session or a rotated CSRF token cannot stop
    them, and a save costs no query but its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Call the view straight away for these paths, everything else for the rest."""
        if request.path_info not in PATHS:
            return self.get_response(request)
        match = resolve(request.path_info)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response
