"""F15: an attempt that cannot be scored holds up no other, is tried five times, and is seen."""

import time
from collections.abc import Callable

import pytest

from tests.faults.processes import until
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults


@pytest.mark.promise("R-19")
def test_f15_a_poisoned_attempt(scene: Callable[..., Scene]) -> None:
    now = scene()
    bad = now.rig.stage("world", "bad-c01")
    now.rig.sql(
        "WITH gone AS (SELECT k.id FROM bank_key k JOIN bank_itemversion v ON v.id = k.version_id "
        "JOIN bank_item i ON i.id = v.item_id WHERE i.code = 'bad-c01-11'), "
        "options AS (DELETE FROM bank_keyoption WHERE key_id IN (SELECT id FROM gone)), "
        "sources AS (DELETE FROM bank_reference WHERE key_id IN (SELECT id FROM gone)) "
        "DELETE FROM bank_key WHERE id IN (SELECT id FROM gone)"
    )
    (poison,) = now.crowd(1, assignment=bad, changes=5)
    now.crowd(5, changes=20)

    def failed() -> bool:
        return bool(now.rig.sql("SELECT 1 FROM scoring_scorejob WHERE failed_at IS NOT NULL"))

    until(failed, "the poisoned attempt is given up")
    now.last_fault_at = time.monotonic()
    now.live(5)
    assert now.rig.sql(
        "SELECT a.uuid::text, tries, error <> '' FROM scoring_scorejob j JOIN delivery_attempt a ON a.id = j.attempt_id"
    ) == [(poison.attempt, 5, True)]
    page = poison.ask("GET", f"/attempts/{poison.attempt}/report/", keys_allowed=True)
    assert page.status == 200, f"its candidate sees {page.status}"
    now.finish(poisoned=frozenset({poison.attempt}))
