"""Correcting a key: the effect is shown first, then every attempt follows, and the student is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import database_now
from apps.analytics.audit import all_findings
from apps.analytics.models import WeakAreaReport
from apps.analytics.services import check_health, retry_failed
from apps.bank.models import ItemVersion, Key
from apps.bank.services import write_item
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import Event, save_events, submit_attempt
from apps.exams.models import FormItem
from apps.scoring.models import ChangeNotice, KeyCorrection, RescoreJob, Score
from apps.scoring.queries import latest_sheet
from apps.scoring.queries.corrections import Change
from apps.scoring.services import (
    accept_late_and_rescore,
    correct_key,
    preview_correction,
    score_attempts,
    settle_corrections,
    verify_scores,
)
from tests import world as worlds

SignIn = Callable[[User], Client]
Action = KeyCorrection.Action
PLACE = 1


def version_at(world: worlds.World, position: int = PLACE) -> ItemVersion:
    """Return the version at a place of the form."""
    return FormItem.objects.get(form=world.form, position=position).version


def scored(world: worlds.World, right: dict[int, bool], candidate: User | None = None) -> Attempt:
    """Sit, submit and score."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, right)
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return attempt


def single(world: worlds.World) -> int:
    """Return the place of a scored item with one keyed option."""
    return next(p for p in worlds.positions(world.form, domain=1) if version_at(world, p).choose == 1)


def wrong_keyed(version: ItemVersion) -> Change:
    """Return the rekey to the option that `worlds.tokens(right=False)` chooses."""
    token = version.options.order_by("position")[1].token
    return Change(Action.REKEY, keyed=frozenset([token]))


def correct(
    version: ItemVersion,
    change: Change,
    by: User,
    *,
    only_if_higher: bool = True,
    reason: str = "Two documents disagree.",
) -> KeyCorrection:
    """Correct the key of a version as it is now, and let every attempt follow."""
    since = version.keys.order_by("-revision")[0]
    correction = correct_key(version, change, since=since, only_if_higher=only_if_higher, reason=reason, by=by)
    while settle_corrections():
        pass
    correction.refresh_from_db()
    return correction


def chose_first_distractor(world: worlds.World, place: int, candidate: User | None = None) -> Attempt:
    """Sit with everything right but one item, whose first distractor is chosen."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, dict.fromkeys([p for p in worlds.positions(world.form) if p != place], True))
    token = version_at(world, place).options.order_by("position")[1].token
    save_events(worlds.ticket(attempt), client="other", events=[Event(1, 999, place, "answer", [token])])
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    return attempt


def test_a_rekey_raises_some_and_keeps_the_others(world: worlds.World, instructor: User) -> None:
    place = single(world)
    mistaken, right = chose_first_distractor(world, place), scored(world, dict.fromkeys(range(1, 8), True))
    change = wrong_keyed(version_at(world, place))
    effect = preview_correction(version_at(world, place), change, only_if_higher=True)
    assert not RescoreJob.objects.exists()
    assert Score.objects.count() == 2
    (form,) = effect.forms
    assert (form.n, form.higher, form.lower, form.kept, form.passed, form.failed) == (2, 1, 0, 1, 0, 0)
    assert [(one.score.attempt_id, one.scaled) for one in effect.changed] == [(mistaken.pk, 1000)]
    assert form.mean_change == effect.changed[0].change / 2

    correction = correct(version_at(world, place), change, instructor)
    assert correction.effect == {"attempts": 2, "higher": 1, "kept": 1}
    assert not RescoreJob.objects.exists()
    raised = Score.objects.current().get(attempt=mistaken)
    assert (raised.scaled, raised.revision, raised.correction) == (1000, 2, correction)
    assert Score.objects.get(attempt=mistaken, revision=1).superseded_at is not None
    stays = Score.objects.current().get(attempt=right)
    assert (stays.scaled, stays.revision) == (1000, 1)
    lower = Score.objects.get(attempt=right, revision=2)
    assert lower.superseded_at == lower.scored_at
    assert lower.raw < stays.raw
    assert AuditEvent.objects.get(verb="key.corrected").detail["action"] == "rekey"
    assert verify_scores().differences == ()
    assert list(all_findings()) == [found for found in all_findings() if found[0] == "nothing_degraded"]


def test_without_only_if_higher_scores_fall_too(world: worlds.World, instructor: User) -> None:
    place = single(world)
    attempt = scored(world, dict.fromkeys(range(1, 8), True))
    correction = correct(
        version_at(world, place), wrong_keyed(version_at(world, place)), instructor, only_if_higher=False
    )
    assert correction.effect == {"attempts": 1, "lower": 1}
    # .6·2/3 + .4 = .8 → 750 + 250·.08/.28
    assert Score.objects.current().get(attempt=attempt).scaled == 821


@pytest.mark.parametrize(("action", "scaled"), [(Action.CREDIT_ALL, 1000), (Action.DROP, 1000)])
def test_credit_and_drop_reach_those_who_left_it_blank(
    world: worlds.World, instructor: User, action: Action, scaled: int
) -> None:
    place = single(world)
    attempt = scored(world, dict.fromkeys([p for p in worlds.positions(world.form) if p != place], True))
    assert Score.objects.get().scaled < scaled
    correct(version_at(world, place), Change(action), instructor)
    score = Score.objects.current().get(attempt=attempt)
    assert score.scaled == scaled
    assert score.item_count == (5 if action == Action.CREDIT_ALL else 4)


def test_a_form_keeps_one_scored_item(world: worlds.World, instructor: User) -> None:
    first, *others = worlds.positions(world.form)
    for place in others:
        correct(version_at(world, place), Change(Action.DROP), instructor)
    with pytest.raises(ValidationError, match="last scored question"):
        correct(version_at(world, first), Change(Action.DROP), instructor)
    with pytest.raises(ValidationError, match="last scored question"):
        preview_correction(version_at(world, first), Change(Action.DROP), only_if_higher=True)
    assert version_at(world, first).keys.count() == 1


def test_later_attempts_take_the_corrected_key_and_an_edit_keeps_the_decision(
    world: worlds.World, instructor: User
) -> None:
    version = version_at(world, single(world))
    correct(version, Change(Action.DROP), instructor)
    assert scored(world, {1: True}).scores.get().item_count == 4
    # Neither editor nor pack says anything of the treatment, and so they leave it.
    write_item(worlds.item(version.item.code, domain=1), certification=world.certification)
    assert [key.treatment for key in version.keys.order_by("revision")] == ["scored", "dropped"]
    content = worlds.item(version.item.code, domain=1)
    write_item(type(content)(**{name: getattr(content, name) for name in content.__slots__} | {"takeaway": "New."}),
               certification=world.certification)  # fmt: skip
    assert version.keys.order_by("-revision")[0].treatment == "dropped"
    # A rekey takes it back.
    keyed = frozenset([version.options.order_by("position")[0].token])
    correct(version, Change(Action.REKEY, keyed=keyed), instructor)
    assert latest_sheet(world.form.pk).items[0].treatment == "scored"


def test_two_corrections_of_two_items_add_up_and_each_keeps_to_its_item(world: worlds.World, instructor: User) -> None:
    one, two = worlds.positions(world.form, domain=1)[:2]
    attempt = scored(world, dict.fromkeys([p for p in worlds.positions(world.form) if p not in (one, two)], True))
    before = Score.objects.get()
    correct(version_at(world, one), Change(Action.CREDIT_ALL), instructor)
    middle = Score.objects.current().get(attempt=attempt)
    assert [a == b for a, b in zip(before.key_ids, middle.key_ids, strict=True)].count(False) == 1
    correct(version_at(world, two), Change(Action.CREDIT_ALL), instructor)
    assert Score.objects.current().get(attempt=attempt).scaled == 1000
    assert [score.revision for score in Score.objects.filter(attempt=attempt).order_by("revision")] == [1, 2, 3]


def test_the_same_correction_sent_again_is_one_and_another_is_refused(world: worlds.World, instructor: User) -> None:
    version = version_at(world, single(world))
    since = version.keys.get()
    sent: dict[str, Any] = {"since": since, "only_if_higher": True, "reason": "Why", "by": instructor}
    first = correct_key(version, Change(Action.CREDIT_ALL), **sent)
    assert correct_key(version, Change(Action.CREDIT_ALL), **sent) == first
    with pytest.raises(ValidationError, match="changed meanwhile"):
        correct_key(version, Change(Action.DROP), **sent)
    assert (KeyCorrection.objects.count(), Key.objects.filter(version=version).count()) == (1, 2)


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        (Change(Action.CREDIT_ALL), " ", "Say why"),
        (Change(Action.REKEY), "Why", "names 1, not 0"),
        (Change(Action.REKEY, keyed=frozenset(["?"])), "Why", "no option"),
    ],
)
def test_bad_corrections_write_nothing(
    world: worlds.World, instructor: User, change: Change, reason: str, said: str
) -> None:
    version = version_at(world, single(world))
    with pytest.raises(ValidationError, match=said):
        correct(version, change, instructor, reason=reason)
    assert not KeyCorrection.objects.exists()
    assert version.keys.count() == 1


def test_a_rekey_to_what_stands_is_refused(world: worlds.World, instructor: User) -> None:
    version = version_at(world, single(world))
    same = Change(Action.REKEY, keyed=frozenset([version.options.order_by("position")[0].token]))
    with pytest.raises(ValidationError, match="nothing to correct"):
        correct(version, same, instructor)


def test_blind_scores_follow_too(world: worlds.World, instructor: User) -> None:
    Assignment.objects.update(blind_review=True)
    world.assignment.refresh_from_db()
    attempt = submit_attempt(submit_attempt(worlds.sitting(world), clients={}), clients={})
    score_attempts([attempt.pk])
    correction = correct(version_at(world, single(world)), Change(Action.CREDIT_ALL), instructor)
    assert Score.objects.standing().filter(correction=correction).count() == 2
    assert correction.effect == {"attempts": 1, "higher": 1}


def test_a_late_answer_after_a_kept_score_has_the_next_revision(world: worlds.World, instructor: User) -> None:
    place = single(world)
    attempt = scored(world, dict.fromkeys([p for p in worlds.positions(world.form) if p != 7], True))
    others = [p for p in worlds.positions(world.form) if p != place]
    event = Event(1, 99, others[0], "answer", worlds.tokens(attempt, others[0], right=False))
    save_events(worlds.ticket(attempt), client="late", events=[event])
    correct(version_at(world, place), wrong_keyed(version_at(world, place)), instructor)
    assert accept_late_and_rescore(attempt, events=[("late", 1)], by=instructor, reason="Network")
    standing = Score.objects.current().get(attempt=attempt)
    assert standing.revision == 3
    # By the keys that it was scored with: only a correction gives an attempt another one.
    assert standing.key_ids == Score.objects.get(attempt=attempt, revision=1).key_ids


def test_r20_a_score_that_its_own_keys_do_not_give_raises_an_alarm(world: worlds.World, instructor: User) -> None:
    sound, forged = scored(world, {1: True}), scored(world, {2: True})
    Score.objects.filter(attempt=forged).update(digest="0" * 64)
    correction = correct(version_at(world, single(world)), Change(Action.CREDIT_ALL), instructor)
    assert correction.effect["attempts"] == 1
    assert Score.objects.filter(attempt=sound).count() == 2
    assert Score.objects.get(attempt=forged).digest == "0" * 64
    job = RescoreJob.objects.get()
    assert (job.attempt_id, job.failed_at is None) == (forged.pk, False)
    assert [subject for check, subject, _ in all_findings() if check == "corrections_reach_all"] == [
        f"delivery.attempt:{forged.uuid}"
    ]
    assert "rescore-failed" in {reason.code for reason in check_health().reasons}
    # Once the cause is mended, an admin lets it be tried again.
    Score.objects.filter(attempt=forged).update(digest=verify_scores().differences[0].found)
    assert retry_failed(forged, by=worlds.person("admin")) == 1
    assert settle_corrections() == 1
    assert Score.objects.current().get(attempt=forged).correction == correction


def test_a_worker_that_died_leaves_its_rows_to_the_next(world: worlds.World, instructor: User) -> None:
    for place in range(1, 4):
        scored(world, {place: True})
    version = version_at(world, single(world))
    correct_key(
        version, Change(Action.DROP), since=version.keys.get(), only_if_higher=False, reason="Why", by=instructor
    )
    assert settle_corrections(limit=1) == 1
    RescoreJob.objects.update(claimed_at=database_now(), tries=1)
    assert settle_corrections() == 0
    RescoreJob.objects.update(claimed_at=database_now() - timedelta(seconds=61))
    assert settle_corrections() == 2
    assert settle_corrections() == 0
    assert KeyCorrection.objects.get().effect["attempts"] == 3
    assert Score.objects.exclude(correction=None).count() == 3


def page_form(page: Any) -> dict[str, Any]:
    """Return what a browser would send from the correction page."""
    sent: dict[str, Any] = {}
    for field in page.context["form"]:
        value = field.value()
        if value is True:
            sent[field.html_name] = "on"
        elif value not in (None, False):
            sent[field.html_name] = str(getattr(value, "pk", value))
    return sent


def test_an_instructor_sees_the_effect_and_then_corrects(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    place = single(world)
    attempt = chose_first_distractor(world, place, student)
    code = version_at(world, place).item.code
    client, url = signed_in(instructor), reverse("scoring:correct", args=[code])
    assert url in client.get(reverse("bank:item-edit", args=[code])).text
    sent = page_form(client.get(url)) | {"action": "rekey", "reason": "The documentation changed.", "keyed-1": "on"}
    del sent["keyed-0"]
    shown = client.post(url, sent | {"preview": "1"})
    assert "1 of 1 attempts would have another score" in shown.text
    assert "Correct the key and score again" in shown.text
    assert not KeyCorrection.objects.exists()
    assert client.post(url, sent | {"reason": " ", "apply": "1"}).status_code == 422
    assert "names 1, not 2" in client.post(url, sent | {"keyed-0": "on", "preview": "1"}).text
    assert client.post(url, sent | {"apply": "1"}).status_code == 303
    assert "0 attempts scored again, 1 to come" in client.get(url).text
    while settle_corrections():
        pass
    told = client.get(url, headers={"HX-Request": "true"}).text
    assert "1 higher" in told
    assert "hx-get" not in told
    assert Score.objects.current().get(attempt=attempt).scaled == 1000


def test_the_student_is_told_until_the_report_is_seen(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    place = single(world)
    attempt = chose_first_distractor(world, place, student)
    before = Score.objects.get().scaled
    correct(version_at(world, place), wrong_keyed(version_at(world, place)), instructor, reason="A new page says so.")
    client = signed_in(student)
    assert "was corrected" in client.get("/").text
    report = client.get(reverse("analytics:report", args=[attempt.uuid])).text
    assert f"your score changed from {before} to 1000" in report
    assert "A new page says so." in report
    assert f"(about {before})" in report
    assert "was corrected" not in client.get("/").text
    review = client.get(reverse("analytics:review", args=[attempt.uuid])).text
    assert review.count("Corrected on") == 1
    assert "The key below is the corrected one" in review


def test_a_kept_score_is_told_too_and_the_review_shows_the_corrected_key(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    place = single(world)
    attempt = scored(world, dict.fromkeys(range(1, 8), True), student)
    correct(version_at(world, place), wrong_keyed(version_at(world, place)), instructor)
    client = signed_in(student)
    assert "was corrected" not in client.get("/").text
    report = client.get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "your score stays 1000; by the corrected key it would be 821" in report
    item = client.get(reverse("analytics:review", args=[attempt.uuid])).context["review"].rows[place - 1].item
    assert item.is_right
    keyed = {option.shown.html for option in item.options if option.keyed.is_keyed}
    assert all("wrong" in html for html in keyed)


def test_a_notice_that_nobody_reads_goes_after_thirty_days(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    chose_first_distractor(world, single(world), student)
    correct(version_at(world, single(world)), Change(Action.CREDIT_ALL), instructor)
    Score.objects.current().update(scored_at=database_now() - timedelta(days=31))
    assert ChangeNotice.objects.exists()
    assert "was corrected" not in signed_in(student).get("/").text


def test_a_reason_waits_for_the_review_policy(
    world: worlds.World, student: User, instructor: User, signed_in: SignIn
) -> None:
    Assignment.objects.update(review_policy="never")
    attempt = chose_first_distractor(world, single(world), student)
    correct(version_at(world, single(world)), Change(Action.CREDIT_ALL), instructor, reason="Option B is right.")
    report = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "your score changed" in report
    assert "Option B is right" not in report


@pytest.mark.django_db(transaction=True)
def test_a_changed_score_gets_its_weak_areas_anew(instructor: User) -> None:
    world = worlds.build()
    place = single(world)
    attempt = chose_first_distractor(world, place)
    correct(version_at(world, place), Change(Action.DROP), instructor)
    from apps.analytics.services import owe_missing_reports, settle_owed_reports

    owe_missing_reports()
    settle_owed_reports()
    new = WeakAreaReport.objects.get(score=Score.objects.current().get(attempt=attempt))
    # An item that counts for nobody says nothing of anybody.
    assert new.body["answers"] == 4


def test_an_item_on_no_form_has_nothing_to_correct(world: worlds.World, instructor: User, signed_in: SignIn) -> None:
    write_item(worlds.item("demo-c01-99"), certification=world.certification)
    page = signed_in(instructor).get(reverse("scoring:correct", args=["demo-c01-99"]))
    assert "No form asks this question yet" in page.text
