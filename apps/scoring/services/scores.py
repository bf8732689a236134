"""Writing scores, a batch at a time."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction

from apps.accounts.services import database_now
from apps.bank.models import Key
from apps.bank.queries import latest_keys
from apps.delivery.models import Attempt
from apps.delivery.queries import folded_responses
from apps.exams.models import Form, FormDomain, FormItem
from apps.scoring import engine
from apps.scoring.models import DomainScore, ItemScore, Score, ScoreJob
from apps.scoring.signals import attempt_scored


@transaction.atomic
def score_attempts(attempt_ids: Sequence[int]) -> int:
    """Score the ended attempts among these that have no current score, and return how many now have a new one.

    Doing it twice, at once or one after the other, gives one score each.
    """
    attempts = list(
        Attempt.objects.submitted()
        .filter(pk__in=attempt_ids)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    # Asked only now, behind the lock: a second worker with the same message sees what the first one wrote.
    done = set(Score.objects.current().filter(attempt__in=attempts).values_list("attempt_id", flat=True))
    attempts = [attempt for attempt in attempts if attempt.pk not in done]
    by_form: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_form[attempt.form_id].append(attempt)
    scores = [score for form_id, batch in by_form.items() for score in _score_form(form_id, batch)]
    ScoreJob.objects.filter(attempt_id__in=done.union(attempt.pk for attempt in attempts)).delete()

    def tell() -> None:
        for score in scores:
            attempt_scored.send(sender=Score, score_id=score.pk)

    transaction.on_commit(tell, robust=True)
    return len(scores)


def _score_form(form_id: int, attempts: Sequence[Attempt]) -> list[Score]:
    form = Form.objects.get(pk=form_id)
    items = list(FormItem.objects.filter(form=form).order_by("position"))
    weights = dict(FormDomain.objects.filter(form=form).values_list("domain_id", "weight"))
    keys = {key.version_id: key for key in latest_keys([item.version_id for item in items])}
    keyed = {
        version: frozenset(o.option.token for o in key.options.all() if o.is_keyed) for version, key in keys.items()
    }
    scale = engine.Scale(form.exact_cut, form.scale_min, form.pass_mark, form.scale_max)
    chosen = {
        (held.attempt_id, held.position): frozenset(held.chosen)
        for held in folded_responses([attempt.pk for attempt in attempts])
    }
    results = [
        engine.score(
            [
                engine.ItemResponse(
                    position=item.position,
                    domain=item.domain_id,
                    is_scored=item.is_scored,
                    chosen=chosen.get((attempt.pk, item.position), frozenset()),
                    keyed=keyed[item.version_id],
                )
                for item in items
            ],
            weights,
            scale,
        )
        for attempt in attempts
    ]
    scores = _insert_scores(form, attempts, results, {item.position: keys[item.version_id] for item in items})
    _insert_parts(scores, results, items, chosen)
    return scores


def _insert_scores(
    form: Form, attempts: Sequence[Attempt], results: Sequence[engine.Result], keys: dict[int, Key]
) -> list[Score]:
    now = database_now()
    return Score.objects.bulk_create(
        [
            Score(
                attempt=attempt,
                numerator=result.raw.numerator,
                denominator=result.raw.denominator,
                item_count=result.item_count,
                answered_count=result.answered_count,
                scaled=result.scaled,
                scaled_low=result.scaled_low,
                scaled_high=result.scaled_high,
                passed=result.passed,
                cut_evidence=form.cut_evidence,
                engine_version=engine.VERSION,
                key_revisions={str(position): key.pk for position, key in keys.items()},
                digest=result.digest,
                scored_at=now,
            )
            for attempt, result in zip(attempts, results, strict=True)
        ]
    )


def _insert_parts(
    scores: Sequence[Score],
    results: Sequence[engine.Result],
    items: Sequence[FormItem],
    chosen: dict[tuple[int, int], frozenset[str]],
) -> None:
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
    by_position = {item.position: item for item in items}
    ItemScore.objects.bulk_create(
        [
            ItemScore(
                score=score,
                form_item=by_position[position],
                credit=credit,
                is_answered=bool(chosen.get((score.attempt_id, position))),
            )
            for score, result in zip(scores, results, strict=True)
            for position, credit in result.credits
        ]
    )
