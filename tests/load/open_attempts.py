"""P3: many open attempts, each saving about once a minute, from a browser with a connection of its own.

Every page asks four times a minute whether its time has changed, and an instructor's live view is open meanwhile,
which asks for its table every five seconds.

Lost is what was acknowledged as accepted and does not stand in the journal afterwards.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from functools import partial

from apps.accounts.models import Role
from apps.delivery.models import ResponseEvent
from tests.live import serving
from tests.load.candidate import Candidate, Page, ask_clock, send_save
from tests.load.http import Connection
from tests.load.options import Options
from tests.load.pacing import Act, Tally, at_rate
from tests.load.people import assignment, connection, exam_page, make_people, start_all
from tests.load.processes import Meter, spent
from tests.load.report import Figure, at_most, say

SECONDS = 60.0
# As the page of the live view and the exam page ask.
REFRESH, CLOCK = 5.0, 15.0
# Enough to reach every web process.
FIRST = 16


def run(options: Options) -> Iterator[Figure]:
    """Let every open attempt save once within a minute."""
    first, *pages = [exam_page(attempt) for attempt in start_all(make_people(options.open + 1))]
    (instructor,) = make_people(1, role=Role.INSTRUCTOR)
    offer = str(assignment().uuid)
    with serving() as address:
        port = int(address.rpartition(":")[2])
        cold = asyncio.run(_first(port, first))
        meter = Meter.of_stack()
        before = meter.read()
        tally, clock, live = asyncio.run(_minute(port, pages, instructor.with_browser(port, len(pages)), offer))
        cores = sum(spent(before, meter.read()).values()) / tally.elapsed
    clients = [page.client for page in pages]
    stored = ResponseEvent.objects.filter(client__in=clients, disposition=ResponseEvent.Disposition.ACCEPTED).count()
    for complaint in [*tally.complaints, *clock.complaints, *live.complaints]:
        say(f"  {complaint}")
    what = f"{options.open} open attempts"
    yield Figure("open", f"  the slowest of the first {FIRST} saves of new processes", "ms", (cold.ms(100),))
    yield Figure("open", f"{what}, p99 of a save", "ms", (tally.ms(99),), at_most(100))
    yield Figure("open", f"  {what}, p50 of a save", "ms", (tally.ms(50),))
    yield Figure("open", f"  {what}, the slowest save", "ms", (tally.ms(100),))
    yield Figure("open", f"  {what}, p99 of a question about the time", "ms", (clock.ms(99),))
    yield Figure("open", f"  {what}, the slowest table of the live view", "ms", (live.ms(100),))
    yield Figure("open", f"  {what}, cores that the whole stack used", "", (cores,))
    yield Figure("open", f"{what}, errors", "", (sum(len(each.errors) for each in (tally, clock, live)),), at_most(0))
    yield Figure("open", f"{what}, acknowledged and lost", "", (len(tally.seconds) - stored,), at_most(0))


async def _first(port: int, page: Page) -> Tally:
    """Save while the processes still have to read the form; what follows measures those that have."""
    seats = [(connection(port, number), page) for number in range(FIRST)]
    tally = await at_rate([_save(*seat) for seat in seats], seconds=0)
    for held, _ in seats:
        held.close()
    return tally


async def _minute(port: int, pages: Sequence[Page], instructor: Candidate, offer: str) -> tuple[Tally, Tally, Tally]:
    # Nobody keeps step with the others: the order is drawn, and connections are made when they are first needed.
    seats = [(connection(port, number), page) for number, page in enumerate(pages)]
    random.Random(1).shuffle(seats)
    asking = random.Random(2).sample(seats, len(seats)) * int(SECONDS / CLOCK)
    tally, clock, live = await asyncio.gather(
        at_rate([_save(*seat) for seat in seats], seconds=SECONDS),
        at_rate([partial(ask_clock, held, page.ticket) for held, page in asking], seconds=SECONDS),
        at_rate([partial(instructor.watch, offer)] * int(SECONDS / REFRESH), seconds=SECONDS),
    )
    for held in [instructor.connection, *[held for held, _ in seats]]:
        held.close()
    return tally, clock, live


def _save(held: Connection, page: Page) -> Act:
    async def act() -> None:
        await send_save(held, page.next_save())

    return act
