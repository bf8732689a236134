"""P5: statements per act, how fast many attempts are scored, and what an attempt takes on the disk.

The acts go through Django's test client in this process, so no worker scores beside it. BEGIN, COMMIT and savepoints
are not counted as statements; they are named in the same line.
"""

import json
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.analytics.models import Mastery
from apps.analytics.services import owe_missing_reports, settle_owed_reports
from apps.delivery.models import Attempt
from apps.scoring.services import score_attempts, settle_owed
from tests.load.options import Options
from tests.load.people import Person, assignment, exam_page, make_people, sit_all
from tests.load.report import Figure, Goal, at_least, at_most

MANY = 300
JOURNAL = "delivery_responseevent"
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")
GOALS: dict[str, Goal | None] = {
    "start": at_most(8),
    "paper": at_most(5),
    "save": at_most(1),
    "submit": at_most(8),
    "scoring of one attempt": None,
    "report page": None,
    "item review": None,
}


def run(options: Options) -> Iterator[Figure]:
    """Count what one attempt asks of the database, then score and weigh many."""
    warm, counted = make_people(2)
    _attempt(warm)  # a process reads each form once
    for name, (statements, frame) in _attempt(counted).items():
        title = f"statements per {name}, with {frame} more around transactions"
        yield Figure("statements", title if frame else f"statements per {name}", "", (statements,), GOALS[name])
    yield from _many(options.runs)


def _attempt(person: Person) -> dict[str, tuple[int, int]]:
    """Sit a whole attempt and return statements and transaction frames of each act."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = person.session
    offer = assignment().uuid
    start = _count(lambda: client.post(reverse("delivery:start", args=[offer])))
    attempt = Attempt.objects.get(candidate=person.user)
    page = exam_page(attempt)
    body = page.next_save()
    answers = {"confirm": "yes", "clients": json.dumps({page.client: 1})}
    at = [attempt.uuid]
    return {
        "start": start,
        "paper": _count(lambda: client.get(reverse("delivery:paper", args=at))),
        "save": _count(lambda: client.post(reverse("delivery:save"), body, content_type="application/json")),
        "submit": _count(lambda: client.post(reverse("delivery:submit", args=at), answers)),
        "scoring of one attempt": _count(lambda: settle_owed(attempt_ids=[attempt.pk])),
        "report page": _count(lambda: client.get(reverse("analytics:report", args=at))),
        "item review": _count(lambda: client.get(reverse("analytics:review", args=at))),
    }


def _count(act: Callable[[], object]) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        answer = act()
    status = getattr(answer, "status_code", 200)
    assert status < 400, f"the server answered {status}"
    frame = sum(query["sql"].startswith(_FRAME) for query in captured.captured_queries)
    return len(captured) - frame, frame


def _many(runs: int) -> Iterator[Figure]:
    score_rates, report_rates, rows, journals, beliefs = [], [], [], [], []
    for _ in range(runs):
        before = _sizes()
        attempts = sit_all(make_people(MANY))
        began = time.perf_counter()
        scored = score_attempts([attempt.pk for attempt in attempts])
        score_rates.append(scored / (time.perf_counter() - began))
        owe_missing_reports()
        began = time.perf_counter()
        made = 0
        while settled := settle_owed_reports():
            made += settled
        report_rates.append(made / (time.perf_counter() - began))
        row, journal, belief = [(after - was) / MANY / 1000 for after, was in zip(_sizes(), before, strict=True)]
        rows.append(row)
        journals.append(row + journal)
        beliefs.append(belief)
    yield Figure("statements", f"scoring {MANY} attempts at once", "/s", tuple(score_rates), at_least(300))
    yield Figure("statements", "  weak-area reports of these, one after the other", "/s", tuple(report_rates))
    yield Figure("statements", "stored per attempt before the journal", "kB", tuple(rows), at_most(15))
    yield Figure("statements", "stored per attempt with a journal of 75 answers", "kB", tuple(journals), at_most(45))
    yield Figure("statements", "  stored per learner, however much is sat", "kB", tuple(beliefs))


def _sizes() -> tuple[int, int, int]:
    """Return the bytes of what attempts leave behind, of their journal, and of the one row of mastery a learner has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN relname LIKE %(journal)s THEN 'journal' WHEN relname = %(belief)s THEN 'belief' "
            "ELSE 'attempt' END AS part, sum(pg_total_relation_size(oid))::bigint FROM pg_class "
            "WHERE relkind = 'r' AND relname ~ '^(delivery|scoring|analytics)_' GROUP BY part",
            {"journal": f"{JOURNAL}%", "belief": Mastery._meta.db_table},
        )
        sizes = dict(cursor.fetchall())
    return sizes["attempt"], sizes["journal"], sizes["belief"]
