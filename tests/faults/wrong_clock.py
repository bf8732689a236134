"""A wrong clock for single processes: the machine's own cannot be moved, and the database's must not."""

import os
import subprocess
import sys
import time

import libfaketime


def wrong_clock(seconds: int) -> dict[str, str]:
    """Return the surroundings in which a process reads the time of day so many seconds off; durations stay right."""
    if not seconds:
        return {}
    _, surroundings = libfaketime.get_reload_information()
    return {**surroundings, "FAKETIME": f"{seconds:+d}s"}


def seen_shift(surroundings: dict[str, str]) -> float:
    """Return by how many seconds the clock of a process in these surroundings really is off."""
    done = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env={**os.environ, **surroundings}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout) - time.time()
