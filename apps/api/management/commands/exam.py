"""`manage.py exam`: assemble, publish and offer forms; simulate sittings of known truth."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.analytics.services import NotCalibrated
from apps.api.services import Findings, Share, simulate
from apps.delivery.services import offer_form
from apps.exams.assembly import Infeasible
from apps.exams.models import Blueprint, Form
from apps.exams.queries import packed_form
from apps.exams.services import assemble_forms, publish_form
from apps.interchange.formats.form_pack import write_forms


class Command(BaseCommand):
    """Forms from the command line."""

    help = "Assemble a form from a blueprint, publish and offer it; or simulate candidates of known ability."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the act: a blueprint with the form's code and the seed, or how many candidates to simulate."""
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser("assemble", help="Assemble a form; the same seed and bank give the same form.")
        make.add_argument("blueprint")
        make.add_argument(
            "--form", required=True, nargs="+", help="Code of the new form; several are parallel and share no item."
        )
        make.add_argument("--title", default="", nargs="*", help="Titles that candidates read, as many as forms.")
        make.add_argument("--seed", type=int, default=1)
        make.add_argument("--publish", action="store_true", help="Freeze it at once.")
        make.add_argument("--offer", action="store_true", help="Publish it and offer it to everyone.")
        make.add_argument("--write", metavar="PATH", help="Write the forms to this file of a pack too (forms.yaml).")
        virtual = acts.add_parser("simulate", help="Hold what virtual candidates are told against what they are.")
        virtual.add_argument("--candidates", type=int, default=500)
        virtual.add_argument("--mocks", type=int, default=5, help="How many each of them sits.")
        virtual.add_argument("--seed", type=int, default=1)
        virtual.add_argument("--json", action="store_true", dest="as_json", help="Print the findings as JSON.")
        virtual.add_argument("--here", action="store_true", help="Fill this database although it is no demo.")
        publish = acts.add_parser("publish", help="Freeze a draft, with the cut that its judges may have set.")
        publish.add_argument("form")
        publish.add_argument("--offer", action="store_true", help="Offer it to everyone too.")

    def handle(self, *, act: str, **options: Any) -> None:
        """Do it, or say why it cannot be done."""
        if act == "simulate":
            self._simulate(**options)
        else:
            self._make(self._publish if act == "publish" else self._assemble, **options)

    def _simulate(self, *, candidates: int, mocks: int, seed: int, as_json: bool, here: bool, **_options: Any) -> None:
        said = (lambda _text: None) if as_json else self.stdout.write
        if candidates < 1 or mocks < 1:
            raise CommandError("Give at least one candidate and one mock.")
        try:
            found = simulate(candidates=candidates, mocks=mocks, seed=seed, here=here, said=said)
        except (ImproperlyConfigured, NotCalibrated) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(json.dumps(asdict(found)) if as_json else "\n".join(_lines(found)))

    def _make(self, act: Callable[..., list[Form]], **options: Any) -> None:
        try:
            made = act(**options)
        except Infeasible as error:
            raise CommandError("No form can be assembled:\n" + "\n".join(f"- {r}" for r in error.reasons)) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        for form in made:
            self.stdout.write(f"{form.code}: {form.items.count()} items, {form.get_state_display().lower()}.")

    def _assemble(
        self, *, blueprint: str, form: list[str], title: list[str], seed: int, write: str | None, **options: Any
    ) -> list[Form]:
        plan = Blueprint.objects.filter(code=blueprint).first()
        if plan is None:
            raise CommandError(f"There is no blueprint {blueprint}. Import its pack first.")
        if title and len(title) != len(form):
            raise CommandError(f"There are {len(form)} forms and {len(title)} titles; give each form one, or none.")
        titles = dict(zip(form, title or [f"{plan.title} ({code})" for code in form], strict=True))
        made = assemble_forms(plan, titles, seed=seed)
        if options["publish"] or options["offer"]:
            made = [publish_form(draft) for draft in made]
        if options["offer"]:
            for draft in made:
                offer_form(draft, title=draft.title)
        if write:
            Path(write).write_text(write_forms([packed_form(draft) for draft in made]), encoding="utf-8")
        return made

    def _publish(self, *, form: str, offer: bool, **_options: Any) -> list[Form]:
        draft = Form.objects.filter(code=form).first()
        if draft is None:
            raise CommandError(f"There is no form {form}. Assemble it first.")
        made = publish_form(draft)
        if offer:
            offer_form(made, title=made.title)
        return [made]


def _lines(found: Findings) -> Iterator[str]:
    """Yield the findings, a line each."""
    yield f"{found.candidates} candidates, {found.mocks} mocks each, seed {found.seed}"
    yield f"90 % score intervals that hold the true score: {_share(found.score_coverage)}"
    yield f"score less true score: {found.score_bias:+.1f} points on average"
    yield f"attempts that pass or fail as the truth does: {_share(found.agreement)}"
    for name, told in found.readiness.items():
        if told.n:
            yield (
                f"readiness, {name}: Brier {told.brier:.3f} (base rate {told.reference:.3f}), calibration error "
                f"{told.calibration_error:.3f}, bias {told.bias:+.3f}, n = {told.n}"
            )
    for kind, share in found.areas.items():
        yield f"90 % intervals of a {kind}'s mastery that hold the truth: {_share(share)}"
    for mocks, share in found.named.items():
        yield f"a domain 15 points lower is named after {mocks} mock{'s' if mocks > 1 else ''}: {_share(share)}"


def _share(share: Share) -> str:
    return "none" if share.value is None else f"{share.value:.1%} (n = {share.n})"
