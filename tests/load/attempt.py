"""P1: what a whole attempt costs, and how many the machine takes in a minute.

A candidate signs in, starts, loads the paper, answers 75 items with a save each, looks over, submits, looks for the
report until it is there, and opens the item review. Stylesheets and scripts are not fetched: browsers keep them, and
`page` counts them.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

from tests.live import serving
from tests.load.candidate import POLL, Candidate
from tests.load.options import Options
from tests.load.pacing import Act, Tally, by_turns
from tests.load.people import PASSWORD, Person, assignment, connection, make_people
from tests.load.processes import Meter, settle, spent
from tests.load.report import Figure, at_least, at_most, percentile, say

CANDIDATES = 8
ATTEMPTS = 64
SAMPLE = 20
MOODLE_SECONDS = 7.6


class Sitting:
    """A person on the way through an attempt, step by step."""

    def __init__(self, person: Person, port: int, number: int, offer: str) -> None:
        self._email = person.user.email
        self._offer = offer
        self._candidate = Candidate(connection(port, number))
        self.waited = 0.0

    async def sign_in(self) -> None:
        """Sign in and see the home page."""
        await self._candidate.sign_in(self._email, PASSWORD)

    async def start(self) -> None:
        """Read the instructions and start."""
        await self._candidate.read_instructions(self._offer)
        await self._candidate.start(self._offer)

    async def paper(self) -> None:
        """Load the paper."""
        await self._candidate.open_paper()

    async def saves(self) -> None:
        """Answer every item."""
        await self._candidate.save_all()

    async def submit(self) -> None:
        """Look over, submit, and look for the report until it is there."""
        await self._candidate.look_over()
        began = time.perf_counter()
        await self._candidate.submit()
        if not await self._candidate.see_report():
            while not await self._candidate.ask_for_report():
                await asyncio.sleep(POLL)
            await self._candidate.see_report()
        self.waited = time.perf_counter() - began

    async def review(self) -> None:
        """Open the item review and leave."""
        await self._candidate.see_items()
        self._candidate.connection.close()

    @property
    def steps(self) -> dict[str, Act]:
        """All steps in order."""
        return {
            "sign in": self.sign_in,
            "start": self.start,
            "paper": self.paper,
            "75 saves": self.saves,
            "submit, score, report": self.submit,
            "item review": self.review,
        }

    async def sit(self) -> None:
        """Do all steps."""
        for step in self.steps.values():
            await step()


def run(options: Options) -> Iterator[Figure]:
    """Measure attempts at saturation, then step by step with one candidate at a time."""
    offer = str(assignment().uuid)
    with serving() as address, asyncio.Runner() as runner:
        port = int(address.rpartition(":")[2])
        meter = Meter.of_stack()
        # Each web process reads the form once; that is no part of what an attempt costs.
        _saturate(runner, meter, port, offer, 2 * CANDIDATES)
        runs = [_saturate(runner, meter, port, offer, ATTEMPTS) for _ in range(options.runs)]
        yield from _at_saturation(runs)
        yield from _step_by_step(runner, meter, port, offer)


def _saturate(runner: asyncio.Runner, meter: Meter, port: int, offer: str, count: int) -> dict[str, float]:
    sittings = [Sitting(person, port, number, offer) for number, person in enumerate(make_people(count))]
    before, driver = meter.read(), time.process_time()
    tally = runner.run(by_turns(iter([sitting.sit for sitting in sittings]), hands=CANDIDATES))
    driver = time.process_time() - driver
    settle()
    parts = {name: seconds / count for name, seconds in spent(before, meter.read()).items()}
    _complain(tally)
    return parts | {
        "all": sum(parts.values()),
        "driver": driver / count,
        "rate": 60 * len(tally.seconds) / tally.elapsed,
        "errors": len(tally.errors),
    }


def _complain(tally: Tally) -> None:
    for complaint in tally.complaints:
        say(f"  {complaint}")


def _at_saturation(runs: Sequence[dict[str, float]]) -> Iterator[Figure]:
    def values(name: str) -> tuple[float, ...]:
        return tuple(run[name] for run in runs)

    yield Figure("attempt", "CPU of one attempt", "s", values("all"), at_most(0.30))
    yield Figure("attempt", "times less CPU than 7.6 s of Moodle", "×",
                 tuple(MOODLE_SECONDS / seconds for seconds in values("all")), at_least(25))  # fmt: skip
    yield Figure("attempt", f"attempts a minute, {CANDIDATES} at a time", "/min", values("rate"), at_least(350))
    yield Figure("attempt", "errors", "", values("errors"), at_most(0))
    for name in ("web", "postgres", "worker", "sweeper", "valkey"):
        yield Figure("attempt", f"  CPU of one attempt: {name}", "s", values(name))
    yield Figure("attempt", "  CPU of one attempt: the driver, not counted", "s", values("driver"))


def _step_by_step(runner: asyncio.Runner, meter: Meter, port: int, offer: str) -> Iterator[Figure]:
    sittings = [Sitting(person, port, number, offer) for number, person in enumerate(make_people(SAMPLE))]
    for name in sittings[0].steps:
        before = meter.read()
        tally = runner.run(by_turns(iter([sitting.steps[name] for sitting in sittings]), hands=1))
        _complain(tally)
        settle()
        parts = {part: 1000 * seconds / SAMPLE for part, seconds in spent(before, meter.read()).items()}
        yield Figure("attempt", f"  CPU of the step: {name}", "ms", (sum(parts.values()),))
    waits = [sitting.waited for sitting in sittings if sitting.waited]
    yield Figure("attempt", "from submit to the report, one candidate, p95", "s", (percentile(waits, 95),), at_most(1))
