"""F9, F13: what arrives around the deadline, with the attempt's row locked and changed meanwhile; wrong clocks."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.faults.candidate import Candidate
from tests.faults.ledger import Entry
from tests.faults.scene import Scene
from tests.faults.wrong_clock import seen_shift, wrong_clock

pytestmark = pytest.mark.faults

POINTS = (-0.3, 0.3, 9.9, 10.1)
HELD = 3.0
GRACE = 10.0


@pytest.mark.promise("R-15")
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


WRONG = 7200


@pytest.mark.promise("R-03", "R-05", "R-15")
def test_f13_clocks_that_are_two_hours_wrong(scene: Callable[..., Scene]) -> None:
    if abs(seen_shift(wrong_clock(WRONG)) - WRONG) > 60:
        pytest.skip("F13 WAS NOT TRIED: libfaketime cannot shift the clock of a process on this machine")
    now = scene(grace=2, clocks=(WRONG, -WRONG, WRONG))
    # Two of each kind, that disagree with one another by four hours.
    now.rig.worker(GRACE_SECONDS="2", **wrong_clock(WRONG))
    now.rig.sweeper(GRACE_SECONDS="2", **wrong_clock(-WRONG))
    # What a candidate could lie with: the protocol has no place for a time, only headers do.
    lie = format_datetime(datetime.now(UTC) - timedelta(seconds=WRONG), usegmt=True)
    headers = {"Date": lie, "If-Modified-Since": lie, "If-Unmodified-Since": lie, "X-Request-Start": "t=0"}
    now.crowd(4, changes=30, pace=0.15, headers=headers)
    slow = now.crowd(4, changes=20, pace=0.15, ends=False, headers=headers)
    for candidate in slow:
        candidate.join(60)
    page = slow[0].pages[0]
    told = page.remaining_ms
    assert told is not None
    assert 3500 < told / 1000 < 3600, f"of an hour {told / 1000:.0f} s are left"
    forged = Entry(page.attempt, page.client, page.last_n + 1, 10_000, 1, "answer", [])
    for name, value in (("sent_at", time.time() - WRONG), ("remaining_ms", WRONG * 1000)):
        assert page.forge(forged, **{name: value}).status == 400, f"a save takes no {name}"
    for candidate in now.candidates:
        candidate.join(60)
    end = now.end_in(3)
    for candidate in slow:
        (page,) = candidate.pages
        _sleep_until(end + 0.5)
        page.record(1, "answer", page.options[1][:1])
        page.drain()
    now.finish()
    assert now.rig.sql(
        "SELECT closed_by, count(*), bool_and(started_at BETWEEN statement_timestamp() - interval '5 minutes' "
        "AND statement_timestamp()), bool_and(submitted_at <= statement_timestamp() AND submitted_at > started_at "
        "AND (closed_by <> 'clock' OR submitted_at = deadline_at)) FROM delivery_attempt GROUP BY 1 ORDER BY 1"
    ) == [("candidate", 4, True, True), ("clock", 4, True, True)]
    assert not now.rig.sql("SELECT 1 FROM delivery_outage"), "a wrong clock is no outage"


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.time()))
