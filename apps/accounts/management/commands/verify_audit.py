"""`manage.py verify_audit`: is the audit trail whole?"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.services import verify_trail


class Command(BaseCommand):
    """The verifier of the audit trail (S-18)."""

    help = (
        "Check that no row of the audit trail was changed, put in or taken out; exit 1 when one was. Rows cut off at "
        "the end leave a whole chain: keep the last digest elsewhere and give it with --head."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the digest that must be in the chain."""
        parser.add_argument(
            "--head", default="", metavar="DIGEST", help="A digest noted earlier that must still exist."
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the outcome as JSON.")

    def handle(self, *, head: str, as_json: bool, **_options: Any) -> None:
        """Check, and say what is wrong."""
        trail = verify_trail(head=head)
        if as_json:
            self.stdout.write(json.dumps({"events": trail.count, "head": trail.head, "problems": trail.problems}))
        else:
            for problem in trail.problems:
                self.stderr.write(problem)
            self.stdout.write(
                f"{trail.count} events, {len(trail.problems)} problems. Last digest: {trail.head or 'none'}"
            )
        if trail.problems:
            sys.exit(1)
