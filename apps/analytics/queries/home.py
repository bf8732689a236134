"""A student's home."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.analytics.queries.problems import Reply, unseen_replies
from apps.delivery.models import Attempt
from apps.delivery.queries import Offer, offers, open_attempts
from apps.scoring.models import Score
from apps.scoring.queries import scores_of


@dataclass(frozen=True, slots=True)
class Home:
    """What a student can sit, is sitting and has sat."""

    open_attempts: tuple[Attempt, ...]
    offers: tuple[Offer, ...]
    scores: tuple[Score, ...]
    waiting: tuple[Attempt, ...]
    replies: tuple[Reply, ...]


def home(user: User) -> Home:
    """Return the student's home."""
    scores = tuple(scores_of(user)[:20])
    return Home(
        open_attempts=tuple(open_attempts(user)),
        offers=tuple(offers(user)),
        scores=scores,
        waiting=tuple(
            Attempt.objects.submitted()
            .filter(candidate=user)
            .exclude(pk__in=[score.attempt_id for score in scores_of(user)])
            .select_related("form")
        ),
        replies=tuple(unseen_replies(user)),
    )
