"""F9: what arrives around the deadline, with the attempt's row locked and changed meanwhile."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.faults.candidate import Candidate, Entry
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults

POINTS = (-0.3, 0.3, 9.9, 10.1)
HELD = 3.0
GRACE = 10.0


def test_f9_the_deadline_grid(scene: Callable[..., Scene]) -> None:
    now = scene()
    plain = now.crowd(len(POINTS), start=False)
    locked = now.crowd(len(POINTS), start=False)
    for candidate in now.candidates:
        candidate.start_attempt()
        candidate.open_page()
    end = now.end_in(4)

    def hold(candidate: Candidate, at: float) -> None:
        _sleep_until(end + at - 0.5)
        # Changed and not only locked: a save that waited reads the row anew and judges a second time.
        with now.rig.holding(
            "UPDATE delivery_attempt SET shuffle_seed = shuffle_seed WHERE uuid = %s", candidate.attempt
        ):
            _sleep_until(end + at - 0.5 + HELD)

    def save(candidate: Candidate, at: float) -> None:
        (page,) = candidate.pages
        entry = Entry(candidate.attempt, page.client, 1, 1, 1, "answer", page.options[1][:1])
        _sleep_until(end + at)
        while not page.send([entry]):
            time.sleep(0.1)

    acts = [threading.Thread(target=save, args=pair) for group in (plain, locked)
            for pair in zip(group, POINTS, strict=True)]  # fmt: skip
    acts += [threading.Thread(target=hold, args=pair) for pair in zip(locked, POINTS, strict=True)]
    for act in acts:
        act.start()
    for act in acts:
        act.join(30)
    for at, candidate in [*zip(POINTS, plain, strict=True), *zip(POINTS, locked, strict=True)]:
        ((arrived, verdict),) = now.rig.sql(
            "SELECT extract(epoch FROM e.arrived_at)::float, e.disposition FROM delivery_responseevent e "
            "JOIN delivery_attempt a ON a.id = e.attempt_id WHERE a.uuid = %s",
            candidate.attempt,
        )
        sent = next(at for key, at in now.ledger.first_sent_at.items() if key[0] == candidate.attempt)
        assert arrived - sent < HELD / 2, f"T{at:+}: waiting for the lock aged the arrival by {arrived - sent:.2f} s"
        # A machine that is slow to bring the request in may carry it over the edge; the arrival shows that.
        assert verdict == ("accepted" if arrived <= end + GRACE else "late"), f"T{at:+}, arrived T{arrived - end:+.3f}"
        assert sent <= end + GRACE or verdict == "late", f"T{at:+}"
    now.finish()
    assert now.rig.sql("SELECT DISTINCT closed_by, submitted_at = deadline_at FROM delivery_attempt") == [
        ("clock", True)
    ]


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.time()))
