"""The answers that a weak-area report rests on."""

from dataclasses import dataclass
from fractions import Fraction

from apps.bank.models import ItemTopic
from apps.scoring.models import ItemScore, Score
from apps.scoring.queries import treated_keys


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """A learner's first answer to a scored item; `share` is ω = w_d / (100 n_d) of the report's own form."""

    attempt_id: int
    item: str
    objective: str
    topic: str
    share: Fraction
    credit: int


def first_answers(score: Score) -> list[FirstAnswer]:
    """Return the learner's first answers in this certification, up to and with the attempt of `score`."""
    attempt = score.attempt
    rows = (
        ItemScore.objects.filter(
            score__in=Score.objects.current(),
            score__attempt__candidate=attempt.candidate_id,
            score__attempt__started_at__lte=attempt.started_at,
            score__attempt__form__blueprint__certification=attempt.form.blueprint.certification_id,
            form_item__is_scored=True,
        )
        .select_related("form_item__objective", "form_item__version__item", "score")
        .order_by("score__attempt__started_at", "form_item__position")
    )
    first: dict[int, ItemScore] = {}
    treated = treated_keys()
    for row in rows:
        if row.score.key_ids[row.form_item.position - 1] in treated:
            continue  # right for everybody, or for nobody: it says nothing of the learner
        first.setdefault(row.form_item.version.item_id, row)
    shares = {domain.domain_id: Fraction(domain.weight, 100 * domain.item_count) for domain in score.domains.all()}
    topics = dict(ItemTopic.objects.filter(item_id__in=list(first), position=0).values_list("item_id", "topic__slug"))
    return [
        FirstAnswer(
            attempt_id=row.score.attempt_id,
            item=row.form_item.version.item.code,
            objective=row.form_item.objective.code,
            topic=topics.get(item_id, ""),
            share=shares.get(row.form_item.domain_id, Fraction(0)),
            credit=row.credit,
        )
        for item_id, row in first.items()
    ]
