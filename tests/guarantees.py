"""What holds each promise: `python -m tests.guarantees --write` writes docs/guarantees.md.

Promises stand in docs/quality.md. A test names the one that it holds in its own name (test_r14_…, test_w03_…), or it
carries a marker, `@pytest.mark.promise("R-01", "R-27")`, when it holds several; scenarios of the fault suite are named
by their number (test_f3_…). Nothing is imported: what counts is what stands in the files.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.power import MUTANTS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "guarantees.md"
_QUALITY = ROOT / "docs" / "quality.md"
_LONGEST = 220
_PARTS = {
    "R": "Reliability",
    "P": "Speed and cost: what a test can hold; [the measurements](performance.md) say the rest",
    "S": "Security",
    "W": "Accessibility",
}
_HEAD = """# What holds each promise

Written by `python -m tests.guarantees --write` from the names and markers of the tests; a test fails when it is stale
or when a promise of reliability has no test. The promises are those of [the bars](quality.md), shortened to their first
sentence. Of speed, security and accessibility only those are listed that a test names.
"""
_FAULTS = """
## The fault suite
`make faults` runs all of it, each scenario bounded to three minutes; a short part runs with `make test`. After each one
the same must hold: no acknowledged event is lost; what counts is the greatest (seq, client); an ended attempt has one
score, which reproduces; nothing is open a minute after deadline and grace, and nothing owed a minute after the last
fault; nothing is accepted out of its time; the receipt is the same in ledger, database and page; no answer shows a
traceback, SQL or a key.

| | fault | scenarios |
|---|---|---|
"""
_POWER = """
## What the suite must notice
`make faults-power` breaks the program on purpose, one way after the other, and runs the scenario that must fail then,
after it has passed on the program as it is.

| broken so | noticed by |
|---|---|
"""


@dataclass(frozen=True)
class Evidence:
    """A test that names a promise or a scenario."""

    path: Path
    name: str
    ids: frozenset[str]

    @property
    def link(self) -> str:
        """The test in words, as a link to its file."""
        words = re.sub(r"^test_(?:[rpswf]\d+_)*", "", self.name).replace("_", " ")
        return f"[{words}](../{self.path})"


def promises() -> dict[str, str]:
    """Return each promise's first sentence by its id, in the order of the page."""
    text = _QUALITY.read_text()
    found = {}
    for row in re.finditer(r"^\| (P\d+) \| (.+?) \| (.+?) \|$", text, re.MULTILINE):
        found[row[1]] = f"{row[2]}: {row[3]}"
    for part in re.finditer(r"\*\*([RSW]-\d\d)([^*]*)\*\*(.*?)(?=\*\*[RSW]-\d\d|\n- \*\*|\n\n|\Z)", text, re.DOTALL):
        found[part[1]] = _first_sentence(part[2].strip() + part[3])
    return found


def faults() -> dict[str, str]:
    """Return what each scenario does, by its number."""
    line = next(line for line in _QUALITY.read_text().splitlines() if line.startswith("F1 "))
    return dict(part.strip(" .").split(" ", 1) for part in line.split(" · "))


def _first_sentence(text: str) -> str:
    # Bold words inside a promise would not survive the cut.
    plain = re.sub(r"\s+", " ", text.replace("**", "")).strip(" =:")
    sentence = re.split(r"(?<=[.])\s(?=[A-Z0-9])", plain, maxsplit=1)[0].rstrip(".")
    if len(sentence) > _LONGEST:
        sentence = sentence[:_LONGEST].rsplit(" ", 1)[0] + " …"
    return sentence.replace("|", "\\|")


def evidence() -> list[Evidence]:
    """Return every test that names a promise or a scenario, by file and place."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        for test in ast.walk(tree):
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                ids = frozenset([*_named(test.name), *_marked(test)])
                if ids:
                    found.append(Evidence(path.relative_to(ROOT), test.name, ids))
    return found


def _named(name: str) -> Iterator[str]:
    for letter, number in re.findall(r"(?<=_)([rpswf])(\d+)(?=_)", re.match(r"test_(?:[rpswf]\d+_)*", name)[0]):  # type: ignore[index] # every test is named so
        yield f"{letter.upper()}-{int(number):02}" if letter in "rsw" else f"{letter.upper()}{int(number)}"


def _marked(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "promise":
            yield from (str(one.value) for one in mark.args if isinstance(one, ast.Constant))


def by_id() -> dict[str, list[Evidence]]:
    """Return the tests of each promise and scenario."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for one in evidence():
        for promise in one.ids:
            found[promise].append(one)
    return found


def without_evidence() -> set[str]:
    """Return the promises of reliability and the scenarios that no test names."""
    return {one for one in [*promises(), *faults()] if one[0] in "RF"} - by_id().keys()


def unknown() -> set[str]:
    """Return what tests name and the bars do not."""
    return by_id().keys() - promises().keys() - faults().keys()


def page() -> str:
    """Return the whole page."""
    tests, lines = by_id(), [_HEAD]
    for letter, title in _PARTS.items():
        rows = [
            f"| {promise} | {words} | {_links(tests[promise])} |"
            for promise, words in promises().items()
            if promise[0] == letter and (promise in tests or letter == "R")
        ]
        lines += [f"\n## {title}\n\n| | promise | tests |\n|---|---|---|\n", "\n".join(rows), "\n"]
    lines += [_FAULTS, *(f"| {one} | {words} | {_links(tests[one])} |\n" for one, words in faults().items())]
    scenarios = {one.name: one for one in evidence()}
    lines += [_POWER]
    lines += [f"| {mutant.name} | {scenarios[mutant.scenario.split('::')[1]].link} |\n" for mutant in MUTANTS]
    return "".join(lines)


def _links(tests: list[Evidence]) -> str:
    return "<br>".join(test.link for test in tests) or "none yet"


def main() -> int:
    """Write the page, or say whether it is stale."""
    if "--write" in sys.argv:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        sys.stderr.write("docs/guarantees.md is stale. Run: python -m tests.guarantees --write\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
