"""A thousand browsers that keep their connections do not keep the next one waiting."""

import os
import resource
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_connection, socket

from config.stack.child import start, stop
from config.stack.run import commands
from config.stack.servers import free_port
from tests.live import PATIENCE, ROOT

# Well over what both workers would take with granian's own figure of 512 each, however connections fall to them.
BROWSERS = 1300
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def is_answered(port: int, *, patience: float) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=patience):
            return True
    except OSError:
        return False


@contextmanager
def web(folder: Path, *options: str) -> Iterator[int]:
    port = free_port()
    *command, application = commands(port, folder)["web"]
    env = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1,localhost"}
    process = start([*command, *options, application], env=env, output=subprocess.DEVNULL, cwd=ROOT)
    try:
        until = time.monotonic() + PATIENCE
        while not is_answered(port, patience=1):
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)
        yield port
    finally:
        stop(process, with_signal=signal.SIGTERM, patience=8)


def next_one_is_answered(port: int, *, patience: float) -> bool:
    """Whether a person is served while BROWSERS others hold connections on which they have asked something."""
    with ExitStack() as open_ones:
        held: list[socket] = []
        for _ in range(BROWSERS):
            held.append(open_ones.enter_context(create_connection(("127.0.0.1", port), timeout=10)))
            held[-1].sendall(ASK)
        return is_answered(port, patience=patience)


def test_the_next_browser_is_served_while_a_thousand_hold_connections(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    with web(tmp_path) as port:
        assert next_one_is_answered(port, patience=8)
    # The control: what happens with as many connections as granian takes unasked. They are kept for ten seconds.
    with web(tmp_path, "--backpressure", "512") as port:
        assert not next_one_is_answered(port, patience=3)
