"""`manage.py check_health`: is all well?"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.accounts.services import verify_trail
from apps.analytics.queries.health import Condition, Level
from apps.analytics.serializers import as_data
from apps.analytics.services import check_health

EXIT_CODES = {"ok": 0, "failed": 1, "degraded": 2}


class Command(BaseCommand):
    """What /readyz and /api/status/ say, from the command line, and the audit trail besides."""

    help = "Say whether all is well: exit 0 ok, 1 exams cannot be trusted, 2 exams go on but somebody must look."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how to say it."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the outcome as JSON.")

    def handle(self, *, as_json: bool, **_options: Any) -> None:
        """Check."""
        health = check_health(more=_trail)
        if as_json:
            self.stdout.write(json.dumps(as_data(health), cls=DjangoJSONEncoder, indent=1))
        else:
            self.stdout.write(f"{health.sentence}.")
            for one in health.reasons:
                since = f" Since {one.since:%Y-%m-%d %H:%M:%S %Z}." if one.since else ""
                self.stdout.write(f"- {one.level} [{one.code}] {one.message}{since}")
        sys.exit(EXIT_CODES[health.status])


def _trail() -> list[Condition]:
    """The whole audit trail: too long a read for a page, not for a command."""
    return [Condition("audit-trail", Level.DEGRADED, words, None) for words in verify_trail().problems]
