"""F19: everything at random, for as long as SOAK_SECONDS says; the seed makes the order the same every time."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.conftest import LIMIT
from tests.faults.processes import Member
from tests.faults.proxy import Fault
from tests.faults.scene import Scene

SHORT = 90
SECONDS = int(os.environ.get("SOAK_SECONDS", SHORT))
SEED = int(os.environ.get("SOAK_SEED", "19"))

pytestmark = [pytest.mark.faults, pytest.mark.timeout(LIMIT - SHORT + SECONDS, func_only=True)]


def harms(now: Scene, dice: random.Random) -> dict[str, Callable[[], object]]:
    """Return what may happen, by name."""
    rig = now.rig

    def restart_database() -> None:
        rig.postgres.crash()
        now.live(dice.uniform(0, 2))
        rig.postgres.start()

    def restart_broker() -> None:
        rig.valkey.kill()
        now.live(dice.uniform(0, 5))
        rig.valkey.start()

    def freeze(member: Member, longest: float) -> None:
        member.freeze()
        now.live(dice.uniform(1, longest))
        member.thaw()

    def lock_table() -> None:
        table = dice.choice(["delivery_attempt", "delivery_responseevent", "scoring_score"])
        with rig.holding(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
            now.live(dice.uniform(1, 6))

    def spoil_the_network() -> None:
        now.proxy.mix = {fault: dice.uniform(0, 0.1) for fault in Fault}
        now.live(dice.uniform(2, 6))
        now.proxy.mix = {}

    return {
        "a web worker is killed": lambda: now.web.kill_child(dice.randrange(2)),
        "the web is killed": now.web.kill,
        "the web is frozen": lambda: freeze(now.web, 4),
        "a Celery child is killed": lambda: now.worker.kill_child(dice.randrange(2)),
        "Celery's parent is killed": now.worker.kill_parent,
        "a sweeper is killed": now.sweepers[0].kill,
        "a sweeper is frozen": lambda: freeze(now.sweepers[1], 5),
        "the database crashes": restart_database,
        "the database is frozen": lambda: freeze(rig.postgres, 4),
        "the broker is killed": restart_broker,
        "the broker is flushed": rig.valkey.flush,
        "the broker is frozen": lambda: freeze(rig.valkey, 6),
        "a table is locked": lock_table,
        "the network is bad": spoil_the_network,
        "all sessions are gone": lambda: rig.sql("DELETE FROM django_session"),
    }


@pytest.mark.promise("R-01", "R-05", "R-19")
def test_f19_everything_at_random(scene: Callable[..., Scene]) -> None:
    # One for what happens to the system, which must not depend on how fast people are, and one for the people.
    now, dice, habits = scene(grace=2, sweepers=2), random.Random(SEED), random.Random(SEED)
    now.proxy.longest_delay = 3.0
    possible, happened = harms(now, dice), Counter[str]()

    def strike(_turn: int) -> None:
        name = dice.choice(sorted(possible))
        happened[name] += 1
        possible[name]()

    people = now.rig.people(3 + SECONDS // 3)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        while people and sum(candidate.is_alive() for candidate in now.candidates) < 6:
            # Two of three end by themselves, in a hurry or not; the third leaves it to the clock.
            kind, changes = len(people) % 3, habits.randint(15, 60)
            now.crowd(1, people=[people.pop()], changes=changes, pace=0.25, tabs=2, ends=kind > 0, impatient=kind == 1)
        now.repeat(strike, times=1, every=dice.uniform(0.5, 4))
    now.end_in(2)
    sys.stdout.write(f"{dict(happened)}\n")
    now.finish()
