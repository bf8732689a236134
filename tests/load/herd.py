"""P4: everybody starts at once, and everybody submits at once.

A start counts from the press of the button until the whole paper is there; a submit until the server says where the
report will be. Every browser has its own connection, open before, and its own session.
"""

import asyncio
from collections.abc import Iterator, Sequence

from tests.live import serving
from tests.load.candidate import Candidate
from tests.load.options import Options
from tests.load.pacing import Act, Tally, at_rate
from tests.load.people import answer_all, assignment, make_people, start_all
from tests.load.processes import settle
from tests.load.report import Figure, Goal, at_most, say

INSTANT = 100
MANY = 500
SECONDS = 10.0


def run(options: Options) -> Iterator[Figure]:
    """Measure the three herds by turns."""
    offer = str(assignment().uuid)
    at_once, starts, submits = list[Tally](), list[Tally](), list[Tally]()
    with serving() as address:
        port = int(address.rpartition(":")[2])
        _start(port, offer, 16, seconds=0)
        for _ in range(options.runs):
            at_once.append(_start(port, offer, INSTANT, seconds=0))
            starts.append(_start(port, offer, MANY, seconds=SECONDS))
            submits.append(_submit(port, MANY, seconds=SECONDS))
            settle()
    yield from _figures(f"{INSTANT} starts at one instant", at_once, p99=at_most(1000), longest=at_most(1500))
    yield from _figures(f"{MANY} starts in {SECONDS:.0f} s", starts, p99=at_most(1000))
    yield from _figures(f"{MANY} submits in {SECONDS:.0f} s", submits, p99=at_most(1000))


def _start(port: int, offer: str, count: int, *, seconds: float) -> Tally:
    def start(candidate: Candidate) -> Act:
        async def act() -> None:
            await candidate.start(offer)
            await candidate.open_paper()

        return act

    candidates = [person.with_browser(port, number) for number, person in enumerate(make_people(count))]
    return asyncio.run(_herd(candidates, [start(candidate) for candidate in candidates], seconds))


def _submit(port: int, count: int, *, seconds: float) -> Tally:
    people = make_people(count)
    candidates = [person.with_browser(port, number) for number, person in enumerate(people)]
    for candidate, attempt in zip(candidates, start_all(people), strict=True):
        candidate.page = answer_all(attempt)
    return asyncio.run(_herd(candidates, [candidate.submit for candidate in candidates], seconds))


async def _herd(candidates: Sequence[Candidate], acts: Sequence[Act], seconds: float) -> Tally:
    for candidate in candidates:
        await candidate.connection.open()
    tally = await at_rate(acts, seconds=seconds)
    for candidate in candidates:
        candidate.connection.close()
    for complaint in tally.complaints:
        say(f"  {complaint}")
    return tally


def _figures(what: str, tallies: Sequence[Tally], *, p99: Goal, longest: Goal | None = None) -> Iterator[Figure]:
    def values(percent: float) -> tuple[float, ...]:
        return tuple(tally.ms(percent) for tally in tallies)

    yield Figure("herd", f"{what}, p99", "ms", values(99), p99)
    yield Figure("herd", f"{'' if longest else '  '}{what}, the last", "ms", values(100), longest)
    yield Figure("herd", f"  {what}, p50", "ms", values(50))
    yield Figure("herd", f"{what}, errors", "", (sum(len(tally.errors) for tally in tallies),), at_most(0))
