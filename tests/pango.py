"""Pango, which draws the text of PDFs, found on the machine or installed: `python -m tests.pango`.

Root asks the system's package manager where it is missing; everybody else is told what to install. Without it the
tests of PDFs fail; they never skip.
"""

import os
import shutil
import subprocess
import sys

from apps.core.pdf import is_available

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def main() -> None:
    """Install the libraries where they are missing, and say so."""
    if is_available():
        return
    sys.stdout.write("Installing Pango for the tests of PDFs …\n")
    sys.stdout.flush()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=quiet)
        command = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *PACKAGES, "fonts-dejavu-core"]
        subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)
    is_available.cache_clear()
    if not is_available():
        sys.exit(f"Pango is missing. Install {', '.join(PACKAGES)}, or what they are called here.")


if __name__ == "__main__":
    main()
