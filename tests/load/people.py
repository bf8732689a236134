"""People, sessions and attempts, made straight in the database before the clock runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.delivery.access import Ticket, issue_ticket
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import form_content
from apps.delivery.services import Event, save_events, submit_attempt
from tests.load.candidate import Candidate, Page
from tests.load.http import Connection

PASSWORD = "correct horse battery"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Person:
    """A student who can sign in, or who has a session already."""

    user: User
    session: str

    def with_browser(self, port: int, number: int) -> Candidate:
        """Return the candidate at a browser with a session and an address of its own among 127.0.0.0/8."""
        return Candidate(connection(port, number), session=self.session)


def connection(port: int, number: int) -> Connection:
    """Return the connection of the number-th browser: each has its own address, as people at home have."""
    return Connection(port, source=f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}")


def make_people(count: int, *, role: Role = Role.STUDENT) -> list[Person]:
    """Make people with sessions, students if nothing else is said.

    All have one password hash, because computing one takes as long as an attempt.
    """
    hashed = make_password(PASSWORD)
    users = User.objects.bulk_create(
        [User(email=f"load-{uuid4().hex}@example.com", password=hashed, role=role, is_demo=True) for _ in range(count)],
        batch_size=_BATCH,
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    expires = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    sessions = [
        Session(
            session_key=uuid4().hex,
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=expires,
        )
        for user in users
    ]
    Session.objects.bulk_create(sessions, batch_size=_BATCH)
    return [Person(user, session.session_key) for user, session in zip(users, sessions, strict=True)]


def assignment() -> Assignment:
    """Return the mock exam that everybody may sit."""
    return Assignment.objects.select_related("form").get(form__code="dop-c02-a", audience=Assignment.Audience.EVERYONE)


def start_all(people: Sequence[Person]) -> list[Attempt]:
    """Make an open attempt for each."""
    offer = assignment()
    assert offer.form
    now = timezone.now()
    return Attempt.objects.bulk_create(
        [
            Attempt(
                assignment=offer,
                form=offer.form,
                candidate=person.user,
                shuffle_seed=number,
                started_at=now,
                deadline_at=now + offer.form.time_limit,
            )
            for number, person in enumerate(people)
        ],
        batch_size=_BATCH,
    )


def exam_page(attempt: Attempt) -> Page:
    """Return the open page of an attempt without loading it."""
    options = {
        item.position: (item.choose, tuple(option.token for option in item.options))
        for item in form_content(attempt.form_id)
    }
    return Page(str(attempt.uuid), issue_ticket(attempt), options)


def answer_all(attempt: Attempt) -> Page:
    """Answer every item of an attempt in one batch, and return its page as it stands then."""
    page = exam_page(attempt)
    events = [
        Event(number, number, position, "answer", list(tokens[:choose]))
        for number, (position, (choose, tokens)) in enumerate(page.options.items(), 1)
    ]
    ticket = Ticket(attempt.uuid, attempt.candidate_id, attempt.form_id)
    receipt = save_events(ticket, client=page.client, events=events)
    assert receipt
    page.n = len(events)
    return page


def sit_all(people: Sequence[Person]) -> list[Attempt]:
    """Make a submitted attempt with every item answered for each."""
    attempts = start_all(people)
    for attempt in attempts:
        page = answer_all(attempt)
        submit_attempt(attempt, clients={page.client: page.n})
    return attempts
