"""S-02 and S-03: until the attempt ends, nothing that leaves the server depends on the key, and nothing reads it."""

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.bank.models import Key, KeyOption, Reference
from apps.delivery import queries
from apps.delivery.models import Assignment, Attempt
from apps.scoring.services import score_attempts
from tests import world as worlds
from tests.live import ROOT
from tests.security.crawler import sign_in

ATTEMPT = UUID("11111111-2222-4333-8444-555555555555")
PAPER = f"/attempts/{ATTEMPT}/"
_KEY_TABLES = re.compile(r"\bbank_(?:key|keyoption|reference)\b")
# What differs between two sittings of the same paper: instants, seconds, and random names.
_PASSING = re.compile(
    r"""\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?   # an instant
    | \b\d\d:\d\d:\d\d\b | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b | \b\d{15,19}\b
    | (?<=remaining-ms=")\d+ | (?<="remaining_ms":)\s?\d+ | \b\d+\ min\ \d+\ s\b
    | (?<=csrfmiddlewaretoken"\ value=")\w{64} | (?<=name="nonce"\ value=")[\w-]{16}
    | (?<=csrftoken=)\w+ | (?<=sessionid=)\w+ | \b[a-z0-9]{32}\b | (?<=form:)[0-9a-f]{24}
    | [\w-]+:[\w-]{6}:[\w-]{40,}                                    # what allauth and messages sign with their time
    | expires=[^;]+ | \d+\ milliseconds? | (?<=')[A-Za-z0-9+/=_-]{60,}(?:::?[\w:-]+)?(?=')
    | '[0-9:.]+'::interval | '\d+\ days?\ [\d.:]+' | \bargon2\$[^']+ | s\d+_x\d+ | (?<=_django_curs_)\d+_sync_\d+""",
    re.VERBOSE,
)


@dataclass
class Transcript:
    """Everything that a candidate's browser was told, and everything that the database was asked meanwhile."""

    answers: list[tuple[str, int, str, str]] = field(default_factory=list)
    statements: list[list[str]] = field(default_factory=list)

    def note(self, what: str, ask: Callable[[], Any]) -> Any:
        """Ask, and write down status, headers, cookies, body and statements, with what always differs masked."""
        with CaptureQueriesContext(connection) as asked:
            answer = ask()
        headers = "\n".join(f"{name}: {value}" for name, value in answer.items()) + str(answer.cookies)
        body = b"".join(answer) if answer.streaming else answer.content
        self.answers.append((what, answer.status_code, _PASSING.sub("~", headers), _PASSING.sub("~", body.decode())))
        self.statements.append([_PASSING.sub("~", query["sql"]) for query in asked])
        return answer


def sit(world: worlds.World, *, email: str) -> Transcript:
    """Sit the paper over HTTP, from signing in to a blind review that is open, with every odd thing on the way."""
    queries.form_content.cache_clear()
    queries.form_shape.cache_clear()
    queries.clock_board.cache_clear()
    said, client = Transcript(), Client()

    def post(url: str, body: Any, **how: Any) -> Any:
        return said.note(f"POST {url}", lambda: client.post(url, body, **how))

    def get(url: str, **headers: str) -> Any:
        return said.note(f"GET {url}", lambda: client.get(url, headers=headers))

    def save(*events: dict[str, Any], ticket: str) -> None:
        sent = json.dumps({"ticket": ticket, "client": "page", "events": events})
        post("/save/", sent, content_type="application/json")
        sent = json.dumps({"client": "script", "events": events})
        post(f"/api/v1{PAPER}save/", sent, content_type="application/json")

    get("/accounts/login/")
    post("/accounts/login/", {"login": email, "password": worlds.PASSWORD})
    get("/")
    get(f"/mocks/{world.assignment.uuid}/")
    post(f"/mocks/{world.assignment.uuid}/start/", {})
    Attempt.objects.update(uuid=ATTEMPT, shuffle_seed=7)  # random in each sitting
    attempt = Attempt.objects.get()
    page = get(PAPER)
    ticket = page.context["ticket"]
    get(PAPER, **{"HX-Request": "true"})
    for place, (right, n) in enumerate([(True, 1), (False, 2), (True, 3)], 1):
        event = {"n": n, "seq": n, "position": place, "kind": "answer"}
        save({**event, "value": worlds.tokens(attempt, place, right=right)}, ticket=ticket)
        save({**event, "value": worlds.tokens(attempt, place, right=right)}, ticket=ticket)  # once more
    save(
        {"n": 4, "seq": 4, "position": 1, "kind": "answer", "value": ["nowhere"]},
        {"n": 5, "seq": 5, "position": 99, "kind": "flag", "value": True},
        {"n": 6, "seq": 6, "position": 2, "kind": "note", "value": "look again"},
        ticket=ticket,
    )
    save({"n": 0}, ticket=ticket)
    save({"n": 7, "seq": 7, "position": 1, "kind": "flag", "value": True}, ticket="forged")
    post("/clock/", ticket, content_type="text/plain")
    post(PAPER, {"nonce": "one", "answer-4": worlds.tokens(attempt, 4), "flag": "4", "save": "1"})
    for url in (PAPER, f"{PAPER}review/", f"{PAPER}replay/", f"{PAPER}report/", f"{PAPER}items/",
                f"{PAPER}weak-areas/", "/", f"/api/v1{PAPER}", f"/api/v1{PAPER}score/", "/api/v1/attempts/",
                "/api/v1/scores/", "/api/v1/forms/", "/api/v1/certifications/", "/api/v1/assignments/"):  # fmt: skip
        get(url)
        get(url, **{"HX-Request": "true"})
    post(f"{PAPER}pause/", {})
    get(PAPER)
    post(f"{PAPER}pause/", {"resume": "1"})
    post(f"{PAPER}submit/", {"clients": "{}"})
    post(f"{PAPER}submit/", {"clients": '{"page": 99}', "confirm": "yes"})
    post(f"/api/v1{PAPER}submit/", json.dumps({"clients": {"page": 99}}), content_type="application/json")
    post(f"{PAPER}submit/", {"clients": "{}", "confirm": "yes"})
    blind = {"n": 8, "seq": 99, "position": 2, "kind": "answer", "value": worlds.tokens(attempt, 2), "phase": "blind"}
    for url in (PAPER, f"{PAPER}review/", f"{PAPER}report/", f"{PAPER}items/", f"/api/v1{PAPER}"):
        get(url)
    save(blind, ticket=ticket)
    get(PAPER)
    return said


def flip_every_key() -> None:
    """Turn the answer side of the bank around: what was keyed, every text, every number, and how many references."""
    KeyOption.objects.update(
        is_keyed=~F("is_keyed"), rationale="other", mistake="other", violates=[], is_feasible=False
    )
    Key.objects.update(takeaway="other " * 200, angoff="0.11", constraints=[], content_hash="0" * 64)
    Reference.objects.all().delete()
    worlds.forget()


def rewind() -> list[str]:
    """Return the statements that set every counter of the database back to where it is now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")
        return [
            f"SELECT setval('{name}', {last or 1}, {'true' if last else 'false'})" for name, last in cursor.fetchall()
        ]


def scene() -> tuple[worlds.World, str]:
    """Return a world whose exam may be paused and is looked at again without the clock, and its candidate."""
    world = worlds.build()
    Assignment.objects.update(blind_review=True, pause_allowed=True)
    candidate = worlds.person(email="student@example.com")
    Client().post("/accounts/login/", {"login": candidate.email, "password": worlds.PASSWORD})  # first-time lookups
    return world, candidate.email


def test_s02_s03_two_banks_that_differ_in_the_key_give_the_same_sitting(db: None) -> None:
    world, email = scene()
    back = rewind()
    transcripts = []
    for is_flipped in (False, True):
        if is_flipped:
            flip_every_key()
        with connection.cursor() as cursor:
            for statement in back:
                cursor.execute(statement)
        with transaction.atomic():
            transcripts.append(sit(world, email=email))
            transaction.set_rollback(True)  # the next one begins at the same rows
    first, second = transcripts
    assert [answer[:2] for answer in first.answers] == [answer[:2] for answer in second.answers]
    for one, other in zip(first.answers, second.answers, strict=True):
        assert one == other
    for answer, before, after in zip(first.answers, first.statements, second.statements, strict=True):
        assert before == after, answer[0]
        assert not _KEY_TABLES.search("\n".join(before)), answer[0]
    statuses = {status for _, status, *_ in first.answers}
    assert statuses >= {200, 303, 400, 401, 404, 409, 422}, "the sitting has seen every kind of answer"


def test_s02_control_after_the_end_the_key_shows(db: None) -> None:
    world, email = scene()
    seen = []
    for is_flipped in (False, True):
        if is_flipped:
            flip_every_key()
        with transaction.atomic():
            sit(world, email=email)
            attempt = Attempt.objects.get()
            client = sign_in(attempt.candidate)
            client.post(f"{PAPER}submit/", {"clients": "{}", "confirm": "yes"})
            score_attempts([attempt.pk])
            seen.append(Transcript())
            seen[-1].note("items", partial(client.get, f"{PAPER}items/"))
            transaction.set_rollback(True)
    assert seen[0].answers != seen[1].answers
    assert _KEY_TABLES.search("\n".join(seen[0].statements[0]))


def test_s03_of_the_bank_delivery_takes_the_options_alone() -> None:
    taken = {
        (node.module, name.name)
        for path in (ROOT / "apps" / "delivery").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("apps.bank")
        for name in node.names
    }
    assert taken == {("apps.bank.queries", "options_of")}
