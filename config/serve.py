"""`python -m config.serve [OPTION ...]`: the web server, with the options that hold wherever Cutscore runs."""

import os
import resource
import sys

# What one worker keeps open at once. Browsers keep a connection or two each for a while after an answer, and granian
# takes no further ones beyond this: with its own figure of 512 the thousandth person waits until others' time out.
CONNECTIONS = 16_384
# Files of the database, the broker, caches and logs.
OTHER_FILES = 256
# How many may wait to be taken while the workers are busy; the kernel caps it (net.core.somaxconn).
BACKLOG = 4096
# After so many milliseconds without a request a connection is closed; browsers open another unasked.
IDLE = 10_000


def main() -> None:
    """Become granian, with as many open files allowed as its connections need."""
    connections = _allow(CONNECTIONS + OTHER_FILES) - OTHER_FILES
    options = [
        "--interface", "wsgi", "--no-ws", "--workers", "2", "--blocking-threads", "4",
        # Without respawning, granian ends with the first worker that is killed, and the page's saves with it.
        "--respawn-failed-workers",
        "--backlog", str(BACKLOG), "--backpressure", str(connections), "--http1-header-read-timeout", str(IDLE),
    ]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", "granian", *options, *sys.argv[1:]])  # noqa: S606 - no shell is meant


def _allow(files: int) -> int:
    """Raise the limit of open files to `files`, or as far as the system lets it; returns how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), hard))
    return files


if __name__ == "__main__":
    main()
