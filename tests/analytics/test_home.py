"""A student's home: the finding, what to do next, readiness over time, the curriculum, and what was sat."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.analytics.models import Calibration, Mastery, Outcome, Prediction
from apps.delivery.models import Assignment
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.models import Score
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
TOPIC = {"code": "demo-c01-topic-1", "title": "Topic 1", "n": 9, "right": 4, "low": 0.31, "mean": 0.44, "high": 0.58}


def sat(world: worlds.World, student: User, *, right: bool, sure: Sequence[int] = ()) -> Score:
    """Sit the form with every answer right or wrong, sure of some, and score it."""
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, dict.fromkeys(range(1, 8), right))
    marks = [Event(20 + position, 20 + position, position, "confidence", "sure") for position in sure]
    save_events(worlds.ticket(attempt), client="page", events=marks)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return Score.objects.select_related("attempt").get(attempt=attempt)


def believe(
    student: User,
    world: worlds.World,
    readiness: tuple[float, float, float] | None,
    *,
    n: int = 60,
    calibrated: bool = True,
    **body: Any,
) -> None:
    """Let this be believed of the student; a number is told as a prediction too."""
    low, probability, high = readiness or (None, None, None)
    run = Calibration.objects.create(certification=world.certification, number=1) if calibrated else None
    now = database_now()
    Mastery.objects.create(
        learner=student, certification=world.certification, calibration=run, n=n, readiness_low=low,
        readiness=probability, readiness_high=high, body=body, computed_at=now,
    )  # fmt: skip
    if readiness:
        tell(student, world, readiness, n=n, days_ago=0)


def tell(student: User, world: worlds.World, readiness: tuple[float, float, float], *, n: int, days_ago: int) -> None:
    """Predict."""
    low, probability, high = readiness
    Prediction.objects.create(
        learner=student, certification=world.certification, n=n, low=low, probability=probability, high=high,
        made_at=database_now() - timedelta(days=days_ago),
    )  # fmt: skip


def words(page: str) -> str:
    """Return what a person reads of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


FINDINGS: list[tuple[tuple[float, float, float] | None, int, str, str]] = [
    ((0.49, 0.6, 0.8), 60, "about 6 times in 10; between 4 and 8.", "About 3 more mocks of new questions"),
    (None, 8, "Not enough evidence yet: 12 more answers", "from twenty answers on"),
    (None, 19, "Not enough evidence yet: 1 more answer", "from twenty answers on"),
    (None, 25, "Not enough evidence yet", "from twenty answers on"),
    ((0.62, 0.71, 0.84), 60, "about 7 times in 10; between 6 and 9.", "more likely to pass than not"),
    ((0.02, 0.04, 0.31), 60, "about 4 times in 100; between 2 and 31.", "less likely to pass than not"),
    ((0.9, 0.98, 0.98), 60, "about 98 times in 100; between 90 and 98.", "more likely to pass than not"),
    ((0.05, 0.1, 0.52), 25, "about 1 time in 10; between 0 and 6.", "About 1 more mock of new questions"),
    ((0.1, 0.5, 0.9), 60, "about 5 times in 10; between 1 and 9.", "for more mocks alone to tell"),
]


@pytest.mark.parametrize(("readiness", "n", "finding", "tells"), FINDINGS)
def test_home_opens_with_the_finding(
    readiness: tuple[float, float, float] | None, n: int, finding: str, tells: str,
    world: worlds.World, student: User, signed_in: SignIn,
) -> None:  # fmt: skip
    sat(world, student, right=True)
    believe(student, world, readiness, n=n)
    page = signed_in(student).get("/").text
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading
    assert heading[1].endswith(finding)
    assert tells in page
    if readiness is None:
        assert "times in" not in page


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_first_guess_says_that_it_is_one(
    calibrated: bool, world: worlds.World, student: User, signed_in: SignIn
) -> None:
    sat(world, student, right=True)
    believe(student, world, (0.4, 0.6, 0.8), calibrated=calibrated)
    assert ("Difficulties are the authors’ estimates" in signed_in(student).get("/").text) is not calibrated


def test_readiness_over_time_has_its_intervals_and_n_in_the_table(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    sat(world, student, right=True)
    believe(student, world, (0.41, 0.6, 0.8), n=60)
    tell(student, world, (0.21, 0.52, 0.9), n=25, days_ago=9)
    tell(worlds.person(), world, (0.11, 0.12, 0.13), n=77, days_ago=9)
    page = signed_in(student).get("/").text
    assert page.count('class="chart__whisker"') == 2
    said = words(page)
    assert said.index("41 % to 80 % 60 % n = 60") < said.index("21 % to 90 % 52 % n = 25")
    assert "n = 77" not in said


def test_without_a_belief_home_shows_what_was_sat(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    assert "Take your first mock exam" in client.get("/").text
    attempt = submit_attempt(worlds.sitting(world, student), clients={})
    waiting = client.get("/").text
    assert "Your first mock is being scored" in waiting
    assert reverse("analytics:report", args=[attempt.uuid]) in waiting
    score_attempts([attempt.pk])
    score = Score.objects.get()
    assert f"Your last mock lies between {score.scaled_low} and {score.scaled_high}" in client.get("/").text


def test_the_next_steps_are_three_at_most_in_this_order(world: worlds.World, student: User, signed_in: SignIn) -> None:
    sat(world, student, right=False, sure=[1, 2])
    second = worlds.build_beside(world, "second")
    area = TOPIC | {"label": "weak", "more": None, "gain": 0.06}
    believe(student, world, (0.4, 0.6, 0.8), topic=[area], next=[["topic", TOPIC["code"]]])
    client = signed_in(student)
    steps = _steps(client.get("/").text)
    assert len(steps) == 3
    assert "Study Topic 1 9 answers, 4 right; you would answer 31 % to 58 % of its questions" in steps[0]
    assert "worth about 6 percentage points of readiness" in steps[0]
    assert "2 answers that you were sure of are wrong" in steps[1]
    assert steps[2] == "Sit Mock A New questions narrow the interval."
    assert reverse("delivery:instructions", args=[second.assignment.uuid]) in client.get("/").text
    worlds.sitting(world, student)
    running = _steps(client.get("/").text)
    assert "Mock A is under way" in running[0]
    assert "Study Topic 1" in running[1]
    assert not any("sure of" in step for step in running)
    Assignment.objects.filter(pk=second.assignment.pk).update(opens_at=database_now() + timedelta(days=1))
    assert not any("Sit " in step for step in _steps(client.get("/").text))


def _steps(page: str) -> list[str]:
    found = re.search(r'<ol class="next-steps">(.*?)</ol>', page, re.DOTALL)
    return [words(step).strip() for step in re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL)] if found else []


@pytest.mark.parametrize("policy", ["window", "never"])
def test_what_was_sure_and_wrong_is_a_verdict_that_waits_for_the_review(
    policy: str, world: worlds.World, student: User, signed_in: SignIn
) -> None:
    sat(world, student, right=False, sure=[1])
    client = signed_in(student)
    assert "sure of is wrong" in client.get("/").text
    Assignment.objects.update(review_policy=policy)
    assert "sure of" not in client.get("/").text


def test_the_curriculum_names_every_topic_with_its_evidence(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    sat(world, student, right=True)
    believe(
        student,
        world,
        (0.4, 0.6, 0.8),
        domain=[TOPIC | {"code": "1", "title": "Domain 1", "label": "open", "more": 7}],
        objective=[TOPIC | {"code": "1.1", "title": "Objective 1.1", "label": "weak", "n": 8}],
        topic=[TOPIC | {"label": "strong", "n": 10}],
    )
    said = words(signed_in(student).get("/").text)
    assert "You have met 1 of 2 topics; 1 is strong and 0 weak" in said
    assert "1 Domain 1 Not enough evidence 1 topic: 1 strong" in said
    assert "31 % to 58 %, n = 9; about 7 more answers would tell." in said
    assert "1.1 Objective 1.1 Weak 31 % to 58 %, n = 8." in said
    assert "Topic 1 Strong 31 % to 58 %, n = 10." in said
    assert "2 Domain 2 Not seen yet 1 topic: 1 not seen" in said
    assert "Topics not seen yet Topic 2" in said


def test_an_attempt_is_compared_only_where_the_difference_is_more_than_noise(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    other = worlds.build_beside(world, "second")
    sat(world, student, right=True)
    sat(other, student, right=True)
    sat(other, student, right=False)
    scores = list(Score.objects.order_by("attempt__started_at"))
    client = signed_in(student)
    said = words(client.get("/").text)
    assert "The first" in said
    assert "The same questions again: it cannot be compared." in said
    assert "No clear change." in said
    # Zou and Donner: 900 [850, 940] against 500 [460, 560] is 400 - sqrt(50² + 60²) to 400 + sqrt(40² + 40²).
    _place(scores[0], 500, 460, 560)
    _place(scores[1], 900, 850, 940)
    assert "Higher than before, by 322 to 457 points." in words(client.get("/").text)
    _place(scores[0], 900, 850, 940)
    _place(scores[1], 500, 460, 560)
    assert "Lower than before, by 322 to 457 points." in words(client.get("/").text)


def _place(score: Score, scaled: int, low: int, high: int) -> None:
    Score.objects.filter(pk=score.pk).update(scaled=scaled, scaled_low=low, scaled_high=high)


def test_two_certifications_have_a_page_each(world: worlds.World, student: User, signed_in: SignIn) -> None:
    other = worlds.build("other-c01")
    client = signed_in(student)
    sat(world, student, right=True)
    assert "Certifications" in client.get("/").text
    here, there = client.get("/?exam=demo-c01").text, client.get("/?exam=other-c01").text
    assert "What you have sat" in here
    assert "What you have sat" not in there
    assert reverse("delivery:instructions", args=[other.assignment.uuid]) in there
    assert client.get("/?exam=nonsense").text.count('aria-current="page"') == 1


def test_home_asks_as_much_whatever_was_sat(world: worlds.World, student: User, signed_in: SignIn) -> None:
    # Session, person; attempts without a score; scores; offers: clock, accommodations, assignments; mastery;
    # predictions; confidences of the last attempt, wrong ones among them; curriculum; outcomes; replies;
    # changed scores and the clock.
    areas = [TOPIC | {"label": "weak", "gain": 0.06}]
    believe(student, world, (0.4, 0.6, 0.8), topic=areas, next=[["topic", TOPIC["code"]]])
    client = signed_in(student)
    counts = []
    for _ in range(2):
        for day in range(10):
            sat(world, student, right=False, sure=[1])
            submit_attempt(worlds.sitting(world, student), clients={})
            tell(student, world, (0.4, 0.6, 0.8), n=60, days_ago=day)
            Outcome.objects.create(
                learner=student, certification=world.certification, passed=True,
                sat_on=database_now().date() - timedelta(days=Outcome.objects.count()),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/")
        assert page.status_code == 200
        counts.append(len(asked))
    assert counts == [16, 16]
