"""What the scenarios need done inside Django: `python -m tests.faults.stage COMMAND`, answering in JSON.

A process of its own: the scenarios' database is another one than the one that pytest's Django knows.
"""

import json
import sys
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402 - only after Django's setup
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test import Client  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.delivery.models import Attempt  # noqa: E402
from apps.delivery.queries import answer_receipt, folded_responses  # noqa: E402
from apps.scoring.models import Score  # noqa: E402
from apps.scoring.services import rescore_attempt  # noqa: E402
from tests import world as worlds  # noqa: E402


def world(code: str = "demo-c01") -> Any:
    """Make the small world, and return the address part of its assignment."""
    return str(worlds.build(code).assignment.uuid)


def people(count: str) -> Any:
    """Make students with a session each."""
    made = []
    # A hash costs a tenth of a second; a few different ones are enough for any number of people.
    hashes = [make_password(worlds.PASSWORD) for _ in range(min(int(count), 4))]
    for number in range(int(count)):
        user = User(email=f"{uuid4().hex[:10]}@example.com", name="Somebody", password=hashes[number % len(hashes)])
        user.save()
        made.append(_signed_in(user))
    return made


def _signed_in(user: User) -> dict[str, str]:
    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return {"email": user.email, "cookie": browser.cookies[settings.SESSION_COOKIE_NAME].value}


def folds() -> Any:
    """Return what counts of every attempt: [attempt, position, chosen, flagged] for each item that was touched."""
    names = dict(Attempt.objects.values_list("pk", "uuid"))
    return [
        [str(names[held.attempt_id]), held.position, sorted(held.chosen), held.is_flagged]
        for held in folded_responses(list(names))
    ]


def receipts() -> Any:
    """Return the digest of the answers of every ended attempt: [attempt, digest]."""
    ended = Attempt.objects.exclude(submitted_at=None)
    return [[str(attempt.uuid), answer_receipt(attempt).digest] for attempt in ended]


def instructor() -> Any:
    """Make an instructor with a session."""
    return _signed_in(worlds.person(Role.INSTRUCTOR))


def rescore() -> Any:
    """Score every scored attempt again; return those whose digest is another one now."""
    changed = []
    for attempt in Attempt.objects.filter(scores__in=Score.objects.current()):
        before = Score.objects.current().get(attempt=attempt).digest
        rescore_attempt(attempt)
        if Score.objects.current().get(attempt=attempt).digest != before:
            changed.append(str(attempt.uuid))
    return changed


def outcome() -> Any:
    """Return what counts, the receipts, and whose score is another one when scored again; all in one process."""
    return {"folds": folds(), "receipts": receipts(), "changed": rescore()}


COMMANDS = {act.__name__: act for act in (world, people, instructor, outcome)}

if __name__ == "__main__":
    json.dump(COMMANDS[sys.argv[1]](*sys.argv[2:]), sys.stdout)
