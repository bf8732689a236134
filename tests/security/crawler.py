"""A visitor who opens every address there is, and everything that the answers lead to; and what gives a key away."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.models import User

# Every text of the answer side of the test bank reads like this (tests/world.py).
CANARY = re.compile(r"secret[ -](?:reason|takeaway|mistake|requirement|page)(?:[ -]\d+)?[ -]of[ -]([a-z0-9]+)-\d\d")
_LINK = re.compile(r'\s(?:href|src|action|formaction|hx-get|hx-post|hx-put|hx-delete|data-[a-z]+-url)="(/[^"#]*)')
_FRAGMENT = {"HX-Request": "true"}
# Kinds of answers that lead nowhere and are the same as a fragment.
_LEAVES = ("text/css", "text/javascript", "image/", "application/pdf")


def sign_in(user: User | None) -> Client:
    """Return a browser of this person, or of nobody."""
    client = Client()
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses(values: Mapping[str, Iterable[object]]) -> Iterator[str]:
    """Yield every named address of the site with every value of its parameters, allauth's pages included.

    A parameter without values fails: a new kind of address must not be left out unseen.
    """
    for name, parameters in _routes(get_resolver().url_patterns):
        rows: list[dict[str, object]] = [{}]
        for parameter in parameters:
            assert parameter in values, f"{name} takes {parameter}; give the crawler values for it"
            rows = [{**row, parameter: value} for row in rows for value in values[parameter]]
        for row in rows:
            try:
                yield reverse(name, kwargs=row)
            except NoReverseMatch:  # a code where a certification is wanted, and the like
                continue


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _routes(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{prefix}{pattern.name}", [*re.compile(pattern.pattern.regex.pattern).groupindex]


@dataclass
class Crawl:
    """What one visitor has been shown: the banks whose canaries appeared, each with the first place, and every page."""

    client: Client
    found: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    def visit(self, starts: Iterable[str]) -> "Crawl":
        """Open every address, as a page and as a fragment, and whatever they lead to; return itself."""
        waiting = list(starts)
        while waiting:
            url = waiting.pop()
            if url in self.statuses:
                continue
            answer = self.look(self.client.get(url), url)
            self.statuses[url] = answer.status_code
            if not answer.get("Content-Type", "").startswith(_LEAVES):
                waiting += [unescape(link) for link in _LINK.findall(text_of(answer))]
                self.look(self.client.get(url, headers=_FRAGMENT), f"{url} as a fragment")
            if url.startswith("/api/"):
                self.look(self.client.options(url), f"OPTIONS {url}")
        return self

    def look(self, answer: Any, where: str) -> Any:
        """Search one answer, status line, headers and cookies included, for canaries; return it."""
        for bank in CANARY.findall(f"{answer.headers} {answer.cookies} {text_of(answer)}"):
            self.found.setdefault(bank, where)
        return answer


def text_of(answer: Any) -> str:
    """Return the body of an answer as text."""
    if not getattr(answer, "_cutscore_text", None):
        body = b"".join(answer) if answer.streaming else answer.content
        answer._cutscore_text = body.decode(errors="replace")
    return str(answer._cutscore_text)
