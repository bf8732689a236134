"""Calibration, mastery after each score, and predictions joined with what came of them."""

import json
import random
from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.analytics import tasks
from apps.analytics.models import Calibration, ItemStatistic, Mastery, Outcome, Prediction, ReportJob
from apps.analytics.queries.bank import study_bank
from apps.analytics.queries.calibrations import LOCK, calibration_page
from apps.analytics.queries.mastery import mastery_view
from apps.analytics.queries.predictions import LEAST_JOINED, joined_predictions
from apps.analytics.queries.responses import exam_responses, learner_responses, rapid_thresholds, unhurried
from apps.analytics.services import NotCalibrated, calibrate, owe_missing_reports, settle_owed_reports, update_mastery
from apps.bank.models import Item
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import submit_attempt
from apps.exams.models import FormItem
from apps.scoring.models import ItemScore, Score
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]


def sit(world: worlds.World, right: dict[int, bool], candidate: User | None = None) -> Attempt:
    """Sit, submit and score."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, right)
    submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return attempt


def crowd(world: worlds.World, people: int, seed: int = 1) -> None:
    """Let people of different ability sit; later positions are harder."""
    rng = random.Random(seed)
    made = []
    for number in range(people):
        attempt = worlds.sitting(world, worlds.person(email=f"crowd-{seed}-{number}@example.com"))
        ability = rng.gauss(0, 1)
        worlds.answer(attempt, {place: rng.gauss(0, 1) + ability > (place - 4) / 3 for place in range(1, 8)})
        submit_attempt(attempt, clients={})
        made.append(attempt.pk)
    score_attempts(made)


def everything(is_right: bool) -> dict[int, bool]:
    """Answer all seven items."""
    return dict.fromkeys(range(1, 8), is_right)


def test_without_enough_responses_there_is_no_calibration_and_the_reason_is_told(world: worlds.World) -> None:
    crowd(world, 3)
    with pytest.raises(NotCalibrated, match=r"No item has 50 responses yet; the most any has is 3 \(n = 21\)") as said:
        calibrate(world.certification)
    assert said.value.n == 21
    assert not Calibration.objects.exists()
    with pytest.raises(CommandError, match="No item has 50 responses"):
        call_command("calibrate", "demo-c01", stdout=StringIO())
    with pytest.raises(CommandError, match="There are: demo-c01"):
        call_command("calibrate", "nothing", stdout=StringIO())


def test_a_run_finds_which_items_are_hard_and_the_next_anchors_on_those_without_news(world: worlds.World) -> None:
    crowd(world, 60)
    out = StringIO()
    call_command("calibrate", "demo-c01", "--json", "--dry-run", stdout=out)
    assert json.loads(out.getvalue())["responses"] == 420
    assert not Calibration.objects.exists()
    first = calibrate(world.certification)
    assert (first.number, first.response_count, first.person_count, first.item_count) == (1, 420, 60, 7)
    assert (first.progress, first.error) == (100, "")
    assert first.finished_at is not None
    places = dict(FormItem.objects.filter(form=world.form).values_list("position", "version_id"))
    difficulty = {place: -first.parameters[str(pk)][1] for place, pk in places.items()}
    assert difficulty[1] < difficulty[4] < difficulty[7], "pilots are calibrated like the others"
    assert set(first.hyperparameters) == {"population", "mean", "learner_sd", "domain_sd", "topic_sd"}
    with pytest.raises(NotCalibrated, match="No item has 50 new responses yet; the most any has is 0"):
        calibrate(world.certification)
    crowd(world, 49, seed=2)
    with pytest.raises(NotCalibrated, match="the most any has is 49"):
        calibrate(world.certification)
    crowd(world, 1, seed=3)
    second = calibrate(world.certification)
    assert (second.number, second.response_count) == (2, 770)
    # All items have news, so none is an anchor: the scales are linked by their means instead.
    a, d = zip(*(values[:2] for values in first.parameters.values()), strict=True)
    a2, d2 = zip(*(second.parameters[pk][:2] for pk in first.parameters), strict=True)
    mean = [sum(-x / y for x, y in zip(ds, as_, strict=True)) / 7 for as_, ds in ((a, d), (a2, d2))]
    assert mean[0] == pytest.approx(mean[1], abs=1e-3)


def test_items_with_few_new_responses_keep_their_parameters(world: worlds.World) -> None:
    crowd(world, 60)
    first = calibrate(world.certification)
    # What the last run saw of two items is taken back: only these have fifty new responses.
    asked = FormItem.objects.filter(form=world.form, position__lte=2)
    news = [str(pk) for pk in asked.values_list("version_id", flat=True)]
    for pk in news:
        first.parameters[pk][4] = 5
    first.save()
    second = calibrate(world.certification)
    assert second.item_count == 2
    assert {pk for pk in first.parameters if first.parameters[pk] != second.parameters[pk]} == set(news)


def test_practice_second_sights_haste_and_what_was_never_looked_at_are_no_responses(
    world: worlds.World, student: User
) -> None:
    attempt = sit(world, {1: True, 2: False, 3: True}, student)
    assert len(exam_responses(world.certification)) == 3
    rows = ItemScore.objects.filter(score__attempt=attempt).select_related("form_item")
    asked = {row.form_item.position: row for row in rows}

    def change(position: int, **values: int) -> None:
        ItemScore.objects.filter(score__attempt=attempt, form_item=asked[position].form_item).update(**values)

    change(4, seconds=40)  # looked at and left blank
    change(1, seconds=2)  # too fast for three seconds, which hold while no times are known
    change(2, sight=2)
    found = exam_responses(world.certification)
    assert sorted(found.version.tolist()) == sorted(asked[place].form_item.version_id for place in (1, 3, 4))
    thresholds = rapid_thresholds(world.certification)
    assert found.rapid(thresholds).sum() == 1
    assert len(unhurried(found, thresholds)) == 0, "a third of the attempt is rapid: it says nothing of items"
    ItemStatistic.objects.create(version_id=asked[3].form_item.version_id, n_timed=50, sum_seconds=50 * 60)
    assert rapid_thresholds(world.certification) == {asked[3].form_item.version_id: 6.0}
    Assignment.objects.update(mode="practice")
    assert len(exam_responses(world.certification)) == 0
    scored = {place for place in (1, 3, 4) if asked[place].form_item.is_scored}
    assert len(learner_responses(student, world.certification)) == len(scored), "practice tells of the learner"


def test_one_job_makes_report_and_mastery_and_doing_it_again_changes_nothing(
    world: worlds.World, student: User
) -> None:
    assert mastery_view(student, world.certification) is None
    sit(world, everything(True), student)
    assert owe_missing_reports() == 1
    assert settle_owed_reports() == 1
    assert not ReportJob.objects.exists()
    assert owe_missing_reports() == 0
    view = mastery_view(student, world.certification)
    assert view is not None
    assert (view.n, view.readiness, view.is_calibrated) == (5, None, False), "nothing is told under twenty answers"
    assert [(area.code, area.n, area.right) for area in view.domains] == [
        ("demo-c01-domain-1", 3, 3), ("demo-c01-domain-2", 2, 2),
    ]  # fmt: skip
    assert {area.title for area in view.topics} == {"Topic 1", "Topic 2"}
    assert all(0 <= area.low < area.mean < area.high <= 1 for area in (*view.domains, *view.objectives, *view.topics))
    before = Mastery.objects.values_list("body", "n").get()
    update_mastery(student, world.certification)
    assert Mastery.objects.values_list("body", "n").get() == before
    assert not Prediction.objects.exists()
    Mastery.objects.all().delete()
    assert owe_missing_reports() == 1, "a learner without mastery is owed one, report or not"
    assert settle_owed_reports() == 1


def test_a_rescore_is_taken_in(world: worlds.World, student: User) -> None:
    attempt = sit(world, everything(False), student)
    update_mastery(student, world.certification)
    ItemScore.objects.filter(score__attempt=attempt).update(credit=1000)
    update_mastery(student, world.certification)
    view = mastery_view(student, world.certification)
    assert view is not None
    assert [area.right for area in view.domains] == [3, 2]


def many(code: str = "demo-c01") -> worlds.World:
    """Return a world whose form has 30 scored items."""
    from apps.bank.services import write_curriculum, write_item
    from apps.delivery.services import offer_form
    from apps.exams.services import assemble_form, publish_form, write_blueprint

    certification = write_curriculum(worlds.curriculum(code))
    for number in range(30):
        write_item(worlds.item(f"{code}-{number:02d}", domain=1 + number % 2), certification=certification)
    blueprint = write_blueprint(certification, counts=[(1, 15, 0), (2, 15, 0)], multiple_count=0)
    form = publish_form(assemble_form(blueprint, code=f"{code}-a", title="Mock A", seed=7))
    return worlds.World(certification, blueprint, form, offer_form(form, title="Mock A"))


@pytest.fixture
def wide(db: None) -> worlds.World:
    """Return a world with enough items for readiness."""
    return many()


def test_readiness_is_told_from_twenty_answers_on_and_each_other_prediction_is_kept(
    wide: worlds.World, student: User
) -> None:
    able, weak = student, worlds.person()
    sit(wide, dict.fromkeys(range(1, 31), True), able)
    sit(wide, dict.fromkeys(range(1, 31), False), weak)
    for learner in (able, weak, able):
        update_mastery(learner, wide.certification)
    assert Prediction.objects.count() == 2, "the same belief is not logged twice"
    high, low = (Mastery.objects.get(learner=learner) for learner in (able, weak))
    assert high.readiness is not None
    assert low.readiness is not None
    assert high.readiness > 0.8 > 0.2 > low.readiness
    view = mastery_view(able, wide.certification)
    assert view is not None
    assert view.n == 30
    assert {area.label for area in view.domains} == {"strong"}
    unsure = mastery_view(weak, wide.certification)
    assert unsure is not None
    assert all(area.gain is not None and area.gain >= 0 for area in unsure.next_best)
    Item.objects.filter(objective__domain__number=2).update(state=Item.State.RETIRED)
    update_mastery(able, wide.certification)
    assert Mastery.objects.get(learner=able).n == 30, "answers to retired items still count"


def test_the_bank_is_read_again_when_something_of_it_changes(wide: worlds.World) -> None:
    first = study_bank(wide.certification)
    assert study_bank(wide.certification) is first
    Item.objects.filter(code="demo-c01-00").update(state=Item.State.RETIRED)
    second = study_bank(wide.certification)
    assert first is not None
    assert second is not None
    assert (len(first.pool), len(second.pool)) == (30, 29)
    assert len(second.bank.place) == 30


def test_predictions_meet_the_next_exam_and_the_real_one(wide: worlds.World, student: User) -> None:
    sit(wide, dict.fromkeys(range(1, 31), True), student)
    update_mastery(student, wide.certification)
    assert joined_predictions(wide.certification) == ([], 1)
    Assignment.objects.update(mode="practice")
    drill = sit(wide, dict.fromkeys(range(1, 31), False), student)
    assert joined_predictions(wide.certification) == ([], 1), "practice is no outcome"
    Assignment.objects.update(mode="exam")
    (joined,), waiting = joined_predictions(wide.certification)
    assert (joined.passed, joined.is_real, waiting) == (False, False, 0)
    Outcome.objects.create(learner=student, certification=wide.certification, sat_on=date(2099, 1, 1), passed=True)
    assert not joined_predictions(wide.certification)[0][0].is_real, "the mock came first"
    Score.objects.filter(attempt=drill).update(superseded_at="2026-01-01T00:00Z")
    (joined,), _ = joined_predictions(wide.certification)
    assert (joined.passed, joined.is_real) == (True, True)


def test_the_page_of_predictions_says_when_there_is_too_little_and_shows_the_diagram_when_not(
    wide: worlds.World, student: User, signed_in: SignIn
) -> None:
    client, url = signed_in(student), reverse("analytics:predictions", args=["demo-c01"])
    assert "Not enough evidence yet" in client.get(url).text
    # As a year of use leaves them: the joined attempt is one, started after all of them.
    update_mastery(student, wide.certification)
    for number in range(LEAST_JOINED):
        Prediction.objects.create(
            learner=student, certification=wide.certification, made_at=f"2020-01-01T00:{number % 60:02d}Z",
            n=30, low=0.1, probability=0.6 if number % 2 else 0.7, high=0.9,
        )  # fmt: skip
    sit(wide, dict.fromkeys(range(1, 31), True), student)
    page = client.get(url).text
    assert "<svg" in page
    assert "passed more often than said" in page
    assert f">{LEAST_JOINED}<" in page
    assert "Brier" in page
    assert "less sure than they could have been" in page


def test_an_instructor_asks_for_a_run_sees_it_go_on_and_what_it_moved(
    world: worlds.World, instructor: User, student: User, signed_in: SignIn
) -> None:
    client, url = signed_in(instructor), reverse("analytics:calibration", args=["demo-c01"])
    assert "There has been no run" in client.get(url).text
    run = reverse("analytics:calibration-run", args=["demo-c01"])
    assert client.post(run)["Location"] == url
    assert client.post(run).status_code == 303, "a second press asks for nothing more"
    assert AuditEvent.objects.filter(verb="calibration.asked").count() == 1
    fragment = client.get(url, headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 1s"' in fragment
    assert "waiting for a worker" in fragment
    assert "<html" not in fragment
    tasks.calibrate(world.certification.pk)
    ended = client.get(url, headers={"HX-Request": "true"}).text
    assert "hx-trigger" not in ended, "the poll ends by itself"
    assert "no calibration: No item has 50 responses yet; the most any has is 0 (n = 0)." in ended
    crowd(world, 60)
    tasks.calibrate_nightly()
    first = Calibration.objects.get(number=2)
    moved = str(FormItem.objects.get(form=world.form, position=1).version_id)
    first.parameters[moved] = [1.0, 6.0, 0.1, 0.1, 5]
    first.save()
    tasks.calibrate_nightly()
    page = client.get(url).text
    assert "What run 3 changed against run 2" in page
    assert FormItem.objects.get(form=world.form, position=1).version.item.code in page
    assert "harder" in page
    assert signed_in(student).post(run).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time_and_one_that_died_is_seen_as_such() -> None:
    from threading import Thread

    world = worlds.build()
    dead = Calibration.objects.create(certification=world.certification, number=1, progress=40)
    (run,) = calibration_page(world.certification).runs
    assert run.state == "died"
    said: list[str] = []

    def other() -> None:
        try:
            calibrate(world.certification)
        except NotCalibrated as reason:
            said.append(str(reason))
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK, world.certification.pk])
    assert calibration_page(world.certification).runs[0].state == "running"
    for _ in range(2):
        thread = Thread(target=other)
        thread.start()
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    assert "goes on; wait until it is done" in said[0]
    assert "No item has 50 responses" in said[1], "the control: without the lock it runs"
    dead.refresh_from_db()
    assert "ended before it was done" in dead.error
    assert dead.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_progress_is_committed_while_a_run_goes_on() -> None:
    world = worlds.build()
    crowd(world, 55)
    seen: list[int] = []

    def look(_percent: int) -> None:
        from threading import Thread

        def other() -> None:
            seen.append(Calibration.objects.values_list("progress", flat=True).get())
            connection.close()

        thread = Thread(target=other)
        thread.start()
        thread.join()

    calibrate(world.certification, progress=look)
    assert seen == sorted(set(seen)), "another connection sees each step once"
    assert seen[0] == 5
    assert seen[-1] == 99
