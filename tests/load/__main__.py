"""`python -m tests.load [NAME ...]`: run the benchmarks, all or those named, and print a line per figure."""

import argparse
import gc
import os
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import django

from tests.load.report import Figure, say, write_json


def main() -> None:
    """Measure and print; the exit code says nothing about the goals."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Imported only now: models need the settings.
    from tests.load import attempt, herd, open_attempts, page, save, statements
    from tests.load.options import Options
    from tests.load.processes import Neighbours, is_throw_away

    benchmarks: dict[str, Callable[[Options], Iterator[Figure]]] = {
        "attempt": attempt.run,
        "save": save.run,
        "herd": herd.run,
        "statements": statements.run,
        "page": page.run,
        "open": open_attempts.run,
    }
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=sys.modules[__name__].__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"One of {', '.join(benchmarks)}; none means all.")
    parser.add_argument("--runs", type=int, default=3, help="How often short runs are repeated (3).")
    parser.add_argument("--seconds", type=float, default=10.0, help="How long each run of `save` lasts (10).")
    parser.add_argument("--open", type=int, default=1000, help="How many attempts are open in `open` (1000).")
    parser.add_argument("--json", type=Path, metavar="PATH", help="Write the figures to this file too.")
    parser.add_argument("--here", action="store_true", help="Fill the database although it is not a throw-away one.")
    given = parser.parse_args()
    if unknown := set(given.names) - set(benchmarks):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benchmarks)}")
    if not given.here and not is_throw_away():
        parser.error(
            "benchmarks leave thousands of people and attempts behind, and DATABASE_URL names a database that stays. "
            "Unset DATABASE_URL and REDIS_URL, or say --here if you mean it"
        )
    # Ten thousand browsers have as many connections.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # With tens of thousands of acts under way, looking for garbage holds the driver up for half a second at a time.
    gc.disable()
    options = Options(runs=given.runs, seconds=given.seconds, open=given.open)
    figures = []
    for name in given.names or benchmarks:
        neighbours = Neighbours()
        for figure in chain(benchmarks[name](options), neighbours.figures(name)):
            say(figure.line)
            figures.append(figure)
            if given.json:
                write_json(figures, given.json)


if __name__ == "__main__":
    main()
