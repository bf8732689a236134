"""What may be chosen on the command line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How often short runs are repeated, how long a run of saves lasts, and how many attempts are open."""

    runs: int
    seconds: float
    open: int
