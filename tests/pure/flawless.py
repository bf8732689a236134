"""An item and a bank in which the linter finds nothing, of a certification that is not the shipped one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent
from apps.bank.curriculum import (
    CertificationContent,
    DomainContent,
    ObjectiveContent,
    ServiceContent,
    TopicContent,
)

AS_OF = date(2026, 11, 28)
SERVICES = (
    ServiceContent("pooler", "Oracle Classic Pooler", "ended", date(2026, 1, 1), ""),
    ServiceContent("mirror", "Row Mirror", "closed", date(2026, 12, 24), ""),
    ServiceContent("backup", "Tape Saver", "ending", None, ""),
    ServiceContent("young", "Vector Store", "current", AS_OF - timedelta(days=90), ""),
    ServiceContent("grown", "Block Store", "current", AS_OF - timedelta(days=200), ""),
)

KEY, REPLICA, HOURLY, LATE = range(4)

ITEM = ItemContent(
    code="pg-sales",
    state="active",
    kind="single",
    choose=1,
    domain=1,
    objective="1.1",
    topics=("views",),
    services=(),
    stem=(
        "A museum keeps its ticket sales in a PostgreSQL server of its own.\n"
        "Each night, a job copies the sales of the day into a reporting table and holds a lock while it works.\n"
        "Since the summer, the job takes forty minutes, and the cashiers of the evening opening wait until it ends.\n"
        "The reports must contain every sale of the previous day at seven in the morning.\n"
        "Cashiers must be able to sell tickets at any time.\n"
        "The museum has no budget for a second server."
    ),
    lead_in="Which change meets these requirements with the LEAST operational overhead?",
    options=(
        OptionContent(
            "Refresh a materialized view concurrently at six in the morning, with a unique index on its rows, so that "
            "readers and writers of the sales go on while the view is built.",
            is_keyed=True,
            rationale="A concurrent refresh needs a unique index and takes no lock that stops readers or writers.",
        ),
        OptionContent(
            "Move the copying job to a physical replica on another machine, and let the reports read the table there, "
            "so that the lock of the job stays away from the sales.",
            is_keyed=False,
            rationale="A replica is a second server, for which there is no budget, and it takes no writes.",
            violates=("c3",),
            mistake="more hardware where a feature exists",
            is_feasible=False,
        ),
        OptionContent(
            "Split the copying job into hourly runs during the day, and let each run hold the lock on the sales for a "
            "few minutes, so that the evening and the night stay free.",
            is_keyed=False,
            rationale="Cashiers would wait during each of the runs, for less time but more often than today.",
            violates=("c2",),
            mistake="a short lock taken for no lock",
        ),
        OptionContent(
            "Start the copying job at nine in the morning, and let the reports of the day be sent by mail at noon, so "
            "that no cashier of the evening meets the lock of the job.",
            is_keyed=False,
            rationale="The reports would come five hours after the time at which they are due.",
            violates=("c1",),
            mistake="moving the problem to another hour",
        ),
    ),
    constraints=(
        ConstraintContent("c1", "stem", "Reports contain the sales of the previous day at seven."),
        ConstraintContent("c2", "stem", "Cashiers sell at any time."),
        ConstraintContent("c3", "stem", "There is no second server."),
    ),
    takeaway="A concurrent refresh replaces a view while it is read. It needs a unique index.",
    angoff=0.6,
    references=(ReferenceContent("REFRESH MATERIALIZED VIEW", "https://example.org/refresh", AS_OF, "live"),),
    review_due=date(2027, 11, 28),
)

MULTIPLE = replace(
    ITEM,
    kind="multiple",
    choose=2,
    lead_in="Which combination of steps meets these requirements with the LEAST operational overhead? (Choose TWO.)",
    options=(
        *ITEM.options,
        OptionContent(
            "Allow the reporting role to read the materialized view alone, and revoke its rights on the sales, so that "
            "no report of the morning holds a lock on rows that are being changed.",
            is_keyed=True,
            rationale="Reports then read the view, whose rows nobody changes while they are read.",
        ),
    ),
)


def with_option(item: ItemContent, number: int, **changes: object) -> ItemContent:
    """Return the item with one option changed."""
    options = list(item.options)
    options[number] = replace(options[number], **changes)  # type: ignore[arg-type] # fields by name
    return replace(item, options=tuple(options))


def with_texts(item: ItemContent, *texts: str) -> ItemContent:
    """Return the item with other texts of its options."""
    return replace(item, options=tuple(replace(o, text=t) for o, t in zip(item.options, texts, strict=True)))


def add_text(item: ItemContent, number: int, more: str) -> ItemContent:
    """Return the item with more text at the end of one option."""
    return with_option(item, number, text=item.options[number].text + more)


CERTIFICATION = CertificationContent(
    code="pg-1",
    title="Database Keeper",
    provider="Example",
    time_limit=timedelta(minutes=30),
    scale_min=0,
    scale_max=100,
    pass_mark=70,
    cut=Decimal("0.7"),
    multiple_count=2,
    domains=(
        DomainContent(
            number=1,
            slug="queries",
            title="Queries",
            weight=60,
            scored_count=5,
            pilot_count=1,
            objectives=(ObjectiveContent("1.1", "Write them"), ObjectiveContent("1.2", "Read their plans")),
            topics=(TopicContent("views", "Views"), TopicContent("indexes", "Indexes")),
        ),
        DomainContent(
            number=2,
            slug="keeping",
            title="Keeping",
            weight=40,
            scored_count=3,
            pilot_count=1,
            objectives=(ObjectiveContent("2.1", "Back it up"),),
            topics=(TopicContent("backups", "Backups"),),
        ),
    ),
    services=SERVICES,
)


def bank(items: int = 28) -> list[ItemContent]:
    """Return items of which no two share a word; keys stand and measure as chance would have it.

    Twenty words a stem and ten an option; the last four are two multiple-response items and two pilots.
    """
    new = _words()
    made = []
    for number in range(items):
        last = items - 1 - number
        key = {number % 4, (number + 1) % 4} if last in (2, 3) else {number % 4}
        domain = 1 + number % 2
        made.append(
            replace(
                ITEM,
                code=f"pg-{number:04d}",
                state="pilot" if last < 2 else "active",
                kind="single" if len(key) == 1 else "multiple",
                choose=len(key),
                domain=domain,
                objective=("1.1", "2.1", "1.2", "2.1")[number % 4],
                topics=(("views", "backups", "indexes", "backups")[number % 4],),
                stem=_text(new, 20),
                lead_in="Which?",
                angoff=0.5 + 0.1 * (domain - 1),
                options=tuple(OptionContent(_text(new, 10), is_keyed=i in key, rationale="So.") for i in range(4)),
            )
        )
    return made


def _words() -> Iterator[str]:
    return (f"w{number:06d}" for number in count())


def _text(new: Iterator[str], length: int) -> str:
    return " ".join(next(new) for _ in range(length))
