"""`manage.py calibrate`: put the items of a certification on one scale."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.analytics.services import NotCalibrated, calibrate
from apps.bank.models import Certification


class Command(BaseCommand):
    """Calibration from the command line."""

    help = "Estimate how hard the items of a certification are, from all that was answered (docs/scoring.md, C)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the certification and what to print."""
        parser.add_argument("certification", help="Its code.")
        parser.add_argument("--dry-run", action="store_true", help="Compute and tell, write nothing.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the figures as JSON.")

    def handle(self, *, certification: str, dry_run: bool, as_json: bool, **_options: Any) -> None:
        """Calibrate, or say why not; the exit code is 1 then."""
        owner = Certification.objects.filter(code=certification).first()
        if owner is None:
            known = ", ".join(Certification.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no certification {certification}. There are: {known}.")
        try:
            run = calibrate(owner, dry_run=dry_run, progress=None if as_json else self._progress)
        except NotCalibrated as reason:
            if as_json:
                self.stdout.write(json.dumps({"calibrated": False, "reason": str(reason), "n": reason.n}))
            raise CommandError(str(reason)) from reason
        if as_json:
            figures = {
                "calibrated": True, "dry_run": dry_run, "number": run.number, "responses": run.response_count,
                "learners": run.person_count, "items": run.item_count, "log_likelihood": run.log_likelihood,
                "hyperparameters": run.hyperparameters,
            }  # fmt: skip
            self.stdout.write(json.dumps(figures))
            return
        self.stdout.write(
            f"Run {run.number}: {run.item_count} items from {run.response_count} responses of {run.person_count} "
            f"learners, log-likelihood {run.log_likelihood:.1f}{' (dry run, nothing written)' if dry_run else ''}."
        )

    def _progress(self, percent: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r  {percent} %", ending="")
            self.stdout.flush()
