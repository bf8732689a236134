"""A small disk for the database alone, which a scenario can fill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.stack.places import Account


class NoDisk(Exception):
    """This machine lets us mount nothing; the message says why."""


class Disk:
    """A mounted folder of fixed size."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no byte free. To be repeated: the database frees some by itself."""
        with self._filler.open("ab", buffering=0) as output:
            for size in (1 << 20, 1 << 12):
                while True:
                    try:
                        output.write(bytes(size))
                    except OSError:
                        break

    def free(self) -> None:
        """Give all of it back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, account: Account, *, megabytes: int) -> Iterator[Disk]:
    """Mount a disk in memory over an empty folder, for the `account`. Raises NoDisk where only root may, or nobody."""
    owner = "" if account.uid is None else f",uid={account.uid},gid={account.gid}"
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700{owner}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoDisk("There is no mount command.") from error
    except subprocess.CalledProcessError as error:
        raise NoDisk(error.stderr.strip()) from error
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
