"""F1, F2, F16, F17: processes are killed, frozen and replaced."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.processes import send, until
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-01")
def test_f1_web_workers_are_killed_every_three_seconds(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.crowd(8, changes=160, pace=0.25)

    def kill(turn: int) -> None:
        now.saved(30)
        # One worker of the server, then the other, then all of it.
        if turn % 3 == 2:
            now.web.kill()
        else:
            now.web.kill_child(turn)

    now.repeat(kill, times=6, every=3)
    now.finish()


@pytest.mark.promise("R-04", "R-19")
def test_f2_celery_child_parent_and_all_are_killed(scene: Callable[..., Scene]) -> None:
    now = scene()
    # They end one after the other, so that there is always something to score.
    for turn in range(6):
        now.crowd(2, changes=15 + 12 * turn, pace=0.25)
    kill = [lambda: now.worker.kill_child(0), now.worker.kill_parent, now.worker.kill]
    now.repeat(lambda turn: kill[turn % 3](), times=10, every=3)
    now.finish()


@pytest.mark.promise("R-05", "R-17")
def test_f16_a_sweeper_frozen_in_its_transaction(scene: Callable[..., Scene]) -> None:
    now = scene(grace=1)
    for candidate in now.crowd(5, changes=10, pace=0.2, ends=False):
        candidate.join(30)
    now.end_in(3)
    # The mode lets the sweeper pick its attempts and lock them, and holds it before it changes them.
    with now.rig.holding("LOCK TABLE delivery_attempt IN SHARE MODE"):
        until(
            lambda: bool(
                now.rig.sql(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%%attempt%%'"
                )
            ),
            "the sweeper waits in its transaction",
        )
        now.sweepers[0].freeze()
    assert now.rig.sql("SELECT 1 FROM delivery_attempt WHERE submitted_at IS NULL")
    now.last_fault_at = time.monotonic()
    now.rig.sweeper(GRACE_SECONDS="1")
    now.finish()
    assert not now.rig.sql("SELECT 1 FROM delivery_attempt WHERE submitted_at IS NULL OR submitted_at <> deadline_at")


@pytest.mark.promise("R-01", "R-14")
def test_f17_the_web_is_replaced_while_it_serves(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.crowd(8, changes=60, pace=0.25)
    now.saved(10)

    def replace(_turn: int) -> None:
        old = now.web
        now.web, now.proxy.upstream = now.rig.web()
        now.rig.members.remove(old)
        send([old.pid], signal.SIGTERM)
        time.sleep(1)
        old.stop()

    now.repeat(replace, times=3, every=2)
    now.finish()
