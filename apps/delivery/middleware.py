"""The short way of a save."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

SAVE_PATH = "/save/"


class SaveMiddleware:
    """Answer a save before session, user, CSRF and messages are looked at (R-10).

    A save carries its own signed ticket, so a sign-in elsewhere, an expired session or a rotated CSRF token cannot stop
    it, and it costs no query but its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Call the save view straight away for its path, everything else for the rest."""
        if request.path_info != SAVE_PATH:
            return self.get_response(request)
        match = resolve(SAVE_PATH)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response
