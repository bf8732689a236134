"""The demo: people, a form, an offer and a simulated history, all through the real services."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction

from apps.accounts.models import Cohort, Role, User
from apps.accounts.services import database_now, enroll
from apps.analytics.services import owe_missing_reports, settle_owed_reports
from apps.bank.queries import latest_keys
from apps.delivery.access import Ticket
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import Event, offer_form, save_events, start_attempt, submit_attempt
from apps.exams.models import Blueprint, Form, FormItem
from apps.exams.services import assemble_form, publish_form
from apps.scoring.services import score_attempts

PASSWORD = "cutscore-demo"  # noqa: S105 - printed on the screen; refused outside the demo settings
BLUEPRINT = "dop-c02"
FORM_CODE = "dop-c02-a"
COHORTS = (
    ("platform-team", "Platform team", 0.65),
    ("cloud-academy", "Cloud academy, autumn", 0.15),
    ("career-changers", "Career changers", -0.35),
)
Progress = Callable[[int, int], None]


def seed_people() -> User:
    """Create the three demo logins and the cohorts; returns the student. Raises outside the demo settings."""
    if not settings.DEMO:
        raise ImproperlyConfigured("Demo people have a published password; set DEMO=1 to say that this is a demo.")
    for role, name in ((Role.ADMIN, "Ada Admin"), (Role.INSTRUCTOR, "Ines Instructor"), (Role.STUDENT, "Sam Student")):
        email = f"{role.value}@example.com"
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, PASSWORD, name=name, role=role, is_demo=True)
    for code, name, _ in COHORTS:
        Cohort.objects.get_or_create(code=code, defaults={"name": name, "note": "Demo data: simulated people."})
    student = User.objects.get(email="student@example.com")
    enroll(Cohort.objects.get(code=COHORTS[0][0]), users=[student])
    return student


def seed_form() -> Assignment:
    """Offer the forms that the pack brings, or assemble and publish one without any; returns the first one's offer.

    Raises ValidationError without the bank, and Infeasible when the bank cannot fill the form.
    """
    blueprint = Blueprint.objects.filter(code=BLUEPRINT).first()
    if blueprint is None:
        raise ValidationError("The bank is empty. Import it first: manage.py bank import fixtures/dop-c02")
    forms = list(blueprint.forms.filter(state=Form.State.PUBLISHED, is_drill=False).order_by("code"))
    if not forms:
        title = "DOP-C02 mock exam A"
        forms = [publish_form(assemble_form(blueprint, code=FORM_CODE, title=title, seed=20261123))]
    first, *_ = [offer_form(form, title=form.title) for form in forms]
    return first


@transaction.atomic
def remove_people() -> int:
    """Deactivate all demo people, and return how many there were; their attempts stay in the statistics."""
    return User.objects.filter(is_demo=True, is_active=True).update(is_active=False)


@dataclass(frozen=True, slots=True)
class SimulatedItem:
    """An item as a simulated candidate meets it."""

    position: int
    domain: int
    easiness: float
    keyed: tuple[str, ...]
    distractors: tuple[str, ...]
    choose: int


def seed_history(assignment: Assignment, *, people: int, seed: int = 1, progress: Progress | None = None) -> int:
    """Let simulated students sit the mock during the last weeks; returns how many attempts were made.

    Abilities are sampled per person and domain; each answer is drawn from a logistic model whose difficulty is the
    item's Angoff estimate. Everything goes through the services that real candidates use. Repeatable: people who exist
    are left alone.
    """
    rng = random.Random(seed)
    items = _items(assignment)
    now = database_now()
    made: list[Attempt] = []
    there = set(User.objects.filter(email__startswith="simulated-").values_list("email", flat=True))
    for number in range(people):
        code, _, mean = COHORTS[number % len(COHORTS)]
        email = f"simulated-{number + 1:03d}@example.com"
        ability = rng.gauss(mean, 0.7)
        days = rng.uniform(1, 75)
        if email not in there:
            user = _person(email, number)
            enroll(Cohort.objects.get(code=code), users=[user])
            for retake in range(2 if rng.random() < 0.25 else 1):
                started = now - timedelta(days=days * (1 - 0.6 * retake))
                made.append(_sit(assignment, user, items, ability + 0.35 * retake, started, rng))
            if progress:
                progress(number + 1, people)
    score_attempts([attempt.pk for attempt in made])
    owe_missing_reports()
    while settle_owed_reports(limit=200):
        pass
    return len(made)


def _person(email: str, number: int) -> User:
    user = User(email=email, name=f"Simulated {number + 1:03d}", role=Role.STUDENT, is_demo=True)
    user.set_unusable_password()
    user.save()
    return user


def _items(assignment: Assignment) -> list[SimulatedItem]:
    rows = list(FormItem.objects.filter(form=assignment.form).select_related("version"))
    keys = {key.version_id: key for key in latest_keys([row.version_id for row in rows])}
    return [
        SimulatedItem(
            position=row.position,
            domain=row.domain_id,
            easiness=math.log(float(key.angoff) / (1 - float(key.angoff))),
            keyed=tuple(said.option.token for said in key.options.all() if said.is_keyed),
            distractors=tuple(said.option.token for said in key.options.all() if not said.is_keyed),
            choose=row.version.choose,
        )
        for row in rows
        for key in [keys[row.version_id]]
    ]


def _sit(
    assignment: Assignment,
    user: User,
    items: Sequence[SimulatedItem],
    ability: float,
    started: datetime,
    rng: random.Random,
) -> Attempt:
    attempt = start_attempt(assignment, candidate=user, now=started)
    lean = {domain: rng.gauss(0, 0.35) for domain in {item.domain for item in items}}
    used = attempt.form.time_limit * rng.uniform(0.53, 0.99)
    ticket = Ticket(attempt.uuid, user.pk, attempt.form_id)
    events = [
        Event(n, n, item.position, "answer", _answer(item, ability + lean[item.domain], rng))
        for n, item in enumerate(items, 1)
        if rng.random() > 0.01
    ]
    events = [Event(n, n, event.position, event.kind, event.value) for n, event in enumerate(events, 1)]
    age = database_now() - started - used
    for first in range(0, len(events), 100):
        save_events(ticket, client="simulated", events=events[first : first + 100], age=age)
    return submit_attempt(attempt, clients={"simulated": len(events)}, now=started + used)


def _answer(item: SimulatedItem, ability: float, rng: random.Random) -> list[str]:
    if rng.random() < 1 / (1 + math.exp(-(ability + item.easiness))):
        return list(item.keyed)
    # Wrong answers keep some of the key when several are asked for, as real ones do.
    kept = rng.sample(item.keyed, rng.randint(0, item.choose - 1))
    return [*kept, *rng.sample(item.distractors, item.choose - len(kept))]
