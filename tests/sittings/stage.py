"""Whole attempts as tables: at which minute what is done, and what must come of it.

A table is a list of lines (minute, act, wanted). Minutes count from the start, and seconds are their fractions; acts go
through HTTP and services as a candidate's page, an instructor, the sweeper and the web server do them. The clock that
decides is the database's, and it is moved by moving every instant that the rows hold.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services import database_now
from apps.delivery import queries
from apps.delivery.access import issue_ticket
from apps.delivery.models import Assignment, Attempt, Heartbeat, Outage, ResponseEvent, TimeGrant
from apps.delivery.services import WEB, beat_and_credit, close_overdue, grant_time
from apps.scoring.models import Score
from apps.scoring.services import accept_late_and_rescore, score_attempts
from tests import world as worlds
from tests.security.crawler import sign_in

Line = tuple[float, str, object]
_INSTANTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Attempt, ("started_at", "deadline_at", "timed_closed_at", "submitted_at")),
    (Assignment, ("opens_at", "closes_at")),
    (ResponseEvent, ("arrived_at",)),
    (TimeGrant, ("made_at",)),
    (Heartbeat, ("beat_at",)),
    (Outage, ("started_at", "ended_at")),
)


@dataclass
class Stage:
    """One candidate, one assignment, and the minute that it is."""

    world: worlds.World
    candidate: User
    instructor: User
    minute: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    seq: int = 0
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = sign_in(self.candidate)
        self._began = database_now()

    def play(self, table: Sequence[Line]) -> None:
        """Do every line at its minute and compare."""
        for number, (minute, act, wanted) in enumerate(table, 1):
            self._wait_until(minute)
            name, *words = act.split()
            found = getattr(self, f"do_{name}")(*words)
            assert found == wanted, f"line {number}, minute {minute:g}, {act}: {found!r}, wanted {wanted!r}"

    def _wait_until(self, minute: float) -> None:
        assert minute >= self.minute, "time does not run back"
        # Measured anew for every line: however slow this machine is, the line happens at its minute.
        passed = self._began + timedelta(minutes=minute) - database_now()
        for model, names in _INSTANTS:
            model.objects.update(**{name: F(name) - passed for name in names})
        self._began -= passed
        queries.clock_board.cache_clear()
        self.minute = minute

    @property
    def attempt(self) -> Attempt:
        """The candidate's latest attempt."""
        return Attempt.objects.filter(candidate=self.candidate).latest("started_at")

    def do_start(self) -> str:
        """Press the button; says to which page it leads."""
        before = Attempt.objects.filter(candidate=self.candidate).count()
        answer = self.client.post(reverse("delivery:start", args=[self.world.assignment.uuid]))
        if "/attempts/" not in answer["Location"]:
            return "refused"
        if Attempt.objects.filter(candidate=self.candidate).count() > before:
            self.counts.clear()
            self._began = self.attempt.started_at - timedelta(minutes=self.minute)
        return "paper"

    def do_left(self) -> int | None:
        """Say how many minutes the paper shows as left, the one that has begun included."""
        page = self.client.get(reverse("delivery:paper", args=[self.attempt.uuid]))
        left = page.context["remaining"]
        return None if left is None else math.ceil(left.total_seconds() / 60)

    def do_answer(self, position: str, how: str, device: str = "page", phase: str = "timed") -> str:
        """Save one answer from a device; says what became of it."""
        attempt = self.attempt
        self.counts[device] = self.counts.get(device, 0) + 1
        self.seq += 1
        value = worlds.tokens(attempt, int(position), right=how == "right")
        event = {"n": self.counts[device], "seq": self.seq, "position": int(position), "kind": "answer",
                 "value": value, "phase": phase}  # fmt: skip
        body = {"ticket": issue_ticket(attempt), "client": device, "events": [event]}
        answer = Client().post("/save/", json.dumps(body), content_type="application/json").json()
        return str(answer["receipts"][0]["disposition"])

    def do_lose(self, device: str = "page") -> None:
        """Let a device make a change that does not arrive."""
        self.counts[device] = self.counts.get(device, 0) + 1

    def do_catch_up(self) -> str:
        """Send the answer that was counted ahead."""
        self.counts["page"] -= 1
        return self.do_answer("3", "right")

    def do_post_form(self, position: str, how: str) -> str:
        """Post the whole paper as a browser without JavaScript does; says what the next page says."""
        url = reverse("delivery:paper", args=[self.attempt.uuid])
        page = self.client.get(url)
        sent: dict[str, Any] = {"ticket": page.context["ticket"], "nonce": page.context["nonce"], "save": "1"}
        for item in page.context["items"]:
            sent[f"answer-{item.position}"] = [option.token for option in item.options if option.is_chosen]
        sent[f"answer-{position}"] = worlds.tokens(self.attempt, int(position), right=how == "right")
        said = self.client.post(url, sent, follow=True)
        return " ".join(str(message) for message in said.context["messages"]).split(" ")[0]

    def do_submit(self, confirm: str = "confirmed") -> object:
        """Submit with what every device has counted; says the status, or where it leads."""
        sent = {"clients": json.dumps(self.counts), **({"confirm": "yes"} if confirm == "confirmed" else {})}
        answer = self.client.post(reverse("delivery:submit", args=[self.attempt.uuid]), sent)
        if answer.status_code != 303:
            return answer.status_code
        return "report" if answer["Location"].endswith("/report/") else "paper"

    def do_pause(self) -> str:
        """Stop the clock."""
        self.client.post(reverse("delivery:pause", args=[self.attempt.uuid]))
        return self.do_state()

    def do_resume(self) -> str:
        """Let the clock run on."""
        self.client.post(reverse("delivery:pause", args=[self.attempt.uuid]), {"resume": "1"})
        return self.do_state()

    def do_grant(self, minutes: str) -> str:
        """Give more time as the instructor."""
        try:
            grant_time(self.attempt, extra=timedelta(minutes=int(minutes)), by=self.instructor)
        except ValidationError:
            return "refused"
        return "given"

    def do_close(self) -> str:
        """End the attempt as the instructor."""
        sign_in(self.instructor).post(reverse("delivery:steer", args=[self.attempt.uuid]), {"close": "yes"})
        return self.do_state()

    def do_beat(self) -> int:
        """Let the web server give a sign of life; says how many attempts were given time back."""
        return beat_and_credit(WEB)

    def do_sweep(self) -> int:
        """Let the sweeper pass; says how many attempts it ended or took a step further."""
        return close_overdue()

    def do_ask_clock(self) -> int:
        """Ask the clock as an open page does; says the status."""
        return Client().post("/clock/", issue_ticket(self.attempt), content_type="text/plain").status_code

    def do_accept_late(self) -> bool:
        """Let every late event count; says whether the score changed."""
        late = ResponseEvent.objects.filter(attempt=self.attempt, disposition__in=["late", "closed"])
        events = list(late.values_list("client", "n"))
        return accept_late_and_rescore(self.attempt, events=events, by=self.instructor, reason="The network was away.")

    def do_score(self) -> dict[str, int]:
        """Score; says how many answers each current or blind score is credited with."""
        score_attempts([self.attempt.pk])
        rows = Score.objects.filter(attempt=self.attempt, superseded_at=None).prefetch_related("items")
        return {row.kind: sum(item.credit == 1000 for item in row.items.all()) for row in rows}

    def do_state(self) -> str:
        """Say in which state the attempt is, and who has ended it."""
        attempt = self.attempt
        if attempt.submitted_at:
            return f"ended by {attempt.closed_by}"
        if attempt.timed_closed_at:
            return "blind review"
        return "running" if attempt.paused_left is None else "paused"

    def do_used(self) -> float:
        """Say how many minutes the timed phase took."""
        used = self.attempt.time_used
        assert used is not None
        return round(used.total_seconds() / 60, 1)


def begin(stage: Stage, **terms: Any) -> Stage:
    """Give the assignment its terms; instants are given as minutes from the start."""
    now = database_now()
    for name in ("opens_at", "closes_at"):
        if name in terms:
            terms[name] = now + timedelta(minutes=terms[name])
    Assignment.objects.filter(pk=stage.world.assignment.pk).update(**terms)
    stage.world.assignment.refresh_from_db()
    return stage
