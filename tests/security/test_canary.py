"""S-01: every key and rationale of the bank is a canary, and nobody finds one before the review policy lets it out."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from apps.accounts.models import Cohort, User
from apps.accounts.services import database_now, enroll
from apps.analytics.services import owe_missing_reports, settle_owed_reports
from apps.bank.models import Certification, Item, ItemReport
from apps.delivery.access import issue_ticket
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import submit_attempt
from apps.exams.models import Form
from apps.scoring.services import score_attempts
from tests import world as worlds
from tests.security.crawler import Crawl, addresses, sign_in

NOBODY_KNOWS: dict[str, str] = {}


@dataclass
class Scene:
    """One student in the middle of everything: each bank is named after what the student has done with it."""

    owner: User
    stranger: User
    neighbour: User
    instructor: User
    open: Attempt
    blind: Attempt

    def starts(self) -> list[str]:
        """Return every address of the site with every public id there is, one that is not there included."""
        known = [*Attempt.objects.values_list("uuid", flat=True), *Assignment.objects.values_list("uuid", flat=True)]
        known += ItemReport.objects.values_list("uuid", flat=True)
        codes = [*Item.objects.filter(code__endswith="-11").values_list("code", flat=True), "team", "rivals"]
        codes += Form.objects.values_list("code", flat=True)
        return sorted(
            {
                *addresses(
                    {
                        "position": [1, 7, 99],
                        "uuid": [*known, "00000000-0000-4000-8000-000000000000"],
                        "code": codes,
                        "certification": [*Certification.objects.values_list("code", flat=True)],
                        "key": ["nonsense"],
                        "uidb36": ["1"],
                    }
                ),
                "/nowhere/",
                "/static/staticfiles.json",
                "/api/v1/attempts/?cursor=nonsense",
            }
        )


def sat(world: worlds.World, owner: User) -> Attempt:
    """Sit a form from start to score, every answer wrong, so that the report would name every item."""
    attempt = worlds.sitting(world, owner)
    worlds.answer(attempt, dict.fromkeys(range(1, 8), False))
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    owe_missing_reports()
    settle_owed_reports()
    return attempt


def build_scene() -> Scene:
    """Let one student have an attempt in every state there is."""
    owner, neighbour = worlds.person(email="owner@example.com"), worlds.person(email="neighbour@example.com")
    team, rivals = (Cohort.objects.create(code=code, name=code) for code in ("team", "rivals"))
    enroll(team, users=[owner])
    enroll(rivals, users=[neighbour])
    worlds.build("ahead")
    running = worlds.sitting(worlds.build("timed"), owner)
    blind = worlds.build("blind")
    Assignment.objects.filter(pk=blind.assignment.pk).update(blind_review=True)
    blind.assignment.refresh_from_db()
    fixed = submit_attempt(worlds.sitting(blind, owner), clients={})
    window = worlds.build("window")
    Assignment.objects.filter(pk=window.assignment.pk).update(
        review_policy="window", closes_at=database_now() + timedelta(days=1), audience="cohorts"
    )
    window.assignment.cohorts.add(team)
    sat(window, owner)
    never = worlds.build("never")
    Assignment.objects.filter(pk=never.assignment.pk).update(review_policy="never")
    sat(never, owner)
    told = worlds.build_beside(never, "told")  # its report rests on the answers of the other form too
    sat(told, owner)
    again = worlds.build("again")
    sat(again, owner)
    worlds.sitting(again, owner)  # a second attempt on a form whose first attempt may be reviewed
    return Scene(
        owner=owner,
        stranger=worlds.person(email="stranger@example.com"),
        neighbour=neighbour,
        instructor=worlds.person("instructor", email="instructor@example.com"),
        open=running,
        blind=fixed,
    )


def acts(crawl: Crawl, attempt: Attempt, *, phase: str) -> None:
    """Do what an open page does and what it must not do, and look at every answer."""
    client, base = crawl.client, f"/attempts/{attempt.uuid}/"
    event = {"n": 1, "seq": 1, "position": 1, "kind": "answer", "value": worlds.tokens(attempt, 1), "phase": phase}
    sent = {"ticket": issue_ticket(attempt), "client": "crawler", "events": [event, {**event, "n": 2, "value": ["?"]}]}
    for body in (json.dumps(sent), json.dumps(sent), json.dumps({**sent, "ticket": "forged"}), "{"):
        crawl.look(client.post("/save/", body, content_type="application/json"), "/save/")
        crawl.look(client.post(f"/api/v1{base}save/", body, content_type="application/json"), "the API's save")
    crawl.look(client.post("/clock/", issue_ticket(attempt), content_type="text/plain"), "/clock/")
    crawl.look(client.post(base, {"nonce": "x", "answer-1": worlds.tokens(attempt, 1), "save": "1"}), base)
    for act, form in (
        ("submit", {}), ("submit", {"confirm": "yes", "clients": '{"crawler": 9}'}), ("submit", {"clients": "no"}),
        ("pause", {}), ("late", {"event": "crawler/1", "reason": "x"}),
    ):  # fmt: skip
        crawl.look(client.post(f"{base}{act}/", form, follow=True), f"{base}{act}/")
    crawl.look(client.post(f"/live{base}", {"close": "1"}), "steering")
    crawl.look(client.post(f"/api/v1{base}submit/", "[]", content_type="application/json"), "the API's submit")
    stale = Client(enforce_csrf_checks=True)
    stale.cookies = client.cookies
    crawl.look(stale.post(f"{base}submit/", {"confirm": "yes"}), "a form without its token")


def test_s01_nobody_finds_a_key_before_the_policy_lets_it_out(db: None) -> None:
    scene = build_scene()
    for visitor in (None, scene.stranger, scene.neighbour):
        crawl = Crawl(sign_in(visitor)).visit(scene.starts())
        acts(crawl, scene.open, phase="timed")
        assert crawl.found == NOBODY_KNOWS, visitor
        assert len(crawl.statuses) > 100

    # The first control: who writes items finds them all; the retired ones of "never" where their keys are corrected.
    crawl = Crawl(sign_in(scene.instructor)).visit(url for url in scene.starts() if url.startswith("/bank/"))
    assert set(crawl.found) == {"ahead", "timed", "blind", "window", "never", "told", "again"}, crawl.found

    crawl = Crawl(sign_in(scene.owner))
    acts(crawl, scene.open, phase="timed")
    acts(crawl, scene.blind, phase="blind")
    crawl.visit(scene.starts())
    assert {crawl.statuses[reverse("delivery:paper", args=[open.uuid])] for open in (scene.open, scene.blind)} == {200}
    # The second control: what the policy allows is found, and by the same crawler.
    assert set(crawl.found) == {"told"}, crawl.found

    Assignment.objects.filter(review_policy="window").update(closes_at=database_now() - timedelta(seconds=1))
    for attempt in (scene.open, scene.blind, *Attempt.objects.open()):
        submit_attempt(attempt, clients={})
    score_attempts(list(Attempt.objects.submitted().values_list("pk", flat=True)))
    crawl = Crawl(sign_in(scene.owner)).visit(scene.starts())
    assert set(crawl.found) == {"told", "window", "again", "timed", "blind"}, crawl.found
