"""P2: what one save costs, how many the machine takes, and how that compares with the floor of the same run."""

import asyncio
import itertools
import json
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from tests.live import serving
from tests.load.candidate import Page, send_save
from tests.load.floor import floor_table, serving_floor
from tests.load.http import Connection, Unexpected
from tests.load.options import Options
from tests.load.pacing import Act, Tally, at_rate, by_turns
from tests.load.people import exam_page, make_people, start_all
from tests.load.processes import Meter, spent, wal_position
from tests.load.report import Figure, at_least, at_most, say

HANDS = 8
RATE = 200
# Enough that an attempt is not saved to many more times than in an exam: the journal of each stays as long as it is.
ATTEMPTS = 400
SAVES_EACH = 75
VIEW, BARE = "tests.load.floor_view", "tests.load.floor"
Send = Callable[[Connection, Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Run:
    tally: Tally
    cpu_ms: float
    wal_bytes: float

    @property
    def rate(self) -> float:
        return len(self.tally.seconds) / self.tally.elapsed


class _Floor:
    """A floor that is being served, and the meter that reads its process instead of the web's."""

    def __init__(self, port: int, process: int, meter: Meter) -> None:
        self.port = port
        self.meter = meter.instead_of_web(process)


def run(options: Options) -> Iterator[Figure]:
    """Measure saves and both floors by turns."""
    attempts = itertools.cycle(start_all(make_people(ATTEMPTS)))

    def fresh() -> Page:
        return exam_page(next(attempts))

    fresh()  # reads the form, which may not be done while the loop runs
    with ExitStack() as running:
        port = int(running.enter_context(serving()).rpartition(":")[2])
        meter = Meter.of_stack()
        running.enter_context(floor_table())
        floors = [_Floor(*running.enter_context(serving_floor(module)), meter) for module in (VIEW, BARE)]
        runner = running.enter_context(asyncio.Runner())
        fill = partial(_saturate, runner, fresh=fresh)
        fill(meter, port, _save, seconds=2)
        for floor in floors:
            fill(floor.meter, floor.port, _save_on_floor, seconds=2)
        saves, views, bares, paced = list[_Run](), list[_Run](), list[_Run](), list[Tally]()
        for _ in range(options.runs):
            saves.append(fill(meter, port, _save, seconds=options.seconds))
            for floor, runs in zip(floors, (views, bares), strict=True):
                runs.append(fill(floor.meter, floor.port, _save_on_floor, seconds=options.seconds))
            paced.append(runner.run(_pace(port, [fresh() for _ in range(RATE)], options.seconds)))
    errors = [error for tally in [*(run.tally for run in [*saves, *views, *bares]), *paced] for error in tally.errors]
    for complaint in errors[:3]:
        say(f"  {complaint}")
    yield Figure("save", "CPU of one save", "ms", tuple(run.cpu_ms for run in saves), at_most(1.4))
    yield Figure("save", "WAL of one save", "bytes", tuple(run.wal_bytes for run in saves), at_most(700))
    yield Figure("save", f"p99 at {RATE} saves/s", "ms", tuple(tally.ms(99) for tally in paced), at_most(25))
    yield Figure("save", f"  p50 at {RATE} saves/s", "ms", tuple(tally.ms(50) for tally in paced))
    yield Figure(
        "save", f"throughput at {HANDS} clients, share of a bare view", "%", _shares(saves, views), at_least(60)
    )
    yield Figure("save", "  share of the same without a framework", "%", _shares(saves, bares))
    yield Figure("save", f"  throughput at {HANDS} clients", "/s", tuple(run.rate for run in saves))
    for name, runs in (("a bare view", views), ("no framework", bares)):
        yield Figure("save", f"  throughput of {name}", "/s", tuple(run.rate for run in runs))
        yield Figure("save", f"  CPU of one save by {name}", "ms", tuple(run.cpu_ms for run in runs))
        yield Figure("save", f"  WAL of one save by {name}", "bytes", tuple(run.wal_bytes for run in runs))
    yield Figure("save", "errors", "", (len(errors),), at_most(0))


def _shares(saves: list[_Run], floors: list[_Run]) -> tuple[float, ...]:
    return tuple(100 * run.rate / floor.rate for run, floor in zip(saves, floors, strict=True))


async def _save(connection: Connection, page: Page) -> None:
    await send_save(connection, page.next_save())


async def _save_on_floor(connection: Connection, page: Page) -> None:
    sent = json.loads(page.next_save())
    event = sent["events"][0]
    body = {"attempt": page.attempt, "client": page.client, "n": event["n"], "position": event["position"],
            "value": event["value"]}  # fmt: skip
    answer = await connection.request("POST", "/", {"Content-Type": "application/json"}, json.dumps(body).encode())
    if answer.status != 200:
        raise Unexpected(f"the floor: {answer.status}")


def _saturate(
    runner: asyncio.Runner, meter: Meter, port: int, send: Send, *, fresh: Callable[[], Page], seconds: float
) -> _Run:
    before, wal = meter.read(), wal_position()
    tally = runner.run(_all_hands(port, send, fresh, seconds))
    count = len(tally.seconds) or math.nan
    return _Run(tally, 1000 * sum(spent(before, meter.read()).values()) / count, (wal_position() - wal) / count)


async def _all_hands(port: int, send: Send, fresh: Callable[[], Page], seconds: float) -> Tally:
    """Let each hand save on a page of its own, and take a fresh page when an exam's worth of answers is in."""
    whole = Tally()

    def saves() -> Iterator[Act]:
        connection = Connection(port)
        while True:
            page = fresh()
            yield from itertools.repeat(partial(send, connection, page), SAVES_EACH)

    tallies = await asyncio.gather(*[by_turns(saves(), hands=1, seconds=seconds) for _ in range(HANDS)])
    for tally in tallies:
        whole.seconds += tally.seconds
        whole.errors += tally.errors
        whole.elapsed = max(whole.elapsed, tally.elapsed)
    return whole


async def _pace(port: int, pages: list[Page], seconds: float) -> Tally:
    """Save at the fixed rate: each page once a second, on a connection of its own."""
    seats = [(Connection(port), page) for page in pages]
    for connection, _ in seats:
        await connection.open()
    acts = [partial(_save, *seat) for seat in itertools.islice(itertools.cycle(seats), int(RATE * seconds))]
    tally = await at_rate(acts, seconds=seconds)
    for connection, _ in seats:
        connection.close()
    return tally
