"""The power check: each mutant of the product must make its scenario fail. `python -m tests.faults.power [NAME …]`

A mutant is a copy of the tree with a few texts replaced. The scenario must pass on the copy without the mutation first:
a failure that was there before says nothing about the mutant.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "fixtures", "screens", "docs")


@dataclass(frozen=True)
class Replacement:
    """A text that stands exactly once in a file, and what stands there instead."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One thing done wrong, and the scenario that must notice."""

    name: str
    scenario: str
    replacements: tuple[Replacement, ...]


MUTANTS = (
    Mutant(
        "a save is acknowledged before it is on disk",
        "test_database.py::test_f3_the_database_crashes_three_times",
        (
            Replacement(
                "apps/delivery/services/journal.py",
                "    with connection.cursor() as cursor:\n        cursor.execute(_SAVE, parameters)\n",
                "    with transaction.atomic(), connection.cursor() as cursor:\n"
                '        cursor.execute("SET LOCAL synchronous_commit = off")\n'
                "        cursor.execute(_SAVE, parameters)\n",
            ),
        ),
    ),
    Mutant(
        "the last to arrive counts, whatever its seq",
        "test_network.py::test_f7_requests_that_come_twice_late_and_out_of_order",
        (
            Replacement(
                "apps/delivery/queries/fold.py",
                'ORDER BY attempt_id, position, kind, seq DESC, client COLLATE "C" DESC',
                "ORDER BY attempt_id, position, kind, arrived_at DESC, client DESC",
            ),
        ),
    ),
    Mutant(
        "a save is acknowledged before it is committed",
        "test_processes.py::test_f1_web_workers_are_killed_every_three_seconds",
        (
            Replacement(
                "apps/delivery/views/saving.py",
                "        receipt = _twice(append)\n",
                "        import threading\n\n"
                "        from apps.accounts.services import database_now\n\n"
                "        threading.Timer(0.5, append).start()\n"
                '        verdicts = tuple(services.Verdict(event.n, "accepted") for event in sent.events)\n'
                "        last = max(event.seq for event in sent.events)\n"
                "        receipt = services.Receipt(verdicts, last, None, database_now(), False)\n",
            ),
        ),
    ),
    Mutant(
        "a candidate may have two open attempts",
        "test_people.py::test_f10_start_submit_save_and_sweep_at_once",
        (
            Replacement(
                "apps/delivery/services/attempts.py",
                'cursor.execute(f"SELECT pg_advisory_xact_lock(%s, %s), {DURABILITY}", [assignment.pk, candidate.pk])',
                'cursor.execute(f"SELECT 1, {DURABILITY}")',
            ),
            Replacement(
                "apps/delivery/migrations/0001_initial.py",
                "fields=('assignment', 'candidate'), name='delivery_attempt_one_open'",
                "fields=('assignment', 'candidate', 'uuid'), name='delivery_attempt_one_open'",
            ),
        ),
    ),
    Mutant(
        "an attempt that has ended is ended again",
        "test_people.py::test_f10_start_submit_save_and_sweep_at_once",
        (
            Replacement(
                "apps/delivery/services/attempts.py",
                "    if locked.submitted_at:\n        return locked\n    if missing := ",
                "    if missing := ",
            ),
        ),
    ),
    Mutant(
        "the arrival is when the statement gets to it",
        "test_clock.py::test_f9_the_deadline_grid",
        (
            Replacement(
                "apps/delivery/services/journal.py",
                "statement_timestamp() - %(age)s::interval AS arrived_at",
                "clock_timestamp() AS arrived_at",
            ),
        ),
    ),
    Mutant(
        "the page drops its queue when it sends",
        "test_browser.py::test_f8_the_browser_is_killed_with_answers_waiting",
        (
            Replacement(
                "static/js/durable.js",
                "signal: AbortSignal.timeout(TIMEOUT_MS),",
                "signal: (() => {\n"
                "          for (const entry of waiting) void onStore((outbox) => outbox.delete(keyOf(entry)));\n"
                "          return AbortSignal.timeout(TIMEOUT_MS);\n"
                "        })(),",
            ),
        ),
    ),
    Mutant(
        "the page writes nothing ahead",
        "test_browser.py::test_f8_the_browser_is_killed_with_answers_waiting",
        (Replacement("static/js/durable.js", "    await onStore((outbox) => outbox.put(entry));\n", ""),),
    ),
)


class NotFound(Exception):
    """A mutant no longer fits the product; the message says which and where."""


def mutated(tree: Path, mutant: Mutant) -> dict[Path, str]:
    """Return a mutant's files with their new text. Raises NotFound unless every old text stands exactly once."""
    texts: dict[Path, str] = {}
    for change in mutant.replacements:
        path = tree / change.path
        text = texts.get(path) or path.read_text()
        if text.count(change.old) != 1:
            raise NotFound(
                f"“{mutant.name}”: its text stands {text.count(change.old)} times in {change.path}, not once."
            )
        texts[path] = text.replace(change.old, change.new)
    return texts


def passes(scenario: str, mutant: Mutant | None) -> tuple[bool, str]:
    """Run a scenario on a copy of the tree, and return whether it passes and what it says."""
    surroundings = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        for path, text in mutated(tree, mutant).items() if mutant else ():
            path.write_text(text)
        if mutant and any(change.path.startswith("static/") for change in mutant.replacements):
            # Pages load bundles that were collected, not the files that the mutant changed.
            surroundings["STATIC_ROOT"] = str(Path(folder) / "static")
            collect = [sys.executable, "manage.py", "collectstatic", "-v0", "--noinput"]
            subprocess.run(collect, cwd=tree, env=surroundings, check=True)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:xdist",
                "-p",
                "no:cacheprovider",
                f"tests/faults/{scenario}",
            ],
            cwd=tree,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{scenario} could not be run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.returncode == 0, done.stdout


def main(names: list[str]) -> int:
    """Check the mutants whose name holds one of these words, or all; return 1 when one lives."""
    chosen = [mutant for mutant in MUTANTS if not names or any(name in mutant.name for name in names)]
    survived = 0
    for scenario in sorted({mutant.scenario for mutant in chosen}):
        sound, words = passes(scenario, None)
        _say(f"{'passes' if sound else 'FAILS '}  {scenario} without a mutant")
        if not sound:
            _say(words[-3000:])
            survived += 1
            continue
        for mutant in (mutant for mutant in chosen if mutant.scenario == scenario):
            lives, words = passes(scenario, mutant)
            survived += lives
            reason = next((line for line in words.splitlines() if line.startswith("E  ")), "").removeprefix("E").strip()
            _say(f"{'LIVES ' if lives else 'caught'}  {mutant.name}{'' if lives else f': {reason[:160]}'}")
    return 1 if survived else 0


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
