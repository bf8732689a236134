"""The answer sheet of a form: what scoring needs of it besides the responses.

A published form is frozen and a key revision is never edited, so a process reads each sheet once; what it asks every
time is only which revisions are the latest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from django.db.models import OuterRef, Subquery

from apps.bank.models import Key, KeyOption
from apps.exams.models import Form, FormDomain, FormItem
from apps.scoring import engine


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item at its place; `keyed` are option tokens, and `rule` and `treatment` say what choosing them is worth."""

    form_item_id: int
    position: int
    domain_id: int
    is_scored: bool
    keyed: frozenset[str] = frozenset()
    rule: engine.CreditRule = engine.EXACT
    treatment: engine.Treatment = engine.SCORED


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form's items in order with one key revision each, and its terms."""

    items: tuple[SheetItem, ...]
    key_ids: tuple[int, ...]
    weights: dict[int, int]
    scale: engine.Scale
    cut_evidence: str


def latest_sheet(form_id: int) -> Sheet:
    """Return the sheet with the latest key revision of every item."""
    latest = Key.objects.filter(version=OuterRef("version")).order_by("-revision").values("pk")[:1]
    rows = FormItem.objects.filter(form_id=form_id).order_by("position")
    return sheet(form_id, tuple(rows.annotate(key=Subquery(latest)).values_list("key", flat=True)))


@lru_cache(maxsize=256)
def sheet(form_id: int, key_ids: tuple[int, ...]) -> Sheet:
    """Return the sheet with these key revisions, one for each item in order. Raises ValueError when one is missing."""
    form = Form.objects.get(pk=form_id)
    items = list(FormItem.objects.filter(form=form).order_by("position"))
    keys = Key.objects.in_bulk(key_ids)
    options: dict[int, list[KeyOption]] = {pk: [] for pk in key_ids}
    for option in KeyOption.objects.filter(key__in=key_ids).select_related("option"):
        options[option.key_id].append(option)
    unkeyed = [
        item.position
        for item, pk in zip(items, key_ids, strict=True)
        if not any(option.is_keyed for option in options[pk])
    ]
    if unkeyed:
        raise ValueError(f"Form {form.code} cannot be scored: there is no key for its items {unkeyed}.")
    return Sheet(
        items=tuple(
            with_key(SheetItem(item.pk, item.position, item.domain_id, item.is_scored), keys[pk], options[pk])
            for item, pk in zip(items, key_ids, strict=True)
        ),
        key_ids=key_ids,
        weights=dict(FormDomain.objects.filter(form=form).values_list("domain_id", "weight")),
        scale=engine.Scale(form.exact_cut, form.scale_min, form.pass_mark, form.scale_max),
        cut_evidence=form.cut_evidence,
    )


def with_key(item: SheetItem, key: Key, options: Iterable[KeyOption]) -> SheetItem:
    """Return the item as this key revision, stored or not yet, has it marked. Raises ValueError as CreditRule does."""
    told = list(options)
    policy = engine.Policy(key.policy)
    rule = engine.EXACT
    # Only what the policy uses, so that one rule has one digest.
    if policy == engine.Policy.EACH_ANSWER:
        rule = engine.CreditRule(policy, option_count=len(told))
    elif policy == engine.Policy.MAPPED:
        weights = tuple((o.option.token, Fraction(o.value)) for o in told if o.value is not None)
        rule = engine.CreditRule(policy, weights=weights, low=Fraction(key.map_low), high=Fraction(key.map_high))
    elif policy != engine.Policy.EXACT:
        rule = engine.CreditRule(policy)
    return replace(
        item,
        keyed=frozenset(o.option.token for o in told if o.is_keyed),
        rule=rule,
        treatment=engine.Treatment(key.treatment),
    )
