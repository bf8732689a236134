"""The review of an attempt: what was asked, chosen and keyed, and why."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from apps.bank.models import Key, KeyOption, Reference
from apps.core.markdown import to_html, to_inline_html
from apps.delivery.queries import PaperItem, PaperOption, paper
from apps.exams.models import FormItem
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import ItemScore, KeyCorrection, Score
from apps.scoring.queries.corrections import with_correction


@dataclass(frozen=True, eq=False, slots=True)
class KeyedOption:
    """What a key revision says of an option; `violated` are the requirements that it breaks, in words."""

    is_keyed: bool
    rationale: SafeString
    mistake: str
    violated: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class KeyedItem:
    """What a key revision says of an item on a form. Equal only to itself, so that what is drawn of it can be kept."""

    position: int
    objective: str
    is_scored: bool
    takeaway: SafeString
    references: tuple[Reference, ...]
    correction: KeyCorrection | None
    options: dict[str, KeyedOption]


@dataclass(frozen=True, slots=True)
class ReviewedOption:
    """An option as the attempt showed it, with what the key says of it."""

    shown: PaperOption
    keyed: KeyedOption


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """An item after the attempt."""

    shown: PaperItem
    keyed: KeyedItem
    is_right: bool
    options: tuple[ReviewedOption, ...]


def reviewed_items(score: Score) -> list[ReviewedItem]:
    """Return every item of a scored attempt with its key; the caller has checked the review policy."""
    keyed = keyed_items(score.attempt.form_id, _shown_keys(score))
    credits = dict(ItemScore.objects.filter(score=score).values_list("form_item__position", "credit"))
    return [
        ReviewedItem(
            shown=shown,
            keyed=said,
            is_right=credits[shown.position] == FULL_CREDIT,
            options=tuple(ReviewedOption(option, said.options[option.token]) for option in shown.options),
        )
        for shown, said in zip(paper(score.attempt), keyed, strict=True)
    ]


def _shown_keys(score: Score) -> tuple[int, ...]:
    # Where a correction would have lowered the score it stands by the older key; the right answer is the corrected one.
    shown = tuple(score.key_ids)
    kept = Score.objects.filter(attempt=score.attempt_id, kind=score.kind, revision__gt=score.revision)
    for later in kept.select_related("correction__new_key").order_by("revision"):
        if later.correction:
            shown = with_correction(later.correction, shown)
    return shown


@lru_cache(maxsize=64)
def keyed_items(form_id: int, key_ids: tuple[int, ...]) -> tuple[KeyedItem, ...]:
    """Return what these key revisions say of a published form's items, in order.

    Kept per process, because a revision is never edited and a published form is frozen.
    """
    keys = Key.objects.prefetch_related("references").in_bulk(key_ids)
    options: dict[int, dict[str, KeyedOption]] = {pk: {} for pk in key_ids}
    for said in KeyOption.objects.filter(key__in=key_ids).select_related("option"):
        options[said.key_id][said.option.token] = _keyed_option(said, keys[said.key_id])
    corrections = {found.new_key_id: found for found in KeyCorrection.objects.filter(new_key__in=key_ids)}
    rows = FormItem.objects.filter(form_id=form_id).select_related("objective").order_by("position")
    return tuple(
        KeyedItem(
            position=row.position,
            objective=str(row.objective),
            is_scored=row.is_scored,
            takeaway=to_inline_html(keys[pk].takeaway),
            references=tuple(keys[pk].references.all()),
            correction=corrections.get(pk),
            options=options[pk],
        )
        for row, pk in zip(rows, key_ids, strict=True)
    )


def _keyed_option(said: KeyOption, key: Key) -> KeyedOption:
    texts = {constraint["id"]: constraint["text"] for constraint in key.constraints}
    return KeyedOption(
        is_keyed=said.is_keyed,
        rationale=to_html(said.rationale),
        mistake=said.mistake,
        violated=tuple(texts[name] for name in said.violates if name in texts),
    )
