"""Virtual candidates that behave like static/js/durable.js."""

import json
import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from tests.faults.ledger import Answer, Entry, Ledger
from tests.faults.rig import Person
from tests.world import PASSWORD

BATCH = 100


class Abandoned(Exception):
    """The scenario is over and this candidate is still waiting."""


class _PaperReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ticket, self.seq = "", 0
        self.choose: dict[int, int] = {}
        self.options: dict[int, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "data-ticket" in found:
            self.ticket, self.seq = found["data-ticket"], int(found["data-seq"])
        if "data-choose" in found and "data-position" in found:
            self.choose[int(found["data-position"])] = int(found["data-choose"])
        if tag == "input" and found.get("name", "").startswith("answer-"):
            self.options.setdefault(int(found["name"].removeprefix("answer-")), []).append(found["value"])


class Page:
    """One open exam page: a client of its own with a queue and a sender."""

    def __init__(self, candidate: "Candidate", attempt: str, text: str, client: str) -> None:
        read = _PaperReader()
        read.feed(text)
        assert read.ticket, f"This is no paper: {text[:300]}"
        self.attempt, self.client, self.choose, self.options = attempt, client, read.choose, read.options
        self.last_n = 0
        self.remaining_ms: int | None = None
        self._candidate = candidate
        self._ticket, self._seq = read.ticket, read.seq
        self._waiting: list[Entry] = []
        self._change = threading.Condition()
        threading.Thread(target=self._send_all, daemon=True).start()

    def record(self, position: int, kind: str, value: Any) -> Entry:
        """Queue one change."""
        with self._change:
            self.last_n += 1
            self._seq += 1
            entry = Entry(self.attempt, self.client, self.last_n, self._seq, position, kind, value)
            self._waiting.append(entry)
            self._change.notify_all()
            return entry

    def drain(self) -> None:
        """Wait until every change has its receipt."""
        with self._change:
            while self._waiting:
                self._candidate.check()
                self._change.wait(0.5)

    @property
    def is_drained(self) -> bool:
        """Whether nothing waits."""
        with self._change:
            return not self._waiting

    def _send_all(self) -> None:
        failures = 0
        while not self._candidate.over.is_set():
            with self._change:
                if not self._waiting:
                    self._change.wait(0.5)
                    continue
                batch = self._waiting[:BATCH]
            if self.send(batch):
                failures = 0
            else:
                failures += 1
                self._candidate.pause(failures)

    def send(self, batch: list[Entry]) -> bool:
        """Send a batch once, and say whether an answer came."""
        ledger = self._candidate.ledger
        ledger.note_sent(batch)
        try:
            answer = self._post(batch)
        except (OSError, HTTPException):
            return False
        if answer.status != 200:
            if 300 <= answer.status < 500 and answer.status not in (408, 429):
                ledger.complain(f"A save was answered {answer.status}: {answer.text[:200]}")
            return False
        told = json.loads(answer.text)
        self.remaining_ms = told["remaining_ms"]
        verdicts = {one["n"]: one["disposition"] for one in told["receipts"]}
        for entry in batch:
            if entry.n in verdicts:
                ledger.note_receipt(entry, verdicts[entry.n])
        with self._change:
            self._waiting = [entry for entry in self._waiting if entry.n not in verdicts]
            self._seq = max(self._seq, told["seq"])
            self._change.notify_all()
        return True

    def forge(self, entry: Entry, **lies: object) -> Answer:
        """Send an entry with fields that the protocol does not know."""
        return self._post([entry], **lies)

    def _post(self, batch: list[Entry], **lies: object) -> Answer:
        events = [{"n": e.n, "seq": e.seq, "position": e.position, "kind": e.kind, "value": e.value} for e in batch]
        body = json.dumps({"ticket": self._ticket, "client": self.client, "events": events, **lies})
        return self._candidate.ask("POST", "/save/", body, kind="application/json", session=False)


class Candidate(threading.Thread):
    """A person at the exam. `changes` answers at about `pace` seconds each, on `tabs` pages, then the submit."""

    def __init__(
        self,
        port: int,
        person: Person,
        assignment: str,
        ledger: Ledger,
        *,
        changes: int = 30,
        pace: float = 0.1,
        tabs: int = 1,
        ends: bool = True,
        impatient: bool = False,
        timeout: float = 8.0,
        longest_pause: float = 2.0,
        headers: Mapping[str, str] = MappingProxyType({}),
        seed: int = 1,
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.person, self.assignment, self.ledger = port, person, assignment, ledger
        self.cookie = person.cookie
        self.token = "a" * 32  # the CSRF cookie and field must only agree
        self.over = threading.Event()
        self.error: BaseException | None = None
        self.attempt = ""
        self.pages: list[Page] = []
        self._changes, self._pace, self._tabs = changes, pace, tabs
        self._ends, self._impatient = ends, impatient
        self._timeout, self._longest_pause, self._headers = timeout, longest_pause, headers
        self._random = random.Random(seed)
        self._seed = seed

    def run(self) -> None:
        """Sit the exam; what goes wrong is kept in `error`."""
        try:
            self.sit()
        except Abandoned:
            return
        except BaseException as error:
            self.error = error

    def sit(self) -> None:
        """Start, answer, submit, and wait for the last receipt."""
        self.start_attempt()
        for _ in range(self._tabs):
            self.open_page()
        self.answer_some(self._changes)
        if not self._impatient:
            self.drain()
        if self._ends:
            self.submit()
        self.drain()

    def answer_some(self, changes: int) -> None:
        """Change answers and flags at random."""
        for _ in range(changes):
            self.check()
            page = self._random.choice(self.pages)
            position = self._random.choice(sorted(page.options))
            if self._random.random() < 0.15:
                page.record(position, "flag", self._random.random() < 0.5)
            else:
                many = self._random.choice([page.choose[position], page.choose[position], 0])
                page.record(position, "answer", sorted(self._random.sample(page.options[position], many)))
            time.sleep(self._pace * self._random.uniform(0.5, 1.5))

    def start_attempt(self) -> str:
        """Post the start until it leads to a paper, and return the attempt's public id."""
        answer = self._insist("POST", f"/mocks/{self.assignment}/start/", {}, wanted=(302, 303))
        found = re.match(r"/attempts/([0-9a-f-]{36})/$", answer.place)
        assert found, f"The start led to {answer.place!r}"
        self.attempt = found[1]
        return self.attempt

    def open_page(self) -> Page:
        """Open the paper in another tab."""
        answer = self._insist("GET", f"/attempts/{self.attempt}/", None, wanted=(200,))
        name = f"{self._seed:04d}-{len(self.pages)}-{random.SystemRandom().getrandbits(32):08x}"
        self.pages.append(Page(self, self.attempt, answer.text, name))
        return self.pages[-1]

    def submit(self) -> None:
        """Submit until the server has ended the attempt, sending again what it says is missing."""
        while True:
            known = {page.client: page.last_n for page in self.pages if page.last_n}
            drained = all(page.is_drained for page in self.pages)
            fields = {"clients": json.dumps(known), "confirm": "yes"}
            answer = self._insist("POST", f"/attempts/{self.attempt}/submit/", fields, wanted=(302, 303, 409))
            if answer.status != 409:
                self.ledger.note_submitted(self.attempt)
                return
            if drained:
                self.ledger.complain(f"{self.attempt}: answers are missing although all were acknowledged.")
                raise Abandoned
            self.drain()

    def drain(self) -> None:
        """Wait until nothing waits on any page."""
        for page in self.pages:
            page.drain()

    def check(self) -> None:
        """Raise Abandoned once the scenario is over."""
        if self.over.is_set():
            raise Abandoned

    def pause(self, failures: int) -> None:
        """Wait before the next try: full jitter, as the page does, with a shorter ceiling."""
        self.over.wait(0.1 + random.random() * min(self._longest_pause, 0.2 * 2**failures))

    def result_page(self) -> str:
        """Return the page of the result."""
        return self._insist("GET", f"/attempts/{self.attempt}/report/", None, wanted=(200,), keys_allowed=True).text

    def post(self, path: str, fields: Sequence[tuple[str, str]]) -> Answer:
        """Send a form once."""
        return self.ask("POST", path, self._form(fields))

    def sign_in(self) -> None:
        """Sign in with the password, as the page asks to when the session is gone."""
        answer = self.post("/accounts/login/", [("login", self.person.email), ("password", PASSWORD)])
        if answer.status == 429 or answer.status >= 500:
            raise HTTPException(f"Signing in was answered {answer.status}.")
        assert answer.status in (302, 303), f"Signing in was answered {answer.status}."

    def _insist(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None,
        *,
        wanted: tuple[int, ...],
        keys_allowed: bool = False,
    ) -> Answer:
        failures = 0
        while True:
            self.check()
            try:
                body = None if fields is None else self._form(list(fields.items()))
                answer = self.ask(method, path, body, keys_allowed=keys_allowed)
                if answer.status in (302, 303) and "/accounts/login/" in answer.place:
                    self.sign_in()
                    continue
            except (OSError, HTTPException):
                answer = None
            if answer and answer.status in wanted:
                return answer
            assert answer is None or answer.status >= 500, f"{path} answered {answer.status}, {answer.place!r}"
            failures += 1
            self.pause(failures)

    def _form(self, fields: Sequence[tuple[str, str]]) -> str:
        return urlencode([*fields, ("csrfmiddlewaretoken", self.token)])

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        kind: str = "application/x-www-form-urlencoded",
        session: bool = True,
        keys_allowed: bool = False,
    ) -> Answer:
        """Send one request on a connection of its own; raises OSError or HTTPException when no answer comes."""
        headers = {"Connection": "close", "Accept": "text/html", **self._headers}
        if body is not None:
            headers["Content-Type"] = kind
        if session:
            headers["Cookie"] = f"sessionid={self.cookie}; csrftoken={self.token}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=self._timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(
                response.status, response.read().decode(errors="replace"), response.getheader("Location") or ""
            )
            for cookie in response.headers.get_all("Set-Cookie") or []:
                if (found := re.match(r"sessionid=(\w+)", cookie)) and session:
                    self.cookie = found[1]
        finally:
            connection.close()
        self.ledger.note_answer(path, answer, keys_allowed=keys_allowed)
        return answer
