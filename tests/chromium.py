"""Chromium for the browser tests, found on the machine or installed: `python -m tests.chromium`.

The order: the program that CUTSCORE_CHROMIUM names, one on the PATH, Playwright's own. Where there is none, root asks
the system's package manager, and everybody else Playwright. Without a browser the tests fail; they never skip.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def find() -> Path | None:
    """Return the browser's program, or None."""
    named = os.environ.get("CUTSCORE_CHROMIUM")
    if named:
        if not Path(named).is_file():
            sys.exit(f"CUTSCORE_CHROMIUM names {named}, which is no file.")
        return Path(named)
    for name in _NAMES:
        if (path := shutil.which(name)) is not None:
            return Path(path)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def launch(playwright: Playwright) -> Browser:
    """Start the browser without a window."""
    return playwright.chromium.launch(executable_path=_program(), args=_flags())


def open_profile(playwright: Playwright, profile: Path) -> BrowserContext:
    """Start the browser with a profile that stays, as a person's own does."""
    return playwright.chromium.launch_persistent_context(profile, executable_path=_program(), args=_flags())


def _program() -> Path:
    program = find()
    if program is None:
        raise RuntimeError("There is no Chromium. Run: python -m tests.chromium")
    return program


def _flags() -> list[str]:
    # Root may only run it without its sandbox.
    return [*_QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(_QUIET)


def main() -> None:
    """Install the browser where it is missing, and say so."""
    if find() is not None:
        return
    sys.stdout.write("Installing Chromium for the browser tests …\n")
    sys.stdout.flush()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=quiet)
        packages = ["chromium", "fonts-dejavu-core", "fonts-liberation"]
        command = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages]
        subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    if find() is None:
        sys.exit(
            "Chromium could not be installed. Install it and name it: make test CUTSCORE_CHROMIUM=/path/to/chromium"
        )


if __name__ == "__main__":
    main()
