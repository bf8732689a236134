"""A sitting over HTTP, from the offer to the submitted attempt."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.delivery.access import issue_ticket, read_ticket
from apps.delivery.models import Attempt
from apps.delivery.queries import folded_responses, form_content
from tests import world as worlds

SignIn = Callable[[User], Client]


def test_home_offers_the_mock_and_leads_to_the_paper(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    assert "Mock A" in client.get("/").text
    before = client.get(reverse("delivery:instructions", args=[world.assignment.uuid]))
    assert "7 questions, 60 minutes" in before.text
    started = client.post(reverse("delivery:start", args=[world.assignment.uuid]))
    attempt = Attempt.objects.get(candidate=student)
    assert started.status_code == 303
    assert started["Location"] == reverse("delivery:paper", args=[attempt.uuid])
    paper = client.get(started["Location"]).text
    assert all(f'id="item-{position}"' in paper for position in range(1, 8))
    assert "Go on" in client.get("/").text


def test_paper_carries_no_key_and_no_rationale(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    response = signed_in(student).get(reverse("delivery:paper", args=[attempt.uuid]))
    for word in ("secret", "is_keyed", "rationale", "angoff", "is_scored", "pilot", "takeaway"):
        assert word not in response.text
        assert word not in str(response.headers)


def test_options_are_shuffled_per_attempt_and_stay_so(world: worlds.World) -> None:
    from apps.delivery.queries import paper

    attempts = [worlds.sitting(world) for _ in range(12)]
    orders = {tuple(o.token for item in paper(attempt) for o in item.options) for attempt in attempts}
    assert len(orders) > 1
    again = [tuple(o.token for item in paper(attempts[0]) for o in item.options) for _ in range(3)]
    assert len(set(again)) == 1


def test_starting_twice_gives_the_same_attempt(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)
    places = {client.post(reverse("delivery:start", args=[world.assignment.uuid]))["Location"] for _ in range(3)}
    assert len(places) == 1


def test_without_javascript_the_whole_form_is_saved(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    url = reverse("delivery:paper", args=[attempt.uuid])
    shown = client.get(url).context
    sent = {"ticket": shown["ticket"], "nonce": shown["nonce"], "save": "1", "flag": ["2"]}
    sent |= {f"answer-{item.position}": worlds.tokens(attempt, item.position) for item in form_content(attempt.form_id)}
    assert client.post(url, sent).status_code == 303
    page = client.get(url)
    assert all(item.is_answered for item in page.context["items"])
    assert [item.position for item in page.context["items"] if item.is_flagged] == [2]
    before = attempt.events.count()
    client.post(url, sent)
    assert attempt.events.count() == before, "the same page posted twice is one save"


def test_w13_a_paper_posted_without_a_session_is_kept_and_leads_back(world: worlds.World, student: User) -> None:
    attempt = worlds.sitting(world, student)
    stranger = Client(enforce_csrf_checks=True)
    url = reverse("delivery:paper", args=[attempt.uuid])
    sent = {"ticket": issue_ticket(attempt), "nonce": "a", "review": "1", "answer-1": worlds.tokens(attempt, 1)}
    assert stranger.get(stranger.post(url, sent)["Location"])["Location"].endswith(f"?next={url}review/")
    assert [held.position for held in folded_responses([attempt.pk])] == [1]
    assert "Saved" in stranger.get(reverse("account_login")).text
    other = worlds.sitting(world)
    assert stranger.post(url, sent | {"ticket": issue_ticket(other)}).status_code == 404
    assert stranger.post(url, sent | {"ticket": ""}).status_code == 404
    assert other.events.count() == 0


def test_a_paper_posted_while_somebody_else_is_signed_in_stays_with_its_owner(
    world: worlds.World, student: User, signed_in: SignIn
) -> None:
    attempt = worlds.sitting(world)
    client = signed_in(student)
    sent = {"ticket": issue_ticket(attempt), "nonce": "a", "save": "1", "answer-2": worlds.tokens(attempt, 2)}
    answer = client.post(reverse("delivery:paper", args=[attempt.uuid]), sent, follow=True)
    assert answer.redirect_chain == [("/", 303)]
    assert "you are signed in as another one" in answer.text
    assert [held.position for held in folded_responses([attempt.pk])] == [2]


def test_r23_a_new_ticket_is_for_the_own_person_only(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    url = reverse("delivery:ticket", args=[attempt.uuid])
    given = signed_in(student).get(url).json()
    assert read_ticket(given["ticket"]) == worlds.ticket(attempt)
    assert 3590_000 < given["remaining_ms"] <= 3600_000
    assert given["closed"] is False


def test_review_lists_what_is_open_and_flagged(world: worlds.World, student: User, signed_in: SignIn) -> None:
    from apps.delivery.services import Event, save_events

    attempt = worlds.sitting(world, student)
    multiple = next(item for item in form_content(attempt.form_id) if item.choose == 2)
    single = [item.position for item in form_content(attempt.form_id) if item.choose == 1]
    events = [
        Event(1, 1, single[0], "answer", worlds.tokens(attempt, single[0])),
        Event(2, 2, multiple.position, "answer", worlds.tokens(attempt, multiple.position)[:1]),
        Event(3, 3, single[1], "flag", True),
    ]
    save_events(worlds.ticket(attempt), client="page", events=events)
    context = signed_in(student).get(reverse("delivery:review", args=[attempt.uuid])).context
    assert sorted(item.position for item in context["unanswered"]) == sorted(single[1:])
    assert [item.position for item in context["incomplete"]] == [multiple.position]
    assert [item.position for item in context["flagged"]] == [single[1]]


def test_submit_wants_a_confirmation(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    client = signed_in(student)
    url = reverse("delivery:submit", args=[attempt.uuid])
    refused = client.post(url, {"clients": "{}"})
    assert refused.status_code == 422
    assert "Say first that you have finished" in refused.text
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert client.post(url, {"clients": "{}", "confirm": "yes"}).status_code == 303
    attempt.refresh_from_db()
    assert attempt.submitted_at is not None
    assert attempt.closed_by == Attempt.ClosedBy.CANDIDATE


def test_submit_waits_for_answers_that_are_on_the_way(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, {1: True, 2: True})
    response = signed_in(student).post(
        reverse("delivery:submit", args=[attempt.uuid]), {"clients": '{"page": 3}', "confirm": "yes"}
    )
    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert "1 answer is still on the way" in response.text


def test_an_attempt_goes_on_in_another_browser(world: worlds.World, student: User, signed_in: SignIn) -> None:
    attempt = worlds.sitting(world, student)
    worlds.answer(attempt, {3: True})
    elsewhere = Client()
    elsewhere.force_login(student, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = elsewhere.get(reverse("delivery:paper", args=[attempt.uuid]))
    assert [item.position for item in page.context["items"] if item.is_answered] == [3]


def test_ended_attempts_lead_to_their_report(world: worlds.World, student: User, signed_in: SignIn) -> None:
    from apps.delivery.services import submit_attempt

    attempt = submit_attempt(worlds.sitting(world, student), clients={})
    response = signed_in(student).get(reverse("delivery:paper", args=[attempt.uuid]))
    assert response.status_code in (302, 303)
    assert response["Location"] == reverse("analytics:report", args=[attempt.uuid])


def test_p5_start_paper_and_submit_take_few_statements(world: worlds.World, student: User, signed_in: SignIn) -> None:
    client = signed_in(student)

    def statements(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            act()
        return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in asked)

    assert statements(lambda: client.post(f"/mocks/{world.assignment.uuid}/start/")) <= 8
    attempt = student.attempts.get()
    client.get(f"/attempts/{attempt.uuid}/")  # the frozen content of the form is read once per process
    assert statements(lambda: client.get(f"/attempts/{attempt.uuid}/")) <= 5
    worlds.answer(attempt, {1: True})
    sent = {"confirm": "yes", "clients": '{"page": 1}'}
    assert statements(lambda: client.post(f"/attempts/{attempt.uuid}/submit/", sent)) <= 8
