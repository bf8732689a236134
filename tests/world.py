"""A small world, made through the services: two domains, eight items, one form, a few people.

The items say which options are keyed by their text: "right …" and "wrong …". Domain 1 weighs 60, domain 2 weighs 40;
the form has three scored items of domain 1, two of domain 2, and one pilot each; one item asks for two options.
Every text of the answer side is a canary: it reads "secret … of <item code>".
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from apps.accounts.models import Role, User
from apps.analytics.queries.bank import forget_banks
from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent
from apps.bank.curriculum import CertificationContent, DomainContent, ObjectiveContent, ServiceContent, TopicContent
from apps.bank.models import Certification, Item
from apps.bank.queries import forget_takeaways
from apps.bank.services import write_curriculum, write_item
from apps.delivery import queries
from apps.delivery.access import Ticket
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import form_content
from apps.delivery.services import Event, offer_form, readiness, save_events, start_attempt
from apps.exams.models import Blueprint, Form, FormItem
from apps.exams.services import assemble_form, publish_form, write_blueprint
from apps.scoring import queries as scoring

PASSWORD = "correct horse battery"


def forget() -> None:
    """Let this process read again what it keeps of published forms and key revisions, which no deployment changes."""
    for kept in (
        queries.form_content,
        queries.form_shape,
        queries.clock_board,
        scoring.sheet,
        scoring.keyed_items,
        scoring.stated_requirements,
    ):
        kept.cache_clear()
    forget_takeaways()
    readiness.cache_clear()
    forget_banks()


def curriculum(code: str = "demo-c01", *, weights: tuple[int, int] = (60, 40)) -> CertificationContent:
    """Return a curriculum of two domains."""
    return CertificationContent(
        code=code,
        title="Demo Certification",
        provider="Nobody",
        time_limit=timedelta(minutes=60),
        scale_min=100,
        scale_max=1000,
        pass_mark=750,
        cut=Decimal("0.72"),
        multiple_count=1,
        domains=tuple(
            DomainContent(
                number=number,
                slug=f"{code}-domain-{number}",
                title=f"Domain {number}",
                weight=weights[number - 1],
                scored_count=(3, 2)[number - 1],
                pilot_count=1,
                objectives=(ObjectiveContent(f"{number}.1", f"Objective {number}.1"),),
                topics=(TopicContent(f"{code}-topic-{number}", f"Topic {number}"),),
            )
            for number in (1, 2)
        ),
        services=(ServiceContent("s3", "Amazon S3", "current", None, ""),),
    )


def item(
    code: str, *, domain: int = 1, state: str = "active", choose: int = 1, prefix: str = "demo-c01"
) -> ItemContent:
    """Return an item whose first `choose` options are keyed."""
    count = {1: 4, 2: 5, 3: 6}[choose]
    return ItemContent(
        code=code,
        state=state,
        kind="single" if choose == 1 else "multiple",
        choose=choose,
        domain=domain,
        objective=f"{domain}.1",
        topics=(f"{prefix}-topic-{domain}",),
        services=("s3",),
        stem=f"A company asks question {code}.\nIt has requirements.",
        lead_in="Which solution meets these requirements with the LEAST operational overhead?",
        options=tuple(
            OptionContent(
                text=f"{'right' if place < choose else 'wrong'} option {place} of {code}",
                is_keyed=place < choose,
                rationale=f"secret reason {place} of {code}",
                violates=() if place < choose else ("c1",),
                mistake="" if place < choose else f"secret mistake {place} of {code}",
            )
            for place in range(count)
        ),
        constraints=(ConstraintContent("c1", "stem", f"It meets requirements. secret requirement of {code}"),),
        takeaway=f"secret takeaway of {code}.",
        angoff=0.6,
        references=(
            ReferenceContent(
                f"secret page of {code}",
                f"https://docs.aws.amazon.com/secret-page-of-{code}.html",
                date(2026, 11, 23),
                "stored-copy",
            ),
        ),
    )


@dataclass(frozen=True)
class World:
    """What `build` made."""

    certification: Certification
    blueprint: Blueprint
    form: Form
    assignment: Assignment


def build(code: str = "demo-c01") -> World:
    """Make the world."""
    certification = write_curriculum(curriculum(code))
    _write_items(certification, code)
    blueprint = write_blueprint(certification, counts=[(1, 3, 1), (2, 2, 1)], multiple_count=1)
    return _offer(blueprint, code)


def build_beside(world: World, code: str) -> World:
    """Offer a second form of the same certification, made of items of its own; the first form's items are retired."""
    Item.objects.filter(certification=world.certification).update(state=Item.State.RETIRED)
    _write_items(world.certification, code)
    return _offer(world.blueprint, code)


def _write_items(certification: Certification, code: str) -> None:
    for number, domain, state, choose in (
        (11, 1, "active", 1), (12, 1, "active", 1), (13, 1, "active", 1), (14, 1, "pilot", 1),
        (21, 2, "active", 2), (22, 2, "active", 1), (23, 2, "pilot", 1),
    ):  # fmt: skip
        content = item(f"{code}-{number}", domain=domain, state=state, choose=choose, prefix=certification.code)
        write_item(content, certification=certification)


def _offer(blueprint: Blueprint, code: str) -> World:
    form = publish_form(assemble_form(blueprint, code=f"{code}-a", title="Mock A", seed=7))
    return World(blueprint.certification, blueprint, form, offer_form(form, title="Mock A"))


def person(role: str = Role.STUDENT, *, email: str = "") -> User:
    """Make a person with a password."""
    return User.objects.create_user(email or f"{uuid4().hex[:10]}@example.com", PASSWORD, role=role, name="Somebody")


def sitting(world: World, candidate: User | None = None) -> Attempt:
    """Start an attempt."""
    return start_attempt(world.assignment, candidate=candidate or person())


def ticket(attempt: Attempt) -> Ticket:
    """Return what the attempt's page may do."""
    return Ticket(attempt.uuid, attempt.candidate_id, attempt.form_id)


def tokens(attempt: Attempt, position: int, *, right: bool = True) -> list[str]:
    """Return a full answer: exactly the keyed options, or as many others."""
    shown = next(shown for shown in form_content(attempt.form_id) if shown.position == position)
    wanted = "right" if right else "wrong"
    return [option.token for option in shown.options if wanted in option.html][: shown.choose]


def answer(
    attempt: Attempt, right: dict[int, bool], *, client: str = "page", first: int = 1, seq: int | None = None
) -> None:
    """Answer the items at these positions right or wrong, in one save."""
    events = [
        Event(n, (seq or n) + place, position, "answer", tokens(attempt, position, right=is_right))
        for place, (n, (position, is_right)) in enumerate(enumerate(right.items(), first))
    ]
    receipt = save_events(ticket(attempt), client=client, events=events)
    assert receipt is not None
    assert {verdict.disposition for verdict in receipt.verdicts} == {"accepted"}


def positions(form: Form, *, scored: bool = True, domain: int | None = None) -> list[int]:
    """Return the positions of scored items or pilots, of one domain number or of all."""
    rows = FormItem.objects.filter(form=form, is_scored=scored)
    if domain is not None:
        rows = rows.filter(domain__number=domain)
    return list(rows.order_by("position").values_list("position", flat=True))
