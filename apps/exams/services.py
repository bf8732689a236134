"""The acts on blueprints and forms."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.bank.models import Certification, Item, ItemVersion
from apps.bank.queries import current_versions, form_facts
from apps.exams.assembly import DomainCounts, PoolItem, allocate, assemble_parallel
from apps.exams.content import FormContent
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
    (form,) = assemble_forms(blueprint, {code: title}, seed=seed, by=by)
    return form


@transaction.atomic
def assemble_forms(blueprint: Blueprint, titles: Mapping[str, str], *, seed: int, by: User | None = None) -> list[Form]:
    """Assemble parallel draft forms, titles by code: no common item, even in difficulty and length.

    Raises as `assemble_form` does; then none is made.
    """
    for code in titles:
        if Form.objects.filter(code=code).exists():
            raise ValidationError(f"A form {code} exists already; choose another code.")
    usable = blueprint.certification.items.filter(state__in=[Item.State.ACTIVE, Item.State.PILOT])
    versions = {version.pk: version for version in current_versions(usable)}
    facts = form_facts(list(versions.values()))
    made = assemble_parallel(
        [
            PoolItem(
                id=version.pk,
                domain=version.item.objective.domain.number,
                is_pilot=version.item.state == Item.State.PILOT,
                is_multiple=version.kind == "multiple",
                easiness=facts[version.pk].angoff,
                words=facts[version.pk].words,
                topic=facts[version.pk].topic,
            )
            for version in versions.values()
        ],
        [
            DomainCounts(row.domain.number, row.scored_count, row.pilot_count)
            for row in blueprint.domains.select_related("domain")
        ],
        multiple_count=blueprint.multiple_count,
        seed=seed,
        forms=len(titles),
    )
    forms = []
    for (code, title), placed in zip(titles.items(), made, strict=True):
        items = [(versions[place.id], place.is_scored) for place in placed]
        forms.append(_write_draft(blueprint, items, weights=_weights(blueprint), code=code, title=title, seed=seed))
        detail = {"seed": seed, "items": len(placed)}
        record_event(by, verb="form.assembled", subject=f"exams.form:{code}", detail=detail)
    return forms


@transaction.atomic
def write_form(blueprint: Blueprint, content: FormContent, *, by: User | None = None) -> Form | None:
    """Publish a form that was assembled elsewhere from the same items; None when its code is there already.

    Raises ValidationError with every reason when an item is missing or the counts are not those of the blueprint.
    """
    if Form.objects.filter(code=content.code).exists():
        return None
    versions = {version.item.code: version for version in current_versions(blueprint.certification.items.all())}
    if missing := sorted(set(content.items) - set(versions)):
        raise ValidationError(f"Form {content.code}: the bank has no item {', '.join(missing)}.")
    items = [(versions[code], code not in content.pilots) for code in content.items]
    if reasons := list(_unlike(blueprint, items)):
        raise ValidationError([f"Form {content.code} {reason}" for reason in reasons])
    form = _write_draft(
        blueprint, items, weights=_weights(blueprint), code=content.code, title=content.title, seed=content.seed
    )
    record_event(by, verb="form.imported", subject=f"exams.form:{form.code}", detail={"items": len(items)})
    return publish_form(form, by=by)


def _unlike(blueprint: Blueprint, items: Sequence[tuple[ItemVersion, bool]]) -> Iterator[str]:
    """Yield in what a form differs from its blueprint."""
    found = Counter((version.item.objective.domain_id, is_scored) for version, is_scored in items)
    for row in blueprint.domains.select_related("domain"):
        for is_scored, wanted, name in ((True, row.scored_count, "scored"), (False, row.pilot_count, "unscored")):
            if found[row.domain_id, is_scored] != wanted:
                yield (
                    f"has {found[row.domain_id, is_scored]} {name} items of domain {row.domain.number}, and the "
                    f"blueprint wants {wanted}."
                )
    if len({version.pk for version, _ in items}) != len(items):
        yield "has an item twice."
    if (multiples := sum(version.kind == "multiple" for version, _ in items)) != blueprint.multiple_count:
        yield f"has {multiples} multiple-response items, and the blueprint wants {blueprint.multiple_count}."


def _write_draft(
    blueprint: Blueprint,
    items: Sequence[tuple[ItemVersion, bool]],
    *,
    weights: Mapping[int, int],
    code: str,
    title: str,
    seed: int,
    is_drill: bool = False,
) -> Form:
    """Write a draft of (version, whether it is scored) in order, with the weights by domain."""
    form = Form.objects.create(
        code=code,
        title=title,
        blueprint=blueprint,
        seed=seed,
        is_drill=is_drill,
        **{name: getattr(blueprint, name) for name in _TERMS},
    )
    FormDomain.objects.bulk_create(
        [FormDomain(form=form, domain_id=domain, weight=weight) for domain, weight in weights.items()]
    )
    FormItem.objects.bulk_create(
        [
            FormItem(
                form=form,
                position=position,
                version=version,
                is_scored=is_scored,
                domain=version.item.objective.domain,
                objective=version.item.objective,
            )
            for position, (version, is_scored) in enumerate(items, 1)
        ]
    )
    return form


def _weights(blueprint: Blueprint) -> dict[int, int]:
    return dict(blueprint.domains.values_list("domain_id", "weight"))


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
    weights = dict(zip(per_domain, allocate(100, list(per_domain.values())), strict=True))
    items = [(version, True) for version in versions]
    form = _write_draft(blueprint, items, weights=weights, code=code, title=title, seed=seed, is_drill=True)
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
