"""F11: the disk of the database is full."""

import time
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from tests.faults.disk import NoDisk
from tests.faults.rig import Rig
from tests.faults.rig import rig as new_rig
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults

FULL_FOR = 20.0


@pytest.fixture(scope="module")
def small_rig() -> Iterator[Rig]:
    """Return servers whose database has a small disk of its own."""
    try:
        with new_rig(disk=320) as running:
            yield running
    except NoDisk as reason:
        pytest.skip(f"F11 WAS NOT TRIED: filling a disk needs a mount, and this machine allows none ({reason})")


@pytest.mark.promise("R-01", "R-27")
def test_f11_the_disk_of_the_database_is_full_for_20_seconds(small_rig: Rig) -> None:
    now, disk = Scene(small_rig), small_rig.disk
    assert disk is not None
    now.crowd(8, changes=90, pace=0.25)
    now.saved(60)

    def a_statement_found_no_room() -> bool:
        log = small_rig.postgres.log()
        return "ERROR:  could not extend file" in log or "ERROR:  could not write" in log

    def fill(_turn: int) -> None:
        end = time.monotonic() + FULL_FOR
        while time.monotonic() < end:
            disk.fill()
            # A log file that is there already takes writes on a full disk. The next one cannot be made, and then the
            # database stops as a whole. That is the worse of the two ways; both shall happen, so it comes second.
            if a_statement_found_no_room():
                with suppress(psycopg.Error):
                    small_rig.sql("SELECT pg_switch_wal()")
            small_rig.postgres.revive()
            now.live(0.5)
        disk.free()
        small_rig.postgres.start()

    now.repeat(fill, times=1, every=1)
    now.finish()
    assert a_statement_found_no_room()
    assert "PANIC:  could not write to file" in small_rig.postgres.log(), "the log found no room"
    assert now.ledger.statuses["save 503"], now.ledger.statuses
