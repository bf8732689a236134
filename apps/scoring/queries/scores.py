"""Scores of an attempt and of a person."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import User
from apps.delivery.models import Attempt
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import DomainScore, ItemScore, Score


class ItemCredit(NamedTuple):
    """What an item was worth in a score, in thousandths; `sight` is 1 when it was new to its candidate."""

    position: int
    is_scored: bool
    credit: int
    is_answered: bool
    sight: int

    @property
    def is_right(self) -> bool:
        """Whether the response was wholly right."""
        return self.credit == FULL_CREDIT


def current_score(attempt: Attempt) -> Score | None:
    """Return the score that counts, or None while it is owed."""
    return (
        Score.objects.current()
        .filter(attempt=attempt)
        .select_related("attempt__form__blueprint__certification")
        .prefetch_related("domains__domain")
        .first()
    )


def standing_scores(attempt: Attempt) -> tuple[Score | None, Score | None]:
    """Return the score that counts, None while it is owed, and the one after blind review, None without one."""
    domains = Prefetch("domains", DomainScore.objects.select_related("domain"))
    found = {
        score.kind: score
        for score in Score.objects.standing()
        .filter(attempt=attempt)
        .select_related("attempt__form__blueprint__certification", "attempt__assignment", "attempt__candidate")
        .prefetch_related(domains)
    }
    return found.get(Score.Kind.TIMED), found.get(Score.Kind.BLIND)


def previous_score(score: Score) -> Score | None:
    """Return the score of the mock that the candidate sat before this one in the same certification, or None.

    Mocks on another scale are passed over: points of two scales have no difference.
    """
    attempt = score.attempt
    form = attempt.form
    return (
        Score.objects.current()
        .filter(
            attempt__candidate=attempt.candidate_id,
            attempt__form__blueprint__certification=form.blueprint.certification_id,
            attempt__form__is_drill=False,
            attempt__form__scale_min=form.scale_min,
            attempt__form__scale_max=form.scale_max,
            attempt__form__pass_mark=form.pass_mark,
            attempt__started_at__lt=attempt.started_at,
        )
        .select_related("attempt__form")
        .order_by("-attempt__started_at")
        .first()
    )


def item_credits(scores: Sequence[Score]) -> dict[int, list[ItemCredit]]:
    """Return what each item of these scores was worth, by score and in the order of the form."""
    found: dict[int, list[ItemCredit]] = {score.pk: [] for score in scores}
    rows = ItemScore.objects.filter(score__in=scores).order_by("score_id", "form_item__position")
    columns = ("score_id", "form_item__position", "form_item__is_scored", "credit", "is_answered", "sight")
    for score_id, position, is_scored, credit, is_answered, sight in rows.values_list(*columns):
        found[score_id].append(ItemCredit(position, is_scored, credit, is_answered, sight))
    return found


def scores_of(user: User) -> "QuerySet[Score]":
    """Return the person's current scores, the latest first."""
    return (
        Score.objects.current()
        .filter(attempt__candidate=user)
        .select_related("attempt__assignment", "attempt__form")
        .order_by("-attempt__started_at")
    )
