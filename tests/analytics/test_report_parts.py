"""What the report says, part by part, and that page, PDF and JSON say the same."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.analytics.models import Mastery
from apps.analytics.queries.report import Report, report
from apps.analytics.services import owe_missing_reports, settle_owed_reports
from apps.core import pdf
from apps.delivery.models import Assignment, Attempt, ResponseEvent
from apps.delivery.services import Event, save_events, submit_attempt
from apps.scoring.models import ItemScore, Score
from apps.scoring.queries import standing_scores
from apps.scoring.services import score_attempts
from tests import world as worlds

SignIn = Callable[[User], Client]
ALL = range(1, 8)


def spread(attempt: Attempt, seconds: float) -> None:
    """Let the attempt have begun earlier, and its events have come one after the other."""
    start = database_now() - timedelta(seconds=seconds * (attempt.events.count() + 1))
    for number, event in enumerate(attempt.events.order_by("seq"), 1):
        ResponseEvent.objects.filter(attempt=attempt, client=event.client, n=event.n).update(
            arrived_at=start + timedelta(seconds=seconds * number)
        )
    Attempt.objects.filter(pk=attempt.pk).update(started_at=start)
    attempt.refresh_from_db()


def ended(attempt: Attempt) -> Attempt:
    """End an attempt and let everything follow."""
    attempt = submit_attempt(attempt, clients={})
    score_attempts([attempt.pk])
    owe_missing_reports()
    settle_owed_reports()
    return attempt


def sat(world: worlds.World, candidate: User, *, wrong: Sequence[int] = (), sure: Sequence[int] = ()) -> Attempt:
    """Sit a mock to its report: all right but for these, and sure of some."""
    attempt = worlds.sitting(world, candidate)
    worlds.answer(attempt, {position: position not in wrong for position in ALL})
    if sure:
        events = [Event(n, 100 + n, position, "confidence", "sure") for n, position in enumerate(sure, 1)]
        save_events(worlds.ticket(attempt), client="sure", events=events)
    spread(attempt, 60)
    return ended(attempt)


def told(attempt: Attempt) -> Report:
    """Return the report of an attempt."""
    score, blind = standing_scores(attempt)
    assert score is not None
    return report(score, blind)


def text_of(page: str) -> str:
    """Return the words of a page's main part with single spaces."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(strip_tags(main.partition(">")[2].replace("<", " <"))).split())


def test_the_steps_begin_with_what_was_believed_and_wrong(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, wrong=[2, 3], sure=[1, 3])
    steps = told(attempt).steps
    assert [step.kind for step in steps] == ["review", "drill", "review"]
    assert steps[0].position == 3
    page = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert f"{reverse('analytics:review', args=[attempt.uuid])}?show=wrong#item-3" in page
    assert "Sure and wrong" in page


def test_the_best_area_of_the_mastery_model_is_the_one_to_drill(world: worlds.World, student: User) -> None:
    attempt = sat(world, student, wrong=[1])
    area = {"code": "demo-c01-topic-2", "title": "Topic 2", "n": 9, "right": 4, "low": 0.31, "mean": 0.45,
            "high": 0.58, "label": "open", "gain": 0.06}  # fmt: skip
    Mastery.objects.update(n=9, body={"topic": [area], "next": [["topic", "demo-c01-topic-2"]]})
    (step,) = [step for step in told(attempt).steps if step.kind == "drill"]
    assert step.drill is not None
    assert step.drill.value == "topic/demo-c01-topic-2"
    assert step.why == "9 answers, 4 right, mastery 31 to 58 %, worth +6 % readiness."


def test_a_report_before_the_mastery_says_so(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = sat(world, student, wrong=[1])
    Mastery.objects.all().delete()
    page = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "Your mastery is being computed" in page


@pytest.mark.parametrize("wrong", [[], list(ALL)], ids=["all right", "all wrong"])
def test_nobody_is_left_without_a_next_step(wrong: list[int], world: worlds.World, student: User) -> None:
    found = told(sat(world, student, wrong=wrong))
    assert found.steps
    assert found.lede


def test_two_attempts_that_are_near_are_no_change(world: worlds.World, student: User) -> None:
    positions = worlds.positions(world.form)
    sat(world, student, wrong=positions[:2])
    compared = told(sat(world, student, wrong=positions[:1])).previous
    assert compared is not None
    assert (compared.is_change, compared.low < 0 < compared.high) == (False, True)
    assert "no change can be told" in compared.words


def test_points_of_another_scale_are_not_compared(world: worlds.World, student: User) -> None:
    sat(world, student, wrong=list(ALL))
    blueprint = world.blueprint
    blueprint.scale_min, blueprint.pass_mark, blueprint.scale_max = 0, 70, 100
    blueprint.save()
    beside = worlds.build_beside(world, "demo-c01-b")
    assert told(sat(beside, student)).previous is None
    assert told(sat(beside, student)).previous is not None


def test_from_nothing_to_everything_is_a_change(world: worlds.World, student: User) -> None:
    sat(world, student, wrong=list(ALL))
    compared = told(sat(world, student)).previous
    assert compared is not None
    assert (compared.is_change, compared.low > 0, compared.gained) == (True, True, 900)


def test_new_and_seen_items_are_compared_where_both_suffice(world: worlds.World, student: User) -> None:
    attempt = sat(world, student, wrong=[1])
    assert told(attempt).sights.words == "All 5 scored questions were new to you, so nothing here is memory."
    ItemScore.objects.filter(score__attempt=attempt, form_item__position__in=worlds.positions(world.form)[:2]).update(
        sight=2
    )
    sights = told(attempt).sights
    assert sights.gap is None
    assert "not enough evidence" in sights.words


def test_the_blind_review_is_called_a_difference_only_when_it_is_one(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    Assignment.objects.update(blind_review=True)
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, dict.fromkeys(ALL, False))
    submit_attempt(attempt, clients={})
    attempt.refresh_from_db()
    events = [Event(n, 500 + n, n, "answer", worlds.tokens(attempt, n), "blind") for n in ALL]
    save_events(worlds.ticket(attempt), client="blind", events=events)
    attempt = ended(attempt)
    found = told(attempt).blind
    assert found is not None
    assert (found.changed, found.gained, found.is_difference) == (5, 5, True)
    assert "more than the time let you show" in found.words
    page = signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text
    assert "The outcome of 5 questions changed, 5 to right" in page


def test_what_came_all_at_once_says_nothing_about_pace(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, dict.fromkeys(ALL, True))
    attempt = ended(attempt)
    sat_how = told(attempt).sitting
    assert (sat_how.is_timed, sat_how.quarters, sat_how.rushed) == (False, (), None)
    assert "came all at once" in signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text


def test_pace_is_told_by_quarter(world: worlds.World, student: User) -> None:
    quarters = told(sat(world, student)).sitting.quarters
    assert [(quarter.first, quarter.last) for quarter in quarters] == [(1, 2), (3, 4), (5, 5), (6, 7)]
    assert all(quarter.right and quarter.right.k == quarter.n for quarter in quarters)


def test_wrong_answers_are_counted_by_the_requirement_that_they_break(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, wrong=[1, 2])
    found = told(attempt).requirements
    assert found is not None
    assert [(row.misses, row.n, row.positions) for row in found] == [(2, 7, (1, 2))]
    assert "secret requirement" in signed_in(student).get(reverse("analytics:report", args=[attempt.uuid])).text


@pytest.mark.parametrize("way", ["never", "window", "open", "parts"])
def test_nothing_tells_single_outcomes_while_the_key_is_held_back(
    way: str, world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = sat(world, student, wrong=[1, 2], sure=[1])
    if way == "open":
        worlds.sitting(world, student)
    elif way == "parts":
        Assignment.objects.update(review_parts=[])
    else:
        Assignment.objects.update(review_policy=way)
    found = told(attempt)
    assert found.requirements is None
    assert found.sitting.judged is None
    assert {quarter.right for quarter in found.sitting.quarters} == {None}
    client = signed_in(student)
    for name in ("analytics:report", "api:report-data"):
        page = client.get(reverse(name, args=[attempt.uuid])).text
        assert "secret" not in page
        assert "sure of and missed" not in page


@pytest.mark.django_db(transaction=True)  # rendering outlasts the time that a transaction may idle
def test_page_pdf_and_json_tell_the_same_figures(world: worlds.World, student: User, signed_in: SignIn) -> None:
    sat(world, student, wrong=[1], sure=[2, 5])  # as many entries, so that it began before the next one
    attempt = sat(world, student, wrong=[1, 2, 4], sure=[1, 3])
    client = signed_in(student)
    page = text_of(client.get(reverse("analytics:report", args=[attempt.uuid])).text)
    answer = client.get(reverse("analytics:report-pdf", args=[attempt.uuid]))
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(BytesIO(answer.content))
    printed = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
    data = client.get(reverse("api:report-data", args=[attempt.uuid])).json()
    said = [data["headline"], data["verdict"], data["finding"], data["precision"], data["previous"]["words"]]
    said += [step["words"] for step in data["steps"]] + [step["why"] for step in data["steps"]]
    said += [area["reason"] for area in data["weak_areas"]["ranked"] + data["weak_areas"]["unranked"]]
    for words in said:
        assert words in page
        assert words.replace(" ", "") in printed.replace(" ", ""), words
    figures = set(re.findall(r"[+−]?\d+ (?:to|of|and) [+−]?\d+(?: %)?", page))
    assert len(figures) > 10
    without = printed.replace(" ", "")
    assert [figure for figure in figures if figure.replace(" ", "") not in without] == []


@pytest.mark.django_db(transaction=True)  # rendering outlasts the time that a transaction may idle
def test_the_pdf_is_tagged_titled_and_names_its_language(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = sat(world, student, wrong=[1])
    content = signed_in(student).get(reverse("analytics:report-pdf", args=[attempt.uuid])).content
    reader = PdfReader(BytesIO(content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title is not None
    assert reader.metadata.title.startswith("Report: Mock A")
    assert b"pdfuaid:part" in content or "pdfuaid" in str(reader.xmp_metadata and reader.xmp_metadata.stream.get_data())
    roles = set()

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            roles.add(node.get("/S"))
            walk(node.get("/K"))

    walk(root["/StructTreeRoot"]["/K"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/LI"} <= roles


@pytest.mark.parametrize(
    "url",
    ["https://example.org/x.css", "file:///etc/passwd", "http://127.0.0.1/", "https://static.invalid/static/../manage.py",
     "https://static.invalid/attempts/", "data:text/css,p{}"],
)  # fmt: skip
def test_a_pdf_fetches_our_own_static_files_and_nothing_else(url: str) -> None:
    assert pdf.read_own(url) is None


def test_the_pdf_finds_its_style_sheets() -> None:
    from django.templatetags.static import static

    assert b"@page" in (pdf.read_own(f"https://static.invalid{static('css/pdf.css')}") or b"")


def test_the_page_costs_the_same_statements_however_much_was_sat(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    """Session, person, attempt, scores, domains; policy, credits, fold, mastery, marks, withheld; weak areas, latest
    keys, attempt before, grants, the answers' digest, corrections.
    """
    client = signed_in(student)
    counts = []
    for _ in range(3):
        attempt = sat(world, student, wrong=[1, 2])
        url = reverse("analytics:report", args=[attempt.uuid])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        counts.append(len(captured))
    assert counts == [17, 17, 17]


def test_the_schema_describes_the_report(student: User, signed_in: SignIn) -> None:
    schema = signed_in(student).get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert "/api/v1/attempts/{uuid}/report/" in schema["paths"]
    assert {"headline", "steps", "weak_areas", "sitting"} <= set(
        schema["components"]["schemas"]["Report"]["properties"]
    )


def test_scores_of_the_api_and_of_the_report_are_one(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = sat(world, student, wrong=[1])
    client = signed_in(student)
    data = client.get(reverse("api:report-data", args=[attempt.uuid])).json()
    score = Score.objects.current().get(attempt=attempt)
    assert (data["scaled_low"], data["scaled"], data["scaled_high"], data["digest"]) == (
        score.scaled_low, score.scaled, score.scaled_high, score.digest,
    )  # fmt: skip
