"""Writing scores, a batch at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.delivery.models import Attempt
from apps.delivery.queries import repeated_sights, seconds_on_items
from apps.delivery.services import accept_late
from apps.scoring import engine
from apps.scoring.models import DomainScore, Score, ScoreJob
from apps.scoring.queries import Sheet, latest_sheet
from apps.scoring.services.marking import Marks, mark
from apps.scoring.signals import attempt_scored


@transaction.atomic
def score_attempts(attempt_ids: Sequence[int]) -> int:
    """Score the ended attempts among these that have no current score, and return how many now have a new one.

    An attempt with blind review gets two: of what stood when its time ended, and of what stood after the review. Doing
    it twice, at once or one after the other, gives one score of each kind.
    """
    attempts = _locked(attempt_ids)
    # Asked only now, behind the lock: a second worker with the same message sees what the first one wrote.
    done = set(Score.objects.current().filter(attempt__in=attempts).values_list("attempt_id", flat=True))
    owed = [attempt for attempt in attempts if attempt.pk not in done]
    _score(owed, dict.fromkeys([attempt.pk for attempt in owed], 1))
    ScoreJob.objects.filter(attempt_id__in=[attempt.pk for attempt in attempts]).delete()
    return len(owed)


@transaction.atomic
def rescore_attempt(attempt: Attempt) -> bool:
    """Score an ended attempt again after something that counts has changed, and say whether its scores changed.

    A changed score is a new revision; the old one is kept, marked as replaced. Equal inputs give an equal digest, and
    then nothing is written.
    """
    (locked,) = _locked([attempt.pk])
    before = {score.kind: score for score in Score.objects.standing().filter(attempt=locked)}
    if not before:
        return score_attempts([locked.pk]) > 0
    timed = before[Score.Kind.TIMED]
    with transaction.atomic():
        Score.objects.standing().filter(attempt=locked).update(superseded_at=database_now())
        _score([locked], {locked.pk: timed.revision + 1})
        after = {score.kind: score for score in Score.objects.standing().filter(attempt=locked)}
        changed = {kind: score.digest for kind, score in after.items()} != {
            kind: score.digest for kind, score in before.items()
        }
        if not changed:
            transaction.set_rollback(True)
    return changed


@transaction.atomic
def accept_late_and_rescore(attempt: Attempt, *, events: Sequence[tuple[str, int]], by: User, reason: str) -> bool:
    """Let late events count and score the attempt again, both or neither; says whether the score changed.

    Raises ValidationError as `accept_late` does, and when no event is named.
    """
    if not events:
        raise ValidationError("Choose at least one entry.")
    accept_late(attempt, events=events, by=by, reason=reason)
    return rescore_attempt(attempt)


def _locked(attempt_ids: Sequence[int]) -> list[Attempt]:
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
    scores = [score for form_id, batch in by_form.items() for score in _score_form(form_id, batch, revisions)]

    def tell() -> None:
        for score in scores:
            if score.kind == Score.Kind.TIMED:
                attempt_scored.send(sender=Score, score_id=score.pk)

    transaction.on_commit(tell, robust=True)


def _score_form(form_id: int, attempts: Sequence[Attempt], revisions: Mapping[int, int]) -> list[Score]:
    sheet = latest_sheet(form_id)
    scores: list[Score] = []
    for kind in Score.Kind:
        batch = [attempt for attempt in attempts if kind == Score.Kind.TIMED or attempt.assignment.blind_review]
        if not batch:
            continue
        marks = mark(sheet, batch, kind=kind)
        inserted = _insert_scores(sheet, kind, batch, marks.results, revisions)
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
) -> list[Score]:
    now = database_now()
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
