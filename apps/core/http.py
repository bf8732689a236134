"""One URL answers the page and its fragment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class SeeOther(HttpResponseRedirectBase):
    """The answer to an act that succeeded: look there, with GET."""

    status_code = 303


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of the page (a history restore wants the whole page)."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, partial: str = "", status: int = 200
) -> HttpResponse:
    """Render `template`, or only its named `partial` when htmx asks for a fragment."""
    name = f"{template}#{partial}" if partial and wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go_to(request: HttpRequest, view: str, *args: Any) -> HttpResponse:
    """Send the person on after a successful act: HX-Redirect for htmx, 303 otherwise."""
    url = reverse(view, args=args)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return SeeOther(url)
