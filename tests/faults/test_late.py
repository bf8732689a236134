"""F8: a candidate without a network while the deadline passes."""

import time
from collections.abc import Callable

import pytest

from tests.faults.candidate import Candidate
from tests.faults.processes import until
from tests.faults.proxy import Fault
from tests.faults.rig import Person
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-07", "R-16")
def test_f8_offline_across_the_deadline_and_let_count_afterwards(scene: Callable[..., Scene]) -> None:
    now = scene(grace=1)
    for candidate in now.crowd(4, start=False):
        candidate.start_attempt()
        candidate.open_page()
        candidate.answer_some(6)
        candidate.drain()
    end = now.end_in(5)
    now.proxy.mix = {Fault.REFUSE: 1.0}
    for candidate in now.candidates:
        candidate.answer_some(12)
    assert not any(page.is_drained for candidate in now.candidates for page in candidate.pages)
    time.sleep(max(0.0, end + now.grace + 1 - time.time()))
    now.settle()
    for candidate in now.candidates:
        candidate.drain()
        candidate.submit()
    told = {key: receipt.disposition for key, receipt in now.ledger.receipts.items()}
    late = [key for key, disposition in told.items() if disposition in ("late", "closed")]
    assert len(late) == 4 * 12, "all that was chosen offline is there and does not count"
    until(lambda: len(_scores(now)) == len(now.candidates), "all are scored")
    before = _scores(now)

    lucky = now.candidates[0]
    its = [key for key in late if key[0] == lucky.attempt]
    instructor = Candidate(now.proxy.port, Person(**now.rig.stage("instructor")), "", now.ledger)
    time_line = instructor.ask("GET", f"/attempts/{lucky.attempt}/replay/").text
    assert all(f"{client}/{n}" in time_line for _, client, n in its), "the instructor sees each of them"
    fields = [("event", f"{client}/{n}") for _, client, n in its]
    instructor.post(f"/attempts/{lucky.attempt}/late/", [*fields, ("reason", " ")])
    assert _scores(now) == before, "without a reason nothing happens"
    instructor.post(f"/attempts/{lucky.attempt}/late/", [*fields, ("reason", "The network was down.")])
    now.ledger.let_count |= set(its)
    now.finish()
    revisions = {attempt: revision for attempt, revision, is_current in _scores(now) if is_current}
    assert revisions == {one.attempt: 2 if one is lucky else 1 for one in now.candidates}
    assert len(_scores(now)) == len(before) + 1, "the score that was replaced is kept"
    assert now.rig.sql("SELECT detail->>'reason' FROM accounts_auditevent WHERE verb = 'attempt.late-accepted'") == [
        ("The network was down.",)
    ]


def _scores(now: Scene) -> list[tuple[str, int, bool]]:
    return [
        (attempt, revision, is_current)
        for attempt, revision, is_current in now.rig.sql(
            "SELECT a.uuid::text, s.revision, s.superseded_at IS NULL FROM scoring_score s "
            "JOIN delivery_attempt a ON a.id = s.attempt_id WHERE s.kind = 'timed' ORDER BY 1, 2"
        )
    ]
