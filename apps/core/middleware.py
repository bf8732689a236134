"""The header that neither Django nor its content policy sets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class ResourcePolicyMiddleware:
    """Let no other site embed what is served here (S-30)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as usual, with the header."""
        response = self.get_response(request)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
