"""`manage.py backup FILE`: the whole database in one file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.accounts.services import record_event
from apps.core.services import DumpError, back_up


class Command(BaseCommand):
    """The backup. Exams go on meanwhile; it holds what was acknowledged before it began."""

    help = (
        "Write the whole database to a new file that `restore` reads. Keep it safe: it holds keys and password hashes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="A new file; its folder must exist.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the outcome as JSON.")

    def handle(self, *, file: Path, as_json: bool, **_options: Any) -> None:
        """Write it, and note in the audit trail that it was made; exit 1 when it could not be."""
        try:
            made = back_up(file)
        except (DumpError, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        detail = {"file": made.path.name, "bytes": made.size, "sha256": made.digest}
        record_event(None, verb="database.backed-up", subject="core.database:default", detail=detail)
        self.stdout.write(
            json.dumps(detail) if as_json else f"{made.path}: {made.size:,} bytes, SHA-256 {made.digest}."
        )
