"""What judges of a form are shown, and what they have said."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.accounts.models import User
from apps.bank.models import AngoffRating
from apps.bank.queries import latest_keys
from apps.exams.models import Form, FormItem
from apps.scoring.engine import cuts


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A scored item as its judge sees it: what it asks, the options with the key, and the judge's own estimate."""

    position: int
    version_id: int
    code: str
    objective: str
    stem: str
    lead_in: str
    options: tuple[tuple[str, bool], ...]
    estimate: Decimal | None


def items_to_judge(form: Form, *, judge: User) -> list[JudgedItem]:
    """Return the scored items of a form in order; pilots carry no part of the cut."""
    rows = list(scored_items(form))
    own = AngoffRating.objects.filter(judge=judge, version__in=[row.version_id for row in rows])
    estimates = dict(own.values_list("version_id", "estimate"))
    keys = {key.version_id: key for key in latest_keys([row.version_id for row in rows])}
    return [
        JudgedItem(
            position=row.position,
            version_id=row.version_id,
            code=row.version.item.code,
            objective=str(row.objective),
            stem=row.version.stem,
            lead_in=row.version.lead_in,
            options=tuple((said.option.text, said.is_keyed) for said in keys[row.version_id].options.all()),
            estimate=estimates.get(row.version_id),
        )
        for row in rows
    ]


def scored_items(form: Form) -> "Iterable[FormItem]":
    """Return the scored items of a form in order."""
    rows = FormItem.objects.filter(form=form, is_scored=True).order_by("position")
    return rows.select_related("version__item", "objective__domain")


def judged_cut(form: Form) -> cuts.CutEstimate:
    """Return the cut that the judges of a form give. Raises cuts.Unsupported with what is missing.

    When at least three judges have estimated every scored item, those who have not are left out.
    """
    rows = list(scored_items(form))
    places = {row.version_id: row.position for row in rows}
    ratings: dict[str, dict[int, Fraction]] = {}
    for rating in AngoffRating.objects.filter(version__in=places).select_related("judge").order_by("judge", "pk"):
        # Two judges may have one name.
        name = f"{rating.judge} ({rating.judge.email})"
        ratings.setdefault(name, {})[places[rating.version_id]] = Fraction(rating.estimate)
    complete = {name: rated for name, rated in ratings.items() if len(rated) == len(places)}
    return cuts.angoff(
        complete if len(complete) >= cuts.LEAST_JUDGES else ratings,
        {row.position: row.domain_id for row in rows},
        dict(form.domains.values_list("domain_id", "weight")),
    )
