"""The locks: `python -m tests.locks` checks them against pyproject.toml, `--write` compiles them anew.

With `--upgrade` too, everything goes to its newest version that pyproject.toml allows; without, what is locked stays.

requirements-server.lock has what a deployment runs with, requirements.lock adds PostgreSQL and Valkey as wheels, and
requirements-dev.lock what tests and linters need. None names a registry: uv takes the one that the machine has.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements-server.lock": ("backup",),
    "requirements.lock": ("local",),
    "requirements-dev.lock": ("local", "dev"),
}


def main() -> int:
    """Check, or write; returns the exit code."""
    if "--write" in sys.argv:
        for lock, extras in LOCKS.items():
            _compile(lock, extras)
        return 0
    problems = [problem for lock, extras in LOCKS.items() for problem in find_problems(lock, extras)]
    for problem in problems:
        sys.stderr.write(f"{problem} Run: make lock\n")
    return 1 if problems else 0


def find_problems(lock: str, extras: tuple[str, ...]) -> list[str]:
    """Return what is wrong with a lock, one sentence each."""
    text = (ROOT / lock).read_text()
    pinned = {canonicalize_name(m[1]): m[2] for m in re.finditer(r"^([\w.-]+)==([\w.+!]+)", text, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    problems = []
    for line in wanted:
        requirement = Requirement(line)
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None:
            problems.append(f"{lock} lacks {requirement.name}.")
        elif not requirement.specifier.contains(version, prereleases=True):
            problems.append(f"{lock} has {requirement.name} {version}, but pyproject.toml wants {requirement}.")
    if "://" in text or "--index-url" in text:
        problems.append(f"{lock} names a host.")
    if text.count("==") > text.count("--hash=sha256:"):
        problems.append(f"{lock} has requirements without hashes.")
    return problems


def _compile(lock: str, extras: tuple[str, ...]) -> None:
    command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes", "--no-emit-index-url"]
    command += ["--no-annotate", "--quiet", "--output-file", lock, "--python-version", "3.11"]
    command += ["--upgrade"] if "--upgrade" in sys.argv else []
    for extra in extras:
        command += ["--extra", extra]
    subprocess.run(command, cwd=ROOT, check=True, env=_with_own_programs())


def _with_own_programs() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock", "PATH": path}


if __name__ == "__main__":
    sys.exit(main())
