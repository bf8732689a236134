"""`manage.py seed_demo`: demo people, a mock exam and a simulated history."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.api.services import remove_people, seed_form, seed_history, seed_people
from apps.core.services import refresh_plans
from apps.exams.assembly import Infeasible


class Command(BaseCommand):
    """The demo; idempotent."""

    help = "Create demo logins, offer the mock exams, and let simulated students sit the first. Needs DEMO=1."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many people to simulate."""
        parser.add_argument("--people", type=int, default=200, help="Simulated students.")
        parser.add_argument("--remove", action="store_true", help="Deactivate all demo people instead.")

    def handle(self, *, people: int, remove: bool, **_options: Any) -> None:
        """Seed, showing progress."""
        if remove:
            self.stdout.write(f"{remove_people()} demo people deactivated.")
            return
        try:
            seed_people()
            made = seed_history(seed_form(), people=people, progress=self._progress)
            if made:
                refresh_plans()
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        except (ImproperlyConfigured, Infeasible) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Demo ready: {made} simulated attempts added.")

    def _progress(self, done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            self.stdout.write(f"  {done} of {total} simulated students")
            self.stdout.flush()
