"""The rules of the house that a linter does not know."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import ROOT
from tests.locks import LOCKS, find_problems

APPS = ROOT / "apps"
MOST_LINES = 400
# docs/architecture.md, "Inside a room"; a new kind of module needs a reason in docs/decisions/.
VOCABULARY = {
    "apps", "urls", "admin", "management", "receivers", "checks", "middleware", "templatetags", "adapter", "context",
    "storage",
    "views", "tasks",
    "forms", "serializers", "pagination", "audit",
    "services", "queries", "access", "http", "broker", "hashers", "pdf", "models", "signals",
    "engine", "assembly", "clock", "psychometrics", "mastery", "weak_areas", "calibration_curve",
    "behaviour", "lint", "formats", "content",
    "curriculum", "charts", "markdown", "words", "requirement_kinds",
    "migrations",
}  # fmt: skip


def modules(folder: Path = APPS) -> list[Path]:
    """Return the Python files of a folder, migrations left out."""
    return [path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts]


def tracked() -> Iterator[Path]:
    """Yield the files of the project that people wrote."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.splitlines()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        listed = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
        ]
    yield from (ROOT / name for name in listed if (ROOT / name).is_file())


def test_every_module_has_a_known_name() -> None:
    names = {
        f"{app.name}.{path.stem}"
        for app in APPS.iterdir()
        if (app / "__init__.py").exists()
        for path in app.iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert {name for name in names if name.split(".")[1] not in VOCABULARY} == set()


@pytest.mark.parametrize("path", [*modules(), *modules(ROOT / "config"), *modules(ROOT / "tests")], ids=str)
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES, "split it by use case"


def test_every_room_has_its_paragraph() -> None:
    for app in APPS.iterdir():
        if (app / "apps.py").exists():
            assert ast.get_docstring(ast.parse((app / "__init__.py").read_text())), f"{app.name} says nothing of itself"


def _public(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and node.name != "Meta":
                yield from _public(node)


def test_everything_public_says_what_it_means() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules()
        for node in _public(ast.parse(path.read_text()))
        if node.name != "Meta" and not node.name.endswith("Config") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_surfaces_touch_no_table_and_open_no_transaction() -> None:
    for app in APPS.iterdir():
        for name in ("views.py", "tasks.py", "receivers.py"):
            path = app / name
            if path.exists():
                text = path.read_text()
                assert ".objects" not in text, path
                assert "transaction" not in text, path


def test_no_registry_no_workplace_and_no_leftover_is_named() -> None:
    hosts = "|".join(
        ("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry\\.npm" + "js", "files\\.python" + "hosted")
    )
    paths = "|".join(("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]+/"))
    leftovers = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X"))
    wrong = re.compile(f"{hosts}|{paths}|\\b(?:{leftovers})\\b")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".ico"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if wrong.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_no_script_or_style_stands_inside_a_page() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if path.name in {"500.html", "maintenance.html"}:  # they must stand when nothing else does
            assert "<script" not in text
            continue
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), path


def test_dead_templates_are_gone() -> None:
    everything = "\n".join(
        path.read_text() for folder in ("apps", "templates", "config") for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".py", ".html"}
    )  # fmt: skip
    by_name = {"403.html", "404.html", "500.html", "maintenance.html"}
    for path in (ROOT / "templates").rglob("*.html"):
        name = str(path.relative_to(ROOT / "templates"))
        if name.startswith(("allauth/", "account/")) or name in by_name:
            continue  # found by name by Django, allauth and the proxy
        assert name in everything, f"{name} is not used"


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_what_the_project_asks_for(lock: str) -> None:
    assert find_problems(lock, LOCKS[lock]) == []
