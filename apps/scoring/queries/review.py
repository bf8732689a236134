"""The review of an attempt: what was asked and chosen and how, and as much of the answer side as may be seen.

What may not be seen is not in what these queries return (None, or empty), so no page and no serializer can let it out.
"""

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from apps.bank.models import Key, KeyOption, Reference
from apps.core.markdown import to_html, to_inline_html
from apps.delivery.models import Assignment
from apps.delivery.queries import PaperItem, PaperOption, answer_paths, paper
from apps.exams.models import FormItem
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import ItemScore, KeyCorrection, Score
from apps.scoring.queries.corrections import with_correction

Part = Assignment.ReviewPart


@dataclass(frozen=True, eq=False, slots=True)
class KeyedOption:
    """What a key revision says of an option; `violated` are the requirements that it breaks, in words."""

    is_keyed: bool | None
    rationale: SafeString | None
    mistake: str
    violated: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class KeyedItem:
    """What a key revision says of an item on a form. Equal only to itself, so that what is drawn of it can be kept."""

    position: int
    version_id: int
    objective: str
    is_scored: bool
    takeaway: SafeString | None
    references: tuple[Reference, ...]
    correction: KeyCorrection | None
    options: dict[str, KeyedOption]


@dataclass(frozen=True, slots=True)
class ReviewedOption:
    """An option as the attempt showed it, with what may be seen of what the key says of it."""

    shown: PaperOption
    keyed: KeyedOption


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """An item after the attempt.

    `is_right` is None where it may not be seen. `seconds` is None where the page could not tell; `path` are the whole
    answers one after the other, in letters; `sight` is 1 when the candidate saw the item for the first time.
    """

    shown: PaperItem
    keyed: KeyedItem
    is_right: bool | None
    seconds: int | None
    sight: int
    path: tuple[str, ...]
    options: tuple[ReviewedOption, ...]

    @property
    def changes(self) -> int:
        """How often a whole answer was changed into another."""
        return max(0, len(self.path) - 1)

    @property
    def is_sure_but_wrong(self) -> bool:
        """Whether the answer was marked as sure and is known to be wrong."""
        return self.is_right is False and self.shown.confidence == "sure"


def reviewed_items(score: Score, parts: Set[str]) -> list[ReviewedItem]:
    """Return every item of a scored attempt with those parts of the answer side that may be seen (`review_parts`)."""
    attempt = score.attempt
    keyed = keyed_items(attempt.form_id, _shown_keys(score), frozenset(parts))
    rows = ItemScore.objects.filter(score=score)
    held = {
        position: (credit, seconds, sight)
        for position, credit, seconds, sight in rows.values_list("form_item__position", "credit", "seconds", "sight")
    }
    paths = answer_paths(attempt)
    found = []
    for shown, said in zip(paper(attempt, with_late=True), keyed, strict=True):
        credit, seconds, sight = held[shown.position]
        found.append(
            ReviewedItem(
                shown=shown,
                keyed=said,
                is_right=credit == FULL_CREDIT if Part.CORRECTNESS in parts else None,
                seconds=seconds,
                sight=sight or 1,
                path=paths.get(shown.position, ()),
                options=tuple(ReviewedOption(option, said.options[option.token]) for option in shown.options),
            )
        )
    return found


def _shown_keys(score: Score) -> tuple[int, ...]:
    # Where a correction would have lowered the score it stands by the older key; the right answer is the corrected one.
    shown = tuple(score.key_ids)
    kept = Score.objects.filter(attempt=score.attempt_id, kind=score.kind, revision__gt=score.revision)
    for later in kept.select_related("correction__new_key").order_by("revision"):
        if later.correction:
            shown = with_correction(later.correction, shown)
    return shown


@lru_cache(maxsize=64)
def keyed_items(form_id: int, key_ids: tuple[int, ...], parts: frozenset[str]) -> tuple[KeyedItem, ...]:
    """Return what these key revisions say of a published form's items, in order, as far as `parts` lets it out.

    Kept per process, because a revision is never edited and a published form is frozen.
    """
    keys = Key.objects.prefetch_related("references").in_bulk(key_ids)
    options: dict[int, dict[str, KeyedOption]] = {pk: {} for pk in key_ids}
    for said in KeyOption.objects.filter(key__in=key_ids).select_related("option"):
        options[said.key_id][said.option.token] = _keyed_option(said, keys[said.key_id], parts)
    corrections = {found.new_key_id: found for found in KeyCorrection.objects.filter(new_key__in=key_ids)}
    rows = FormItem.objects.filter(form_id=form_id).select_related("objective").order_by("position")
    has_reasons = Part.RATIONALE in parts
    return tuple(
        KeyedItem(
            position=row.position,
            version_id=row.version_id,
            objective=str(row.objective),
            is_scored=row.is_scored,
            takeaway=to_inline_html(keys[pk].takeaway) if has_reasons else None,
            references=tuple(keys[pk].references.all()) if has_reasons else (),
            correction=corrections.get(pk) if has_reasons else None,
            options=options[pk],
        )
        for row, pk in zip(rows, key_ids, strict=True)
    )


def _keyed_option(said: KeyOption, key: Key, parts: frozenset[str]) -> KeyedOption:
    has_reasons = Part.RATIONALE in parts
    texts = {constraint["id"]: constraint["text"] for constraint in key.constraints}
    return KeyedOption(
        is_keyed=said.is_keyed if Part.KEY in parts else None,
        rationale=to_html(said.rationale) if has_reasons else None,
        mistake=said.mistake if has_reasons else "",
        violated=tuple(texts[name] for name in said.violates if name in texts) if has_reasons else (),
    )
