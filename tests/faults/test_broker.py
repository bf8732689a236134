"""F4, F5: the broker dies, forgets, hangs, or is not there at all."""

from collections.abc import Callable

import pytest

from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-05", "R-06")
@pytest.mark.faults_short
def test_f4_no_broker_for_the_whole_exam(scene: Callable[..., Scene]) -> None:
    now = scene(broker=False)
    now.crowd(6, changes=12, pace=0.15)
    now.finish()


@pytest.mark.promise("R-06", "R-19")
def test_f4_the_broker_is_killed_and_flushed(scene: Callable[..., Scene]) -> None:
    now = scene()
    for turn in range(4):
        now.crowd(2, changes=15 + 20 * turn, pace=0.25)

    def harm(turn: int) -> None:
        if turn % 2:
            now.rig.valkey.flush()
        else:
            now.rig.valkey.kill()
            now.live(2)
            now.rig.valkey.start()

    now.repeat(harm, times=5, every=3)
    now.finish()


@pytest.mark.promise("R-06", "R-19")
def test_f5_the_broker_hangs_for_40_seconds(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.crowd(4, changes=20, pace=0.25)
    now.crowd(4, changes=80, pace=0.25)
    now.saved(20)

    def hang(_turn: int) -> None:
        now.rig.valkey.freeze()
        now.live(40)
        now.rig.valkey.thaw()

    now.repeat(hang, times=1, every=1)
    now.finish()
