"""Writing scores, a batch at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.delivery.models import Attempt
from apps.delivery.queries import repeated_sights, seconds_on_items
from apps.delivery.services import accept_late
from apps.scoring import engine
from apps.scoring.models import DomainScore, KeyCorrection, Score, ScoreJob
from apps.scoring.queries import Sheet, latest_sheet, sheet
from apps.scoring.services.locks import share_keys
from apps.scoring.services.marking import Marks, mark
from apps.scoring.signals import attempts_scored


@transaction.atomic
def score_attempts(attempt_ids: Sequence[int]) -> int:
    """Score the ended attempts among these that have no current score, and return how many now have a new one.

    An attempt with blind review gets two: of what stood when its time ended, and of what stood after the review. Doing
    it twice, at once or one after the other, gives one score of each kind.
    """
    attempts = lock_ended(attempt_ids)
    # Asked only now, behind the lock: a second worker with the same message sees what the first one wrote.
    done = set(Score.objects.current().filter(attempt__in=attempts).values_list("attempt_id", flat=True))
    owed = [attempt for attempt in attempts if attempt.pk not in done]
    _score(owed, dict.fromkeys([attempt.pk for attempt in owed], 1))
    ScoreJob.objects.filter(attempt_id__in=[attempt.pk for attempt in attempts]).delete()
    return len(owed)


@transaction.atomic
def rescore_attempt(attempt: Attempt) -> bool:
    """Score an ended attempt again after its responses have changed, and say whether its scores changed.

    It keeps the key revisions that it was scored with: only a correction gives an attempt another key. A changed score
    is a new revision; the old one is kept, marked as replaced. Equal inputs give an equal digest, and then nothing is
    written.
    """
    (locked,) = lock_ended([attempt.pk])
    standing = list(Score.objects.standing().filter(attempt=locked).order_by("kind"))
    if not standing:
        return score_attempts([locked.pk]) > 0
    changed = False
    for old in standing:
        pinned = sheet(locked.form_id, tuple(old.key_ids))
        marks = mark(pinned, [locked], kind=Score.Kind(old.kind))
        if marks.results[0].digest != old.digest:
            old.attempt = locked
            replace_scores([old], pinned, marks)
            changed = True
    return changed


def replace_scores(
    olds: Sequence[Score], sheet: Sheet, marks: Marks, *, correction: KeyCorrection | None = None
) -> list[Score]:
    """Give standing scores of one form and kind, whose attempts the caller has locked, a new revision each.

    `marks` stands in their order. Under a correction that counts only if it is higher, a lower result is inserted as
    replaced at once, and the old score goes on standing. Returns the new revisions.
    """
    now = database_now()
    only_higher = correction is not None and correction.only_if_higher
    lower = {
        old.attempt_id for old, result in zip(olds, marks.results, strict=True) if only_higher and result.raw < old.raw
    }
    kind = Score.Kind(olds[0].kind)
    # Of all revisions, not of the standing ones: a lower result is a later one that does not stand.
    last = Score.objects.filter(attempt__in=[old.attempt_id for old in olds], kind=kind).values_list("attempt")
    revisions = {attempt_id: number + 1 for attempt_id, number in last.annotate(Max("revision")).order_by()}
    replaced = [old.pk for old in olds if old.attempt_id not in lower]
    Score.objects.filter(pk__in=replaced).update(superseded_at=now)
    attempts = [old.attempt for old in olds]
    inserted = _insert_scores(
        sheet, kind, attempts, marks.results, revisions, now=now, correction=correction, lower=lower
    )
    _insert_domains(inserted, marks.results)
    _insert_items(inserted, marks, sheet)
    _tell([score for score in inserted if score.attempt_id not in lower])
    return inserted


@transaction.atomic
def accept_late_and_rescore(attempt: Attempt, *, events: Sequence[tuple[str, int]], by: User, reason: str) -> bool:
    """Let late events count and score the attempt again, both or neither; says whether the score changed.

    Raises ValidationError as `accept_late` does, and when no event is named.
    """
    if not events:
        raise ValidationError("Choose at least one entry.")
    accept_late(attempt, events=events, by=by, reason=reason)
    return rescore_attempt(attempt)


def lock_ended(attempt_ids: Sequence[int]) -> list[Attempt]:
    """Lock the ended attempts among these until the transaction ends, and return them in order."""
    return list(
        Attempt.objects.submitted()
        .filter(pk__in=attempt_ids)
        .order_by("pk")
        .select_related("assignment")
        .select_for_update(no_key=True, of=("self",))
    )


def _score(attempts: Sequence[Attempt], revisions: Mapping[int, int]) -> None:
    by_form: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_form[attempt.form_id].append(attempt)
    share_keys(by_form)
    _tell([score for form_id, batch in by_form.items() for score in _score_form(form_id, batch, revisions)])


def _tell(scores: Sequence[Score]) -> None:
    timed = [score.pk for score in scores if score.kind == Score.Kind.TIMED]

    def tell() -> None:
        attempts_scored.send(sender=Score, score_ids=timed)

    if timed:
        transaction.on_commit(tell, robust=True)


def _score_form(form_id: int, attempts: Sequence[Attempt], revisions: Mapping[int, int]) -> list[Score]:
    sheet = latest_sheet(form_id)
    scores: list[Score] = []
    for kind in Score.Kind:
        batch = [attempt for attempt in attempts if kind == Score.Kind.TIMED or attempt.assignment.blind_review]
        if not batch:
            continue
        marks = mark(sheet, batch, kind=kind)
        inserted = _insert_scores(sheet, kind, batch, marks.results, revisions, now=database_now())
        _insert_domains(inserted, marks.results)
        _insert_items(inserted, marks, sheet)
        scores += inserted
    return scores


def _insert_scores(
    sheet: Sheet,
    kind: Score.Kind,
    attempts: Sequence[Attempt],
    results: Sequence[engine.Result],
    revisions: Mapping[int, int],
    *,
    now: datetime,
    correction: KeyCorrection | None = None,
    lower: Set[int] = frozenset(),
) -> list[Score]:
    return Score.objects.bulk_create(
        [
            Score(
                attempt=attempt,
                kind=kind,
                revision=revisions[attempt.pk],
                numerator=result.raw.numerator,
                denominator=result.raw.denominator,
                item_count=result.item_count,
                answered_count=result.answered_count,
                scaled=result.scaled,
                scaled_low=result.scaled_low,
                scaled_high=result.scaled_high,
                passed=result.passed,
                cut_evidence=sheet.cut_evidence,
                engine_version=engine.VERSION,
                key_ids=list(sheet.key_ids),
                digest=result.digest,
                scored_at=now,
                correction=correction,
                superseded_at=now if attempt.pk in lower else None,
            )
            for attempt, result in zip(attempts, results, strict=True)
        ]
    )


def _insert_domains(scores: Sequence[Score], results: Sequence[engine.Result]) -> None:
    DomainScore.objects.bulk_create(
        [
            DomainScore(
                score=score,
                domain_id=domain.domain,
                weight=domain.weight,
                item_count=domain.item_count,
                credit=domain.credit,
                low=domain.interval.low,
                high=domain.interval.high,
                band=domain.band,
            )
            for score, result in zip(scores, results, strict=True)
            for domain in result.domains
        ]
    )


_INSERT_ITEMS = """
INSERT INTO scoring_itemscore (score_id, form_item_id, credit, is_answered, sight, seconds)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::boolean[], %s::smallint[], %s::smallint[])
"""


def _insert_items(scores: Sequence[Score], marks: Marks, sheet: Sheet) -> None:
    attempts = [score.attempt_id for score in scores]
    sights = repeated_sights(attempts)
    seconds = seconds_on_items(attempts, months=list({score.attempt.month for score in scores}))
    # As columns, not as model instances: these are most of all rows that scoring writes.
    rows = [
        (
            score.pk,
            item.form_item_id,
            credit,
            bool(marks.chosen.get((score.attempt_id, item.position))),
            sights.get((score.attempt_id, item.position), 1),
            seconds.get((score.attempt_id, item.position)),
        )
        for score, result in zip(scores, marks.results, strict=True)
        for item, (_, credit) in zip(sheet.items, result.credits, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ITEMS, [list(column) for column in zip(*rows, strict=True)])
