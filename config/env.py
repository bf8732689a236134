"""Strict readers of the environment: a value that cannot be read stops the program and names its variable."""

import os
from pathlib import Path
from typing import Any

import dj_database_url


class Misconfigured(Exception):
    """An environment variable is missing or cannot be read; the message names it and says what it takes."""


def read_text(name: str, default: str | None = None) -> str:
    """Return variable `name`, or the content of the file that `name_FILE` points at.

    Secrets arrive as files in container deployments, so every text may be given either way.
    Raises Misconfigured when neither is set and there is no default, or when the file cannot be read.
    """
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE points at {path}, which cannot be read: {error.strerror}.") from error
    value = os.environ.get(name, default)
    if value is None:
        raise Misconfigured(f"Set {name} (or {name}_FILE) in the environment; it has no default.")
    return value


def read_flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; only 1, 0, true, false, yes and no are read."""
    value = os.environ.get(name)
    if value is None:
        return default
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.lower() not in known:
        raise Misconfigured(f"{name} takes 1 or 0 (also true, false, yes, no), not {value!r}.")
    return known[value.lower()]


def read_int(name: str, *, default: int, least: int, most: int) -> int:
    """Return a whole number within [least, most]."""
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise Misconfigured(f"{name} takes a whole number from {least} to {most}, not {value!r}.")
    return number


def read_list(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as its trimmed, non-empty parts."""
    return [part.strip() for part in read_text(name, default).split(",") if part.strip()]


def read_database(name: str) -> dict[str, Any]:
    """Return Django's settings for the PostgreSQL database at an address like postgresql://user:password@host/name."""
    value = read_text(name)
    try:
        database = dict(dj_database_url.parse(value))
    except ValueError as error:
        raise Misconfigured(f"{name} is no address of a database: {error}.") from error
    if not str(database.get("ENGINE", "")).endswith("postgresql") or not database.get("NAME"):
        raise Misconfigured(f"{name} takes postgresql://user:password@host/name; only PostgreSQL, and with a name.")
    return database
