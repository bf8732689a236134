"""Computing every score again and comparing digests: what a restored backup, or a doubt, is judged by (R-04, R-29)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from apps.delivery.models import Attempt
from apps.scoring import engine
from apps.scoring.models import Score
from apps.scoring.queries import sheet
from apps.scoring.services.marking import mark


@dataclass(frozen=True, slots=True)
class Difference:
    """A score that comes out otherwise; `found` is a digest, or why none could be computed."""

    attempt: UUID
    kind: str
    revision: int
    stored: str
    found: str

    def __str__(self) -> str:
        return f"{self.attempt} ({self.kind}, revision {self.revision}) has {self.stored} and comes out as {self.found}"


@dataclass(frozen=True, slots=True)
class Verification:
    """How many scores were computed again, how many are of another version of the engine, and what differs."""

    checked: int
    other_engine: int
    differences: tuple[Difference, ...]


def verify_scores(*, batch: int = 500, progress: Callable[[int], None] | None = None) -> Verification:
    """Compute every standing score again, with the key revisions that it was computed with, and compare digests.

    Nothing is written. Scores of another version of the engine are counted and left: their digest says nothing here.
    `progress` is called with the number of scores looked at so far.
    """
    standing = Score.objects.standing().order_by("pk")
    checked = other = last = 0
    differences: list[Difference] = []
    while scores := list(standing.filter(pk__gt=last).select_related("attempt")[:batch]):
        last = scores[-1].pk
        ours = [score for score in scores if score.engine_version == engine.VERSION]
        other += len(scores) - len(ours)
        checked += len(ours)
        if suspects := _different(ours):
            differences += _still_different([score.pk for score, _ in suspects])
        if progress:
            progress(checked + other)
    return Verification(checked, other, tuple(differences))


@transaction.atomic
def _still_different(suspects: Sequence[int]) -> list[Difference]:
    # A late answer may have been accepted between reading a score and its journal; behind the attempts' locks, which
    # re-scoring takes too, nothing moves, and what was replaced meanwhile no longer stands.
    attempts = Attempt.objects.filter(scores__in=suspects).order_by("pk")
    list(attempts.select_for_update(no_key=True, of=("self",)))
    scores = list(Score.objects.standing().filter(pk__in=suspects).order_by("pk").select_related("attempt"))
    return [
        Difference(score.attempt.uuid, score.kind, score.revision, score.digest, found)
        for score, found in _different(scores)
    ]


def _different(scores: Sequence[Score]) -> list[tuple[Score, str]]:
    alike: dict[tuple[object, ...], list[Score]] = defaultdict(list)
    for score in scores:
        alike[score.attempt.form_id, score.kind, *score.key_ids].append(score)
    return [found for group in alike.values() for found in _different_alike(group)]


def _different_alike(scores: Sequence[Score]) -> list[tuple[Score, str]]:
    """Compare scores of one form, kind and set of key revisions."""
    first = scores[0]
    try:
        pinned = sheet(first.attempt.form_id, tuple(first.key_ids))
        marks = mark(pinned, [score.attempt for score in scores], kind=Score.Kind(first.kind))
    except (ArithmeticError, LookupError, ValueError) as error:
        # A row that is gone or cannot be read. One poisoned attempt must not hide the others.
        if len(scores) > 1:
            return [found for score in scores for found in _different_alike([score])]
        return [(first, f"nothing: {error!r}")]
    return [
        (score, result.digest)
        for score, result in zip(scores, marks.results, strict=True)
        if score.digest != result.digest
    ]
