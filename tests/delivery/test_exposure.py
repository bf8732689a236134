"""How often and how long an item was before its candidate's eyes."""

from datetime import timedelta

from django.db.models import F

from apps.accounts.models import User
from apps.delivery.models import Attempt
from apps.delivery.queries import replay
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.models import ItemScore
from apps.scoring.services import score_attempts
from tests import world as worlds


def _look(attempt: Attempt, *looks: tuple[int, int]) -> None:
    """Record that items were shown: (position, seconds before now), in one batch that arrives now."""
    events = [
        Event(n, n, position, "seen", "shown", "timed", 1000 * seconds)
        for n, (position, seconds) in enumerate(looks, 1)
    ]
    save_events(worlds.ticket(attempt), client="page", events=events)


def _seconds(attempt: Attempt) -> dict[int, int | None]:
    Attempt.objects.filter(pk=attempt.pk).update(started_at=F("started_at") - timedelta(hours=1))
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return dict(ItemScore.objects.filter(score__attempt=attempt).values_list("form_item__position", "seconds"))


def test_time_on_an_item_is_the_sum_of_its_looks(world: worlds.World, student: User) -> None:
    attempt = worlds.sitting(world, student)
    _look(attempt, (1, 100), (2, 70), (1, 40), (3, 10))
    found = _seconds(attempt)
    # Until it was submitted, a moment after the batch arrived.
    assert (found[1], found[2]) == (60, 30)
    assert found[3] in range(10, 14)
    assert found[4] is None, "never shown is not zero seconds"


def test_a_tab_left_open_counts_for_a_quarter_of_an_hour(world: worlds.World, student: User) -> None:
    attempt = worlds.sitting(world, student)
    _look(attempt, (1, 3000), (2, 20))
    assert _seconds(attempt)[1] == 900


def test_the_second_sight_of_an_item_is_known(world: worlds.World, student: User) -> None:
    for sight in (1, 2, 3):
        attempt = submit_attempt(worlds.sitting(world, student), clients={})
        score_attempts([attempt.pk])
        found = set(ItemScore.objects.filter(score__attempt=attempt).values_list("sight", flat=True))
        assert found == {sight}


def test_the_time_line_shows_when_a_page_recorded_and_not_when_it_could_send(
    world: worlds.World, student: User
) -> None:
    attempt = worlds.sitting(world, student)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=F("started_at") - timedelta(minutes=10))
    attempt.refresh_from_db()
    _look(attempt, (1, 300), (2, 60))
    first, second = replay(attempt)
    assert 235 <= (second.at - first.at).total_seconds() <= 245
    assert first.arrived_at == second.arrived_at


def test_a_page_that_claims_a_past_before_its_start_changes_nothing(world: worlds.World, student: User) -> None:
    attempt = worlds.sitting(world, student)
    _look(attempt, (1, 10**6))
    (only,) = replay(attempt)
    assert only.at == timedelta(0)
    assert only.is_counted
