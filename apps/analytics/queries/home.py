"""A student's home."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.delivery.access import assignments_for
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import open_attempts
from apps.scoring.models import Score
from apps.scoring.queries import scores_of


@dataclass(frozen=True, slots=True)
class Home:
    """What a student can sit, is sitting and has sat."""

    open_attempts: tuple[Attempt, ...]
    offers: tuple[Assignment, ...]
    scores: tuple[Score, ...]
    waiting: tuple[Attempt, ...]


def home(user: User) -> Home:
    """Return the student's home."""
    running = tuple(open_attempts(user))
    sitting = {attempt.assignment_id for attempt in running}
    scores = tuple(scores_of(user)[:20])
    return Home(
        open_attempts=running,
        offers=tuple(a for a in assignments_for(user).filter(form__isnull=False) if a.pk not in sitting),
        scores=scores,
        waiting=tuple(
            Attempt.objects.submitted()
            .filter(candidate=user)
            .exclude(pk__in=[score.attempt_id for score in scores_of(user)])
            .select_related("form")
        ),
    )
