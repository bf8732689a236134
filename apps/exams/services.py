"""The acts on blueprints and forms."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.bank.models import Certification, Item, ItemVersion
from apps.bank.queries import current_versions
from apps.exams.assembly import DomainCounts, PoolItem, allocate, assemble
from apps.exams.models import Blueprint, BlueprintDomain, Evidence, Form, FormDomain, FormItem


@transaction.atomic
def write_blueprint(
    certification: Certification, *, counts: Sequence[tuple[int, int, int]], multiple_count: int
) -> Blueprint:
    """Create or update the certification's standard blueprint from its defaults.

    `counts` has (domain number, scored items, pilot items) for every domain. Raises ValidationError when the weights do
    not sum to 100 or a domain is missing.
    """
    domains = {domain.number: domain for domain in certification.domains.all()}
    total = sum(domain.weight for domain in domains.values())
    if total != 100:
        raise ValidationError(f"The domain weights of {certification.code} sum to {total}, not to 100.")
    if sorted(number for number, _, _ in counts) != sorted(domains):
        raise ValidationError(f"The blueprint of {certification.code} must count items for each of its domains.")
    blueprint, _ = Blueprint.objects.update_or_create(
        code=certification.code,
        defaults={
            "certification": certification,
            "title": f"{certification.title} mock exam",
            "time_limit": certification.time_limit,
            "scale_min": certification.scale_min,
            "scale_max": certification.scale_max,
            "pass_mark": certification.pass_mark,
            "cut": certification.cut,
            "cut_evidence": Evidence.ASSUMED,
            "cut_se": None,
            "multiple_count": multiple_count,
        },
    )
    for number, scored, pilot in counts:
        BlueprintDomain.objects.update_or_create(
            blueprint=blueprint,
            domain=domains[number],
            defaults={"weight": domains[number].weight, "scored_count": scored, "pilot_count": pilot},
        )
    return blueprint


@transaction.atomic
def assemble_form(blueprint: Blueprint, *, code: str, title: str, seed: int, by: User | None = None) -> Form:
    """Assemble a draft form from the items that are active (scored) or pilots (unscored).

    Raises `assembly.Infeasible` with the reasons when the pool cannot fill the blueprint, and ValidationError when the
    code is taken.
    """
    if Form.objects.filter(code=code).exists():
        raise ValidationError(f"A form {code} exists already; choose another code.")
    counts = [
        DomainCounts(row.domain.number, row.scored_count, row.pilot_count)
        for row in blueprint.domains.select_related("domain")
    ]
    usable = blueprint.certification.items.filter(state__in=[Item.State.ACTIVE, Item.State.PILOT])
    versions = {version.pk: version for version in current_versions(usable)}
    placed = assemble(
        [
            PoolItem(
                id=version.pk,
                domain=version.item.objective.domain.number,
                is_pilot=version.item.state == Item.State.PILOT,
                is_multiple=version.kind == "multiple",
            )
            for version in versions.values()
        ],
        counts,
        multiple_count=blueprint.multiple_count,
        seed=seed,
    )
    form = Form.objects.create(
        code=code,
        title=title,
        blueprint=blueprint,
        seed=seed,
        **{name: getattr(blueprint, name) for name in _TERMS},
    )
    FormDomain.objects.bulk_create(
        [FormDomain(form=form, domain=row.domain, weight=row.weight) for row in blueprint.domains.all()]
    )
    FormItem.objects.bulk_create(
        [
            FormItem(
                form=form,
                position=position,
                version=versions[place.id],
                is_scored=place.is_scored,
                domain=versions[place.id].item.objective.domain,
                objective=versions[place.id].item.objective,
            )
            for position, place in enumerate(placed, 1)
        ]
    )
    record_event(by, verb="form.assembled", subject=f"exams.form:{code}", detail={"seed": seed, "items": len(placed)})
    return form


_CUT = ("cut", "cut_evidence", "cut_se")
_TERMS = ("time_limit", "scale_min", "scale_max", "pass_mark", *_CUT)


@transaction.atomic
def assemble_drill(
    blueprint: Blueprint, versions: Sequence[ItemVersion], *, code: str, title: str, seed: int, by: User
) -> Form:
    """Make a draft of these versions in this order, all scored; each weighs about the same, whatever its domain.

    Raises ValidationError without any version.
    """
    if not versions:
        raise ValidationError("A drill needs at least one item.")
    per_domain = Counter(version.item.objective.domain_id for version in versions)
    weights = allocate(100, list(per_domain.values()))
    form = Form.objects.create(
        code=code,
        title=title,
        blueprint=blueprint,
        seed=seed,
        is_drill=True,
        **{name: getattr(blueprint, name) for name in _TERMS},
    )
    FormDomain.objects.bulk_create(
        [
            FormDomain(form=form, domain_id=domain, weight=weight)
            for domain, weight in zip(per_domain, weights, strict=True)
        ]
    )
    FormItem.objects.bulk_create(
        [
            FormItem(
                form=form,
                position=position,
                version=version,
                is_scored=True,
                domain_id=version.item.objective.domain_id,
                objective=version.item.objective,
            )
            for position, version in enumerate(versions, 1)
        ]
    )
    record_event(by, verb="form.drilled", subject=f"exams.form:{code}", detail={"seed": seed, "items": len(versions)})
    return form


@transaction.atomic
def set_cut(form: Form, *, cut: Decimal, evidence: Evidence, se: Decimal | None) -> None:
    """Give a draft a cut of its own, a share of the raw score, with what it rests on and its standard error.

    Raises ValidationError when the form is no draft: a published form is frozen.
    """
    draft = Form.objects.select_for_update().get(pk=form.pk)
    if draft.state != Form.State.DRAFT:
        raise ValidationError(f"{draft.code} is {draft.get_state_display().lower()}; only a draft's cut can be set.")
    Form.objects.filter(pk=draft.pk).update(cut=cut, cut_evidence=evidence, cut_se=se)


@transaction.atomic
def publish_form(form: Form, *, by: User | None = None) -> Form:
    """Freeze a draft: its terms are copied from the blueprint for the last time and nothing of it changes again.

    A cut that rests on evidence of the draft's own stays.
    Raises ValidationError when the form is no draft, is empty, or its weights do not sum to 100.
    """
    form = Form.objects.select_for_update().select_related("blueprint").get(pk=form.pk)
    if form.state != Form.State.DRAFT:
        raise ValidationError(f"{form.code} is {form.get_state_display().lower()}; only a draft can be published.")
    weights = dict(form.domains.values_list("domain_id", "weight"))
    if sum(weights.values()) != 100:
        raise ValidationError(f"The domain weights of {form.code} sum to {sum(weights.values())}, not to 100.")
    if set(weights) - set(form.items.filter(is_scored=True).values_list("domain_id", flat=True)):
        raise ValidationError(f"A domain of {form.code} has no scored item; its weight would be lost.")
    has_own_cut = form.cut_evidence != Evidence.ASSUMED
    Form.objects.filter(pk=form.pk).update(
        state=Form.State.PUBLISHED,
        published_at=Now(),
        **{name: getattr(form.blueprint, name) for name in _TERMS if not (has_own_cut and name in _CUT)},
    )
    record_event(by, verb="form.published", subject=f"exams.form:{form.code}")
    form.refresh_from_db()
    return form
