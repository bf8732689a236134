"""`python -m config.stack exec`: a command beside throw-away servers."""

import os
import shutil
import signal
import sys
from pathlib import Path

from config.stack.child import start, stop
from config.stack.environment import environment, own_servers
from config.stack.places import passing_places
from config.stack.run import Stopped
from config.stack.servers import StackError, servers


def execute(root: Path, command: list[str], *, demo: bool) -> int:
    """Run `command` with DATABASE_URL and REDIS_URL of servers that are gone afterwards; return its exit code."""
    if not command:
        raise StackError("Say what to run: python -m config.stack exec -- COMMAND")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    places = passing_places()
    try:
        named = own_servers()
        if named is not None:
            return _run(root, command, environment(named, data=places.data), demo=demo)
        with servers(places) as own:
            return _run(root, command, environment(own, data=places.data), demo=demo)
    except Stopped:
        return 130
    finally:
        shutil.rmtree(places.data, ignore_errors=True)


def _stop(_number: int, _frame: object) -> None:
    raise Stopped


def _run(root: Path, command: list[str], env: dict[str, str], *, demo: bool) -> int:
    env = {"ALLOWED_HOSTS": "127.0.0.1,localhost,testserver", "LOG_LEVEL": "WARNING", **env}
    if demo:
        prepare = [sys.executable, "-m", "config.stack.prepare"]
        batch = {**env, "BATCH": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
        if (code := _wait(root, prepare, batch)) != 0:
            return code
    return _wait(root, command, env)


def _wait(root: Path, command: list[str], env: dict[str, str]) -> int:
    path = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    process = start(command, env={**env, "PATH": path}, output=sys.stdout.fileno(), cwd=root)
    try:
        return process.wait()
    finally:
        stop(process, with_signal=signal.SIGTERM, patience=20)
