"""What the database and the disks say of themselves."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

# Columns for a statement on the connection that will be used: a session may have settings of its own.
DURABILITY = (
    "current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', "
    "current_setting('synchronous_commit') <> 'off'"
)
_NAMES = ("fsync", "full_page_writes", "synchronous_commit")


def undurable(kept: Sequence[bool]) -> tuple[str, ...]:
    """Name the settings because of which the database may forget what it acknowledged (R-01); `kept` is DURABILITY."""
    return tuple(name for name, is_kept in zip(_NAMES, kept, strict=True) if not is_kept)


def undurable_settings() -> tuple[str, ...]:
    """Ask the database for these settings."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DURABILITY}")
        return undurable(cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk under a folder, in bytes; `is_database` marks the one that holds the database."""

    folder: str
    free: int
    total: int
    is_database: bool

    @property
    def share_free(self) -> float:
        """The free share, 0 to 1."""
        return self.free / self.total if self.total else 0.0


def disks() -> tuple[Disk, ...]:
    """Return the disks that can be seen from here: the program's own, and the database's when it is on this machine.

    PostgreSQL does not tell how full its disk is, so a database elsewhere is watched there.
    """
    found = [_disk(settings.BASE_DIR, is_database=False)]
    with connection.cursor() as cursor:
        # No row for an account that may not read where the data lies.
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        row = cursor.fetchone()
    if row and os.path.isdir(row[0]):  # noqa: PTH112 - Path.is_dir raises where the folder above is closed to us
        found.append(_disk(Path(row[0]), is_database=True))
    return tuple(found)


def _disk(folder: Path, *, is_database: bool) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(str(folder), usage.free, usage.total, is_database)
