"""F3, F5, F12: the database crashes, hangs and is slow."""

from collections.abc import Callable

import pytest

from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-01", "R-27")
def test_f3_the_database_crashes_three_times(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.crowd(8, changes=70, pace=0.25)

    def crash(_turn: int) -> None:
        now.saved(40)
        now.rig.postgres.crash()
        now.live(1)
        now.rig.postgres.start()

    now.repeat(crash, times=3, every=3)
    now.finish()


@pytest.mark.promise("R-25", "R-27")
def test_f5_the_database_hangs_for_15_seconds(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.crowd(8, changes=40, pace=0.25)
    now.saved(30)

    def hang(_turn: int) -> None:
        now.rig.postgres.freeze()
        now.live(15)
        now.rig.postgres.thaw()

    now.repeat(hang, times=1, every=1)
    now.finish()


@pytest.mark.promise("R-25", "R-27")
@pytest.mark.parametrize("table", ["delivery_responseevent", "delivery_attempt"])
def test_f12_a_table_is_locked_for_ten_seconds(scene: Callable[..., Scene], table: str) -> None:
    now = scene()
    now.crowd(8, changes=40, pace=0.25)
    now.saved(30)

    def lock(_turn: int) -> None:
        with now.rig.holding(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
            now.live(10)

    now.repeat(lock, times=1, every=1)
    now.finish()
