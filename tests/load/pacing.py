"""When virtual candidates act: as fast as they are answered, or at a given rate whatever the answers take."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.load.http import FAILURES
from tests.load.report import percentile

Act = Callable[[], Awaitable[None]]
_SHOWN = 3


@dataclass(slots=True)
class Tally:
    """What became of many acts: seconds that each took, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elapsed: float = 0.0

    def ms(self, percent: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        return 1000 * percentile(self.seconds, percent)

    async def note(self, act: Act, *, since: float | None = None) -> None:
        """Do one act and write down how long it took from `since`, when it was due."""
        began = time.perf_counter() if since is None else since
        try:
            await act()
        except FAILURES as error:
            self.errors.append(f"{type(error).__name__} {error}")
        else:
            self.seconds.append(time.perf_counter() - began)

    @property
    def complaints(self) -> list[str]:
        """The first few errors."""
        return self.errors[:_SHOWN]


async def all_at_once(acts: Sequence[Act]) -> Tally:
    """Begin all acts at the same moment."""
    return await at_rate(acts, seconds=0)


async def at_rate(acts: Sequence[Act], *, seconds: float) -> Tally:
    """Begin the acts evenly over `seconds`. Latencies count from the moment that an act was due: no wait is hidden."""
    tally = Tally()
    start = time.perf_counter()
    async with asyncio.TaskGroup() as under_way:
        for number, act in enumerate(acts):
            due = start + seconds * number / len(acts)
            # A task for each act before the first one is due would hold up the driver for seconds.
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            under_way.create_task(tally.note(act, since=due))
    tally.elapsed = time.perf_counter() - start
    return tally


async def by_turns(acts: Iterator[Act], *, hands: int, seconds: float | None = None) -> Tally:
    """Let `hands` workers do one act after the other until there are no more, or the time is over."""
    tally = Tally()
    start = time.perf_counter()

    async def work() -> None:
        for act in acts:
            await tally.note(act)
            if seconds is not None and time.perf_counter() - start >= seconds:
                return

    await asyncio.gather(*[work() for _ in range(hands)])
    tally.elapsed = time.perf_counter() - start
    return tally
