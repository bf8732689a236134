"""Corrections of keys: what one would write, how far one has come, and what it changed for a candidate."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.bank.content import ItemContent, OptionContent
from apps.bank.models import Item, ItemVersion, Key, KeyOption
from apps.bank.queries import item_content
from apps.exams.models import FormItem
from apps.scoring.models import ChangeNotice, KeyCorrection, Score

# So long does the home page tell of a changed score whose report nobody has opened.
NOTICE_LASTS = timedelta(days=30)
_TREATMENTS = {
    KeyCorrection.Action.REKEY: Key.Treatment.SCORED,
    KeyCorrection.Action.CREDIT_ALL: Key.Treatment.CREDITED,
    KeyCorrection.Action.DROP: Key.Treatment.DROPPED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction makes of an item.

    For a rekey `keyed` holds the tokens of the options that are right, and `values` those of the policy mapped; both
    are left alone under the other actions. `rationales` replaces the reasons of the options that it names.
    """

    action: KeyCorrection.Action
    keyed: frozenset[str] = frozenset()
    values: Mapping[str, Decimal] = field(default_factory=dict)
    rationales: Mapping[str, str] = field(default_factory=dict)


def changed_content(version: ItemVersion, change: Change) -> ItemContent:
    """Return the item as the change would have it. Raises ValidationError when the change cannot be."""
    content = item_content(version)
    tokens = list(version.options.order_by("position").values_list("token", flat=True))
    if change.action == KeyCorrection.Action.REKEY:
        if not change.keyed <= set(tokens):
            raise ValidationError("The new key names something that is no option of this question.")
        if len(change.keyed) != version.choose:
            raise ValidationError(
                f"Students chose {version.choose}, so the new key names {version.choose}, not {len(change.keyed)}. "
                "Where more answers are right, credit everybody."
            )
        if content.policy == Key.Policy.MAPPED and not change.values:
            raise ValidationError("This question is scored by values; give at least one option a value.")
    options = tuple(_option(option, token, change) for option, token in zip(content.options, tokens, strict=True))
    return replace(content, treatment=_TREATMENTS[change.action].value, options=options)


def _option(option: OptionContent, token: str, change: Change) -> OptionContent:
    option = replace(option, rationale=change.rationales.get(token) or option.rationale)
    if change.action != KeyCorrection.Action.REKEY:
        return option
    if token in change.keyed:
        # What is right breaks nothing and is nobody's mistake.
        option = replace(option, violates=(), mistake="")
    value = None if option.value is None and not change.values else change.values.get(token)
    return replace(option, is_keyed=token in change.keyed, value=value)


def versions_to_correct(item: Item) -> "QuerySet[ItemVersion]":
    """Return the versions of an item that forms ask, the latest first; only these have scores to correct."""
    asked = FormItem.objects.filter(version__item=item).values("version")
    return ItemVersion.objects.filter(pk__in=asked).select_related("item").order_by("-number")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a correction has come: attempts that it has still to reach, and those that it could not reach."""

    correction: KeyCorrection
    owed: int
    stuck: int


def corrections_of(item: Item) -> list[Progress]:
    """Return the corrections of an item's keys with their progress, the latest first."""
    corrections = KeyCorrection.objects.filter(new_key__version__item=item)
    is_stuck = Q(jobs__failed_at__isnull=False)
    counted = corrections.select_related("new_key__version", "made_by").annotate(
        owed=Count("jobs", filter=Q(jobs__isnull=False, jobs__failed_at=None)), stuck=Count("jobs", filter=is_stuck)
    )
    return [Progress(one, one.owed, one.stuck) for one in counted]


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What a correction did to one attempt: the score before, what came out, and whether that counts."""

    correction: KeyCorrection
    before: Score
    after: Score
    counts: bool

    @property
    def changes_result(self) -> bool:
        """Whether pass or fail is another one now."""
        return self.counts and self.before.passed != self.after.passed


def changes_of(score: Score) -> list[ScoreChange]:
    """Return what corrections did to the attempt of a timed score, the latest first."""
    found: list[ScoreChange] = []
    standing: Score | None = None
    rows = Score.objects.filter(attempt=score.attempt_id, kind=Score.Kind.TIMED).order_by("revision")
    for row in rows.select_related("correction"):
        # A result that was lower than allowed was replaced in the moment in which it came.
        counts = row.superseded_at is None or row.superseded_at > row.scored_at
        if row.correction and standing:
            found.append(ScoreChange(row.correction, standing, row, counts))
        if counts:
            standing = row
    return found[::-1]


def notices_of(user: User) -> "QuerySet[ChangeNotice]":
    """Return the changed scores of a person that no report has told of yet, for thirty days, the latest first."""
    return (
        ChangeNotice.objects.filter(
            score__attempt__candidate=user,
            score__superseded_at=None,
            score__scored_at__gt=database_now() - NOTICE_LASTS,
        )
        .select_related("score__attempt__form")
        .order_by("-score__scored_at")
    )


def unsaved_key(version: ItemVersion, content: ItemContent) -> tuple[Key, list[KeyOption]]:
    """Return the key revision that `content` would be written as, not written."""
    key = Key(
        version=version,
        policy=content.policy,
        treatment=content.treatment,
        map_low=content.map_low,
        map_high=content.map_high,
    )
    options = zip(version.options.order_by("position"), content.options, strict=True)
    return key, [KeyOption(key=key, option=o, is_keyed=said.is_keyed, value=said.value) for o, said in options]


def treated_keys() -> frozenset[int]:
    """Return the key revisions under which an answer says nothing of its candidate: credited to all, or dropped."""
    return frozenset(Key.objects.exclude(treatment=Key.Treatment.SCORED).values_list("pk", flat=True))


def with_correction(correction: KeyCorrection, key_ids: tuple[int, ...]) -> tuple[int, ...]:
    """Return these key revisions with that of the corrected version at least as late as the correction's."""
    older = set(
        Key.objects.filter(
            pk__in=key_ids, version=correction.new_key.version_id, revision__lt=correction.new_key.revision
        ).values_list("pk", flat=True)
    )
    return tuple(correction.new_key_id if pk in older else pk for pk in key_ids)
