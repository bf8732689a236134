"""The environment that the stack gives to Cutscore's processes."""

import os
import secrets
from pathlib import Path

from config.stack.servers import StackError

DEMO = {"DEMO": "1", "DEBUG": "0"}


def own_servers() -> dict[str, str] | None:
    """Return the servers that the caller's environment names, or None when the stack shall start its own.

    Raises StackError when only one of the two is named: half of somebody's servers is a mistake.
    """
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if len(named) == 1:
        raise StackError(f"{next(iter(named))} is set alone. Set DATABASE_URL and REDIS_URL both, or neither.")
    return named or None


def environment(servers: dict[str, str], *, data: Path) -> dict[str, str]:
    """Return the caller's environment with servers, demo flags, a secret and a static folder added."""
    return {
        "SECRET_KEY": _secret(data),
        "STATIC_ROOT": str(data / "static"),
        "PYTHONUNBUFFERED": "1",
        **DEMO,
        **os.environ,
        **servers,
    }


def _secret(data: Path) -> str:
    kept = data / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()
