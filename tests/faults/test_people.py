"""F10, F14, F18: many acts at once, and a session that is gone."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.faults.candidate import Candidate
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run the acts at the same moment and return their results or exceptions."""
    gate, results = threading.Barrier(len(acts)), list[Any]()

    def run(act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results.append(act())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def _ends(now: Scene) -> list[tuple[Any, ...]]:
    return now.rig.sql("SELECT uuid, submitted_at, closed_by FROM delivery_attempt ORDER BY uuid")


@pytest.mark.promise("R-14", "R-17", "R-18")
@pytest.mark.faults_short
def test_f10_start_submit_save_and_sweep_at_once(scene: Callable[..., Scene]) -> None:
    now = scene(grace=1, sweepers=2)
    early, late = now.crowd(3, start=False), now.crowd(3, start=False)
    for candidate in now.candidates:
        started = together([candidate.start_attempt] * 6)
        assert len({str(one) for one in started}) == 1, started
        candidate.open_page()
        candidate.open_page()
    end = now.end_in(8)

    def finish_at_once(candidate: Candidate) -> list[Callable[[], Any]]:
        return [lambda: candidate.answer_some(5), *[candidate.submit] * 5]

    for candidate in now.candidates:
        candidate.answer_some(4)
    together([act for candidate in early for act in finish_at_once(candidate)])
    before = [row for row in _ends(now) if row[1]]
    assert len(before) >= len(early)
    # Deadline, grace and the time for saves under way: now the sweepers and the candidates close at the same moment.
    time.sleep(max(0.0, end + 1 + 5 - time.time()))
    together([act for candidate in late for act in finish_at_once(candidate)])
    for candidate in now.candidates:
        candidate.drain()
    ended = _ends(now)
    assert set(before) <= set(ended), "an attempt that had ended ended again"
    together([candidate.submit for candidate in now.candidates])
    assert _ends(now) == ended, "an attempt that had ended ended again"
    now.finish()
    assert len(ended) == len(now.candidates)
    assert not [status for status in now.ledger.statuses if status.split()[-1] >= "500"], now.ledger.statuses


NEW_HASHES = (
    "UPDATE accounts_user SET password = other.password FROM (SELECT id, coalesce(lead(password) OVER (ORDER BY id), "
    "first_value(password) OVER (ORDER BY id)) AS password FROM accounts_user) other WHERE other.id = accounts_user.id"
)


@pytest.mark.promise("R-23")
@pytest.mark.parametrize("harm", ["DELETE FROM django_session", NEW_HASHES], ids=["deleted", "password-changed"])
def test_f14_the_session_is_gone_during_the_exam(scene: Callable[..., Scene], harm: str) -> None:
    now = scene()
    sitting = now.crowd(4, changes=30, pace=0.2)
    now.saved(30)
    now.rig.sql(harm)
    for candidate in sitting:
        candidate.token = "b" * 32  # as if somebody had signed in elsewhere in the same browser
    now.finish()
    assert now.ledger.statuses["login 302"] == 4, "everybody had to sign in again for the submit"
    assert now.ledger.statuses.total() == sum(
        count for status, count in now.ledger.statuses.items() if status.split()[-1] in ("200", "302", "303")
    )


@pytest.mark.promise("R-18")
def test_f18_the_herd(scene: Callable[..., Scene]) -> None:
    now = scene()
    herd = now.crowd(80, start=False, timeout=30)
    started = together([candidate.start_attempt for candidate in herd])
    assert not [one for one in started if not isinstance(one, str)]
    assert not [one for one in together([candidate.open_page for candidate in herd]) if isinstance(one, Exception)]
    together([partial(candidate.answer_some, 3) for candidate in herd])
    for candidate in herd:
        candidate.drain()
    assert not [one for one in together([candidate.submit for candidate in herd]) if one is not None]
    now.finish()
    assert not [status for status in now.ledger.statuses if status.split()[-1] >= "500"], now.ledger.statuses
