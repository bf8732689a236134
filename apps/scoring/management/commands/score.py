"""`manage.py score`: settle what is owed, or compute every score again and compare."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.scoring.services import owe_missing, settle_corrections, settle_owed, verify_scores


class Command(BaseCommand):
    """Scores from the command line."""

    help = (
        "Compute the scores that are owed, those of corrected keys too; "
        "with --verify compute all again, write nothing, and compare digests."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do and how to say it."""
        parser.add_argument(
            "--verify", action="store_true", help="Compute every score again and compare; exit 1 when one differs."
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the outcome as JSON.")

    def handle(self, *, verify: bool, as_json: bool, **_options: Any) -> None:
        """Do it."""
        if verify:
            self._verify(as_json=as_json)
            return
        owe_missing()
        settled = 0
        while done := settle_owed() + settle_corrections():
            settled += done
        self.stdout.write(json.dumps({"scored": settled}) if as_json else f"{settled} scores computed.")

    def _verify(self, *, as_json: bool) -> None:
        found = verify_scores()
        if as_json:
            differences = [
                {
                    "attempt": str(d.attempt),
                    "kind": d.kind,
                    "revision": d.revision,
                    "stored": d.stored,
                    "found": d.found,
                }
                for d in found.differences
            ]
            report = {"checked": found.checked, "other_engine": found.other_engine, "differences": differences}
            self.stdout.write(json.dumps(report, indent=1))
        else:
            for difference in found.differences:
                self.stderr.write(str(difference))
            left = f" {found.other_engine} of another engine version left out." if found.other_engine else ""
            self.stdout.write(f"{found.checked} scores computed again, {len(found.differences)} differ.{left}")
        if found.differences:
            sys.exit(1)
