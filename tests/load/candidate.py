"""Virtual candidates: what a browser sends for a person who sits a mock exam."""

import json
import random
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.load.http import Answer, Connection, Unexpected

# How often the driver looks for the report. The page itself does so once a second.
POLL = 0.25
_TICKET = re.compile(r'data-ticket="([^"]+)"')
_CHOOSE = re.compile(r'data-position="(\d+)" data-choose="(\d+)"')
_OPTION = re.compile(r'name="answer-(\d+)" value="([^"]+)"')


@dataclass(slots=True)
class Page:
    """An open exam page: its ticket, its items' options, and how far it has counted."""

    attempt: str
    ticket: str
    options: Mapping[int, tuple[int, tuple[str, ...]]]
    client: str = field(default_factory=lambda: secrets.token_hex(8))
    n: int = 0

    def next_save(self) -> bytes:
        """Return the body of the next save: a random full answer to the next item in turn."""
        self.n += 1
        position = list(self.options)[(self.n - 1) % len(self.options)]
        choose, tokens = self.options[position]
        value = random.sample(tokens, choose)
        event = {"n": self.n, "seq": self.n, "position": position, "kind": "answer", "value": value}
        return json.dumps({"ticket": self.ticket, "client": self.client, "events": [event]}).encode()


async def send_save(connection: Connection, body: bytes) -> None:
    """Send a save; raises Unexpected unless all of its events are accepted."""
    answer = await connection.request("POST", "/save/", {"Content-Type": "application/json"}, body)
    if answer.status != 200:
        raise Unexpected(f"a save: {answer.status} {answer.body[:200]!r}")
    refused = [receipt for receipt in answer.json()["receipts"] if receipt["disposition"] != "accepted"]
    if refused:
        raise Unexpected(f"a save: {refused}")


async def ask_clock(connection: Connection, ticket: str) -> None:
    """Ask whether the time of an attempt has changed, as an open page does every quarter of a minute."""
    answer = await connection.request("POST", "/clock/", {"Content-Type": "text/plain;charset=UTF-8"}, ticket.encode())
    if answer.status not in (200, 204):
        raise Unexpected(f"the clock: {answer.status}")


class Candidate:
    """A person with a browser: a connection, cookies and, after the start, an exam page."""

    def __init__(self, connection: Connection, *, session: str = "") -> None:
        self.connection = connection
        self._cookies = {"csrftoken": secrets.token_hex(16)}
        if session:
            self._cookies["sessionid"] = session
        self.page: Page | None = None

    async def sign_in(self, email: str, password: str) -> None:
        """Open the sign-in page, sign in, and see the home page."""
        await self._get("/accounts/login/")
        answer = await self._post("/accounts/login/", {"login": email, "password": password}, wanted=302)
        await self._get(answer.header("location"))

    async def start(self, assignment: str) -> None:
        """Press the start button; the paper is not loaded yet."""
        answer = await self._post(f"/mocks/{assignment}/start/", {}, wanted=303)
        self.page = Page(answer.header("location").split("/")[2], "", {})

    async def read_instructions(self, assignment: str) -> None:
        """Open the page with the start button."""
        await self._get(f"/mocks/{assignment}/")

    async def open_paper(self) -> Answer:
        """Load the paper."""
        attempt = self._attempt
        answer = await self._get(f"/attempts/{attempt}/")
        text = answer.text
        ticket = _TICKET.search(text)
        if ticket is None:
            raise Unexpected("the paper has no ticket")
        tokens: dict[int, list[str]] = {}
        for position, token in _OPTION.findall(text):
            tokens.setdefault(int(position), []).append(token)
        choose = {int(position): int(count) for position, count in _CHOOSE.findall(text)}
        options = {position: (choose[position], tuple(shown)) for position, shown in tokens.items()}
        self.page = Page(attempt, ticket[1], options)
        return answer

    async def save_all(self) -> None:
        """Answer every item, one save each."""
        for _ in self._page.options:
            await send_save(self.connection, self._page.next_save())

    async def look_over(self) -> None:
        """Open the page that lists what is unanswered and has the submit button."""
        await self._get(f"/attempts/{self._attempt}/review/")

    async def submit(self) -> None:
        """Press the submit button."""
        clients = json.dumps({self._page.client: self._page.n})
        await self._post(f"/attempts/{self._attempt}/submit/", {"confirm": "yes", "clients": clients}, wanted=303)

    async def see_report(self) -> bool:
        """Look for the report once; whether it was there rather than the page that waits for it."""
        return 'class="waiting"' not in (await self._get(f"/attempts/{self._attempt}/report/")).text

    async def ask_for_report(self) -> bool:
        """Ask as the waiting page does; whether the report is there now."""
        answer = await self._request("GET", f"/attempts/{self._attempt}/report/", {"HX-Request": "true"})
        if answer.status not in (200, 204):
            raise Unexpected(f"the waiting page: {answer.status}")
        return bool(answer.header("hx-redirect"))

    async def watch(self, assignment: str) -> None:
        """Ask for the table of the live view, as an instructor's page does."""
        answer = await self._request("GET", f"/live/{assignment}/", {"HX-Request": "true"})
        if answer.status != 200:
            raise Unexpected(f"the live view: {answer.status}")

    async def see_items(self) -> None:
        """Open the item review."""
        await self._get(f"/attempts/{self._attempt}/items/")

    @property
    def _attempt(self) -> str:
        return self._page.attempt

    @property
    def _page(self) -> Page:
        if self.page is None:
            raise Unexpected("the attempt was not started")
        return self.page

    async def _get(self, path: str) -> Answer:
        answer = await self._request("GET", path, {})
        if answer.status != 200:
            raise Unexpected(f"GET {path}: {answer.status}")
        return answer

    async def _post(self, path: str, fields: Mapping[str, str], *, wanted: int) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": self._cookies["csrftoken"]}).encode()
        answer = await self._request("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)
        if answer.status != wanted:
            raise Unexpected(f"POST {path}: {answer.status}")
        return answer

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Cookie": cookies, "Accept-Encoding": "gzip, br", **headers}
        answer = await self.connection.request(method, path, sent, body)
        for name, value in answer.headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return answer
