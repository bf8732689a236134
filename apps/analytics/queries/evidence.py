"""The answers that a weak-area report rests on."""

from dataclasses import dataclass
from fractions import Fraction

from apps.bank.models import ItemTopic
from apps.scoring.models import ItemScore, Score
from apps.scoring.queries import treated_keys


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """A learner's first answer to a scored item; `share` is ω = w_d / (100 n_d) of the report's own form.

    Objective and topic are (code, title); an item without topics has "" for both.
    """

    attempt_id: int
    item: str
    objective: tuple[str, str]
    topic: tuple[str, str]
    share: Fraction
    credit: int


def first_answers(score: Score) -> list[FirstAnswer]:
    """Return the learner's first answers in this certification, up to and with the attempt of `score`."""
    attempt = score.attempt
    scores = Score.objects.current().filter(
        attempt__candidate=attempt.candidate_id,
        attempt__started_at__lte=attempt.started_at,
        attempt__form__blueprint__certification=attempt.form.blueprint.certification_id,
    )
    keys = dict(scores.values_list("pk", "key_ids"))
    rows = ItemScore.objects.filter(score__in=list(keys), form_item__is_scored=True)
    # As columns: a model instance of each of four tables for every answer costs more than all the rest.
    columns = rows.order_by("score__attempt__started_at", "form_item__position").values_list(
        "score_id", "score__attempt_id", "form_item__position", "form_item__domain_id", "form_item__objective__code",
        "form_item__objective__title", "form_item__version__item_id", "form_item__version__item__code", "credit",
    )  # fmt: skip
    topics = _primary_topics(attempt.form.blueprint.certification_id)
    shares = {domain.domain_id: Fraction(domain.weight, 100 * domain.item_count) for domain in score.domains.all()}
    treated = treated_keys()
    first: dict[int, FirstAnswer] = {}
    for score_id, attempt_id, position, domain_id, code, title, item_id, item, credit in columns:
        if item_id in first or keys[score_id][position - 1] in treated:
            continue  # right for everybody, or for nobody: it says nothing of the learner
        share = shares.get(domain_id, Fraction(0))
        first[item_id] = FirstAnswer(attempt_id, item, (code, title), topics.get(item_id, ("", "")), share, credit)
    return list(first.values())


def _primary_topics(certification_id: int) -> dict[int, tuple[str, str]]:
    topics = ItemTopic.objects.filter(position=0, item__objective__domain__certification=certification_id)
    return {item: (slug, title) for item, slug, title in topics.values_list("item_id", "topic__slug", "topic__title")}
