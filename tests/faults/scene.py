"""One scenario: processes, a network, candidates, and the verdict."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.candidate import Candidate
from tests.faults.invariants import broken, digests
from tests.faults.ledger import Ledger
from tests.faults.processes import PATIENCE
from tests.faults.proxy import Proxy
from tests.faults.rig import Person, Rig
from tests.faults.wrong_clock import wrong_clock

# The receipts of all are compared in the database; a page shows what stands there, and who must sign in again for it
# comes under the limit of sign-ins.
LOOKED_AT = 8


class Scene:
    """A running system with one worker and one sweeper behind a network that may turn bad.

    `clocks` are how many seconds the clocks of web, worker and sweeper are wrong.
    """

    def __init__(
        self,
        rig: Rig,
        *,
        grace: int = 10,
        broker: bool = True,
        sweepers: int = 1,
        clocks: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        rig.fresh()
        self.rig, self.grace = rig, grace
        if not broker:
            rig.valkey.stop()
        web, worker, sweeper = ({"GRACE_SECONDS": str(grace), **wrong_clock(seconds)} for seconds in clocks)
        self.web, port = rig.web(**web)
        self.worker = rig.worker(**worker)
        self.sweepers = [rig.sweeper(**sweeper) for _ in range(sweepers)]
        self.proxy = Proxy(port)
        self.ledger = Ledger()
        self.candidates: list[Candidate] = []
        self.last_fault_at = time.monotonic()

    def crowd(
        self,
        count: int,
        *,
        assignment: str = "",
        people: Sequence[Person] = (),
        start: bool = True,
        **habits: Any,
    ) -> list[Candidate]:
        """Let `count` new people sit the exam, or the given ones, each with other choices; `habits` are Candidate's."""
        made = [
            Candidate(self.proxy.port, person, assignment or self.assignment(), self.ledger, seed=seed, **habits)
            for seed, person in enumerate(people or self.rig.people(count), len(self.candidates) + 1)
        ]
        self.candidates += made
        if start:
            for candidate in made:
                candidate.start()
        return made

    def assignment(self) -> str:
        """Return the public id of the small world's offer."""
        return str(self.rig.sql("SELECT uuid FROM delivery_assignment ORDER BY id")[0][0])

    def end_in(self, seconds: float) -> float:
        """Move the deadline of the attempts that run, and return it in seconds of the machine's clock."""
        ((end,),) = self.rig.sql(
            "WITH moved AS (UPDATE delivery_attempt SET deadline_at = statement_timestamp() "
            "+ make_interval(secs => %s) WHERE submitted_at IS NULL RETURNING deadline_at) "
            "SELECT DISTINCT extract(epoch FROM deadline_at)::float FROM moved",
            seconds,
        )
        return float(end)

    def live(self, seconds: float) -> None:
        """Let time pass, starting again what has died."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.rig.revive()
            time.sleep(0.1)

    def repeat(self, act: Callable[[int], None], *, times: int, every: float) -> None:
        """Do harm at intervals."""
        for turn in range(times):
            act(turn)
            self.last_fault_at = time.monotonic()
            self.live(every)

    def saved(self, count: int) -> None:
        """Wait until the candidates hold so many more receipts: harm is worth something only amid traffic."""
        wanted = len(self.ledger.receipts) + count
        end = time.monotonic() + PATIENCE
        while len(self.ledger.receipts) < wanted and any(candidate.is_alive() for candidate in self.candidates):
            self.live(0.1)
            assert time.monotonic() < end, f"There are no {count} receipts.\n{self.rig.logs()}"

    def settle(self, patience: float = 90) -> None:
        """End the harm and wait for the candidates; fails when one gives up or waits too long."""
        self.proxy.mix = {}
        end = time.monotonic() + patience
        for candidate in self.candidates:
            while candidate.is_alive() and time.monotonic() < end:
                self.live(0.1)
        waiting = [candidate.person.email for candidate in self.candidates if candidate.is_alive()]
        errors = [candidate.error for candidate in self.candidates if candidate.error]
        assert not errors, f"{errors}\n{self.rig.logs()}"
        assert not waiting, f"After {patience:.0f} s these still wait for receipts: {waiting}\n{self.rig.logs()}"

    def finish(self, *, patience: float = 90, poisoned: frozenset[str] = frozenset()) -> None:
        """End the harm, wait for the candidates, and fail for every invariant that does not hold."""
        try:
            self.settle(patience)
            # What a candidate has just submitted, or the clock has just ended, cannot have been settled before.
            found = broken(self.rig, self.ledger, calm_since=time.monotonic(), grace=self.grace, poisoned=poisoned)
            assert not found, "\n".join([*found[:20], f"{len(found)} in all", self.rig.logs()])
            assert not (wrong := self._wrong_pages(poisoned)), "\n".join(wrong)
        finally:
            counts = f"{len(self.ledger.receipts)} receipts, {dict(self.ledger.statuses)}, {self.proxy.seen()}"
            sys.stdout.write(f"{counts}, {time.monotonic() - self.last_fault_at:.0f} s after the last fault\n")
            self.close()

    def _wrong_pages(self, poisoned: frozenset[str]) -> list[str]:
        """Return who of a few people sees another receipt on the page of the result than that of the ledger (R-07)."""
        wanted = digests(self.rig, self.ledger)
        ended = [one for one in self.candidates if one.attempt in wanted.keys() - poisoned]
        return [
            f"The result page of {candidate.attempt} does not show {wanted[candidate.attempt]}."
            for candidate in ended[:LOOKED_AT]
            if wanted[candidate.attempt] not in candidate.result_page()
        ]

    def close(self) -> None:
        """Send everybody home."""
        for candidate in self.candidates:
            candidate.over.set()
        self.proxy.close()
        self.rig.end()
