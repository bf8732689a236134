"""`manage.py restore FILE`: a backup becomes the database, and every score is computed again."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.accounts.services import record_event, verify_trail
from apps.core.services import DumpError, restore
from apps.scoring.services import verify_scores


class Command(BaseCommand):
    """The restore. Nothing else may be connected: stop web, worker, sweeper and beat first."""

    help = (
        "Read a backup into an empty database (or, with --replace, in place of what it holds), bring it up to date, "
        "compute every score again and compare digests, and check the audit trail. Exit 1 when anything is not so."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and whether to give up what is there."""
        parser.add_argument("file", type=Path, help="A file that `backup` wrote.")
        parser.add_argument("--replace", action="store_true", help="Give up all that the database holds now.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the outcome as JSON.")

    def handle(self, *, file: Path, replace: bool, as_json: bool, **_options: Any) -> None:
        """Restore, then verify."""

        def said(words: str) -> None:
            if not as_json:
                self.stdout.write(f"{words} …")

        try:
            restore(file, replace=replace, said=said)
        except (DumpError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        said("Bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)
        said("Computing every score again")
        scores, trail = verify_scores(), verify_trail()
        problems = [*map(str, scores.differences), *trail.problems]
        detail = {"file": file.name, "scores": scores.checked, "other_engine": scores.other_engine}
        record_event(None, verb="database.restored", subject="core.database:default", detail=detail)
        if as_json:
            self.stdout.write(json.dumps(detail | {"audit_events": trail.count, "problems": problems}))
        else:
            for problem in problems:
                self.stderr.write(problem)
            self.stdout.write(
                f"{file} is the database now. {scores.checked} scores computed again and {trail.count} audit events "
                f"checked: {len(problems)} problems."
            )
        if problems:
            sys.exit(1)
