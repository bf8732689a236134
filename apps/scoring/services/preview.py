"""What a correction would do, computed on the attempts that it would reach. Nothing is written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from apps.bank.models import ItemVersion
from apps.exams.models import Form, FormItem
from apps.scoring.engine import Result
from apps.scoring.models import Score
from apps.scoring.queries import sheet
from apps.scoring.queries.corrections import Change, changed_content, unsaved_key
from apps.scoring.queries.sheets import with_key
from apps.scoring.services.corrections import refuse_empty_forms
from apps.scoring.services.marking import mark

# A page is not to be waited for; of more attempts the newest are looked at, and the page says so.
MOST = 2000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of one attempt: scaled score and pass now and then, and whether the new score would count."""

    score: Score
    scaled: int
    passed: bool
    is_higher: bool
    is_lower: bool
    counts: bool

    @property
    def change(self) -> int:
        """The change of the scaled score, in points."""
        return self.scaled - self.score.scaled if self.counts else 0

    @property
    def changes_result(self) -> bool:
        """Whether pass or fail would be another one."""
        return self.counts and self.passed != self.score.passed


@dataclass(frozen=True, slots=True)
class FormEffect:
    """A form's attempts under a correction, as counts, and the mean change of the scaled score over all n."""

    form: Form
    is_scored: bool
    n: int
    higher: int
    lower: int
    kept: int
    passed: int
    failed: int
    mean_change: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a correction would do: per form, and the attempts whose scaled score changes, changed results first.

    `n` attempts were looked at, the newest of `of`.
    """

    forms: tuple[FormEffect, ...]
    changed: tuple[Preview, ...]
    n: int
    of: int


def preview_correction(version: ItemVersion, change: Change, *, only_if_higher: bool) -> Effect:
    """Return what the change would do to the standing scores. Raises ValidationError when it cannot be."""
    key, options = unsaved_key(version, changed_content(version, change))
    refuse_empty_forms(version, change)
    places = {
        row.form_id: row for row in FormItem.objects.filter(version=version).select_related("form").order_by("form")
    }
    standing = Score.objects.current().filter(attempt__form__in=places).order_by("-pk")
    scores = list(standing.select_related("attempt__form", "attempt__candidate")[:MOST])
    found: dict[int, list[Preview]] = {form_id: [] for form_id in places}
    for (form_id, key_ids), alike in _alike(scores).items():
        pinned = sheet(form_id, key_ids)
        place = places[form_id].position
        items = [with_key(item, key, options) if item.position == place else item for item in pinned.items]
        changed = replace(pinned, items=tuple(items))
        for start in range(0, len(alike), _BATCH):
            batch = alike[start : start + _BATCH]
            results = mark(changed, [score.attempt for score in batch], kind=Score.Kind.TIMED).results
            found[form_id] += [_preview(s, r, only_if_higher) for s, r in zip(batch, results, strict=True)]
    every = [one for previews in found.values() for one in previews]
    return Effect(
        forms=tuple(_form_effect(places[form_id], previews) for form_id, previews in found.items()),
        changed=tuple(
            sorted(
                (one for one in every if one.change or one.changes_result),
                key=lambda one: (not one.changes_result, -abs(one.change), one.score.pk),
            )
        ),
        n=len(scores),
        of=standing.count(),
    )


def _alike(scores: Iterable[Score]) -> dict[tuple[int, tuple[int, ...]], list[Score]]:
    alike: dict[tuple[int, tuple[int, ...]], list[Score]] = defaultdict(list)
    for score in scores:
        alike[score.attempt.form_id, tuple(score.key_ids)].append(score)
    return alike


def _preview(score: Score, result: Result, only_if_higher: bool) -> Preview:
    lower = result.raw < score.raw
    return Preview(
        score=score,
        scaled=result.scaled,
        passed=result.passed,
        is_higher=result.raw > score.raw,
        is_lower=lower,
        counts=not (lower and only_if_higher),
    )


def _form_effect(place: FormItem, previews: Sequence[Preview]) -> FormEffect:
    return FormEffect(
        form=place.form,
        is_scored=place.is_scored,
        n=len(previews),
        higher=sum(one.is_higher for one in previews),
        lower=sum(one.is_lower and one.counts for one in previews),
        kept=sum(not one.counts for one in previews),
        passed=sum(one.changes_result and one.passed for one in previews),
        failed=sum(one.changes_result and not one.passed for one in previews),
        mean_change=sum(one.change for one in previews) / len(previews) if previews else None,
    )
