"""`manage.py exam`: assemble, publish and offer forms."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.delivery.services import offer_form
from apps.exams.assembly import Infeasible
from apps.exams.models import Blueprint, Form
from apps.exams.services import assemble_form, publish_form


class Command(BaseCommand):
    """Forms from the command line."""

    help = "Assemble a form from a blueprint, publish it, and offer it to everyone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the blueprint, the form's code and the seed."""
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser("assemble", help="Assemble a form; the same seed and bank give the same form.")
        make.add_argument("blueprint")
        make.add_argument("--form", required=True, help="Code of the new form.")
        make.add_argument("--title", default="", help="Title that candidates read.")
        make.add_argument("--seed", type=int, default=1)
        make.add_argument("--publish", action="store_true", help="Freeze it at once.")
        make.add_argument("--offer", action="store_true", help="Publish it and offer it to everyone.")

        publish = acts.add_parser("publish", help="Freeze a draft, with the cut that its judges may have set.")
        publish.add_argument("form")
        publish.add_argument("--offer", action="store_true", help="Offer it to everyone too.")

    def handle(self, *, act: str, form: str, **options: Any) -> None:
        """Do it, or say why it cannot be done."""
        try:
            made = self._assemble(form, **options) if act == "assemble" else self._publish(form, **options)
        except Infeasible as error:
            raise CommandError("No form can be assembled:\n" + "\n".join(f"- {r}" for r in error.reasons)) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(f"{made.code}: {made.items.count()} items, {made.get_state_display().lower()}.")

    def _assemble(self, code: str, *, blueprint: str, title: str, seed: int, **options: Any) -> Form:
        plan = Blueprint.objects.filter(code=blueprint).first()
        if plan is None:
            raise CommandError(f"There is no blueprint {blueprint}. Import its pack first.")
        made = assemble_form(plan, code=code, title=title or f"{plan.title} ({code})", seed=seed)
        if options["publish"] or options["offer"]:
            made = publish_form(made)
        if options["offer"]:
            offer_form(made, title=made.title)
        return made

    def _publish(self, code: str, *, offer: bool, **_options: Any) -> Form:
        draft = Form.objects.filter(code=code).first()
        if draft is None:
            raise CommandError(f"There is no form {code}. Assemble it first.")
        made = publish_form(draft)
        if offer:
            offer_form(made, title=made.title)
        return made
