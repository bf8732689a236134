"""F6, F7: the network loses, repeats and reorders."""

from collections.abc import Callable

import pytest

from tests.faults.proxy import Fault
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-11", "R-14")
@pytest.mark.faults_short
def test_f6_responses_that_are_lost_after_the_commit(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.proxy.mix = {Fault.DROP: 0.3}
    now.crowd(6, changes=25, pace=0.15, impatient=True)
    now.saved(100)
    now.finish()
    assert now.proxy.done[Fault.DROP] > 10


@pytest.mark.promise("R-10", "R-14", "R-24")
def test_f7_requests_that_come_twice_late_and_out_of_order(scene: Callable[..., Scene]) -> None:
    now = scene()
    now.proxy.longest_delay = 3.0
    now.proxy.mix = {
        Fault.DUPLICATE: 0.15, Fault.ECHO: 0.15, Fault.DELAY: 0.3, Fault.HALF_OPEN: 0.02, Fault.REFUSE: 0.05,
    }  # fmt: skip
    # Slower than the candidates' patience: what was given up arrives after what was sent instead.
    now.crowd(4, changes=60, pace=0.25, tabs=2, timeout=1.0)
    now.crowd(4, changes=60, pace=0.25, tabs=2, timeout=1.0, impatient=True)
    now.saved(250)
    now.finish()
    assert all(now.proxy.done[fault] for fault in now.proxy.done if fault is not Fault.DROP)
