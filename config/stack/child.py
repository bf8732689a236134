"""Starting child processes that never outlive the stack."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from config.stack.places import Account

_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int,
    cwd: Path | None = None,
    account: Account | None = None,
    last_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches only the stack, which stops things in order.

    On Linux the kernel sends it `last_signal` when the stack itself is killed.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are this package's own
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_follow_parent(last_signal),  # noqa: PLW1509 - started before any thread of ours
        **_as_account(account),
    )


def _as_account(account: Account | None) -> dict[str, int | list[int]]:
    if account is None or account.uid is None or account.gid is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _follow_parent(last_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def follow() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(last_signal))

    return follow


def stop(process: subprocess.Popen[bytes], *, with_signal: signal.Signals, patience: float) -> None:
    """Ask a process to stop and, when it does not within `patience` seconds, end its whole session."""
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
