"""What must hold after every run, whatever was killed, frozen or cut off."""

import hashlib
import json
import time
from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.faults.ledger import Entry, Ledger
from tests.faults.rig import Rig

# What is owed or overdue must be settled within this many seconds of the last fault and the last submit.
SETTLED_WITHIN = 60.0
# The machine's clock is read by two programs, and one of them measures durations by another clock.
SLACK = 0.2

Fold = dict[tuple[str, int, str], Any]


def broken(
    rig: Rig, ledger: Ledger, *, calm_since: float, grace: float, poisoned: frozenset[str] = frozenset()
) -> list[str]:
    """Return everything that does not hold.

    `calm_since` is of time.monotonic(), `grace` is in seconds, the attempts in `poisoned` cannot be scored.
    """
    found = [
        *ledger.complaints,
        *_unsettled(rig, calm_since, grace, poisoned),
        *_lost(rig, ledger),
        *_out_of_time(rig, ledger, grace),
        *_not_scored_once(rig, ledger, poisoned),
    ]
    outcome = rig.stage("outcome")
    return [
        *found,
        *_misfolded(rig, ledger, outcome["folds"]),
        *_wrong_receipts(rig, ledger, dict(outcome["receipts"])),
        *(f"{attempt} has another score when scored again." for attempt in outcome["changed"]),
    ]


def _unsettled(rig: Rig, calm_since: float, grace: float, poisoned: frozenset[str]) -> list[str]:
    """Nothing is owed 60 s after the last fault and submit, and nothing is open 60 s after deadline and grace."""
    while True:
        owed = rig.sql(
            "SELECT 'a score', a.uuid::text FROM delivery_attempt a WHERE submitted_at IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM scoring_score s WHERE s.attempt_id = a.id AND s.superseded_at IS NULL) "
            "UNION ALL SELECT 'a settled score job', a.uuid::text FROM scoring_scorejob j "
            "JOIN delivery_attempt a ON a.id = j.attempt_id "
            "UNION ALL SELECT 'a report', a.uuid::text FROM scoring_score s JOIN delivery_attempt a "
            "ON a.id = s.attempt_id WHERE s.superseded_at IS NULL AND s.kind = 'timed' AND (NOT EXISTS "
            "(SELECT 1 FROM analytics_weakareareport r WHERE r.score_id = s.id) OR EXISTS "
            "(SELECT 1 FROM analytics_reportjob j WHERE j.score_id = s.id))"
        )
        open_after = rig.sql(
            "SELECT uuid::text, extract(epoch FROM statement_timestamp() - deadline_at)::float - %s "
            "FROM delivery_attempt WHERE submitted_at IS NULL AND deadline_at < statement_timestamp()",
            grace,
        )
        left = [f"{attempt} is owed {what}." for what, attempt in owed if attempt not in poisoned]
        late = [attempt for attempt, overdue in open_after if overdue > SETTLED_WITHIN]
        if not left and not open_after:
            return []
        if time.monotonic() > calm_since + SETTLED_WITHIN and (late or not open_after):
            return left + [f"{attempt} is open {SETTLED_WITHIN:.0f} s after deadline and grace." for attempt in late]
        rig.revive()
        time.sleep(0.25)


def _rows(rig: Rig) -> dict[tuple[str, str, int], tuple[Any, ...]]:
    return {
        (attempt, client, n): tuple(rest)
        for attempt, client, n, *rest in rig.sql(
            "SELECT a.uuid::text, e.client, e.n, e.disposition, e.seq, e.position, e.kind, e.value, "
            "extract(epoch FROM e.arrived_at)::float FROM delivery_responseevent e "
            "JOIN delivery_attempt a ON a.id = e.attempt_id"
        )
    }


def _lost(rig: Rig, ledger: Ledger) -> list[str]:
    """Every receipt is a row that says the same, and nothing is there that nobody sent."""
    found, rows = [], _rows(rig)
    for key, receipt in ledger.receipts.items():
        entry, row = ledger.sent[key], rows.get(key)
        if row is None:
            found.append(f"{key} was acknowledged ({receipt.disposition}) and is lost.")
        elif row[:5] != (receipt.disposition, entry.seq, entry.position, entry.kind, entry.value):
            found.append(f"{key} was acknowledged as {entry} ({receipt.disposition}) and is {row}.")
    found += [f"{key} is in the journal and nobody sent it." for key in rows.keys() - ledger.sent.keys()]
    return found


def _out_of_time(rig: Rig, ledger: Ledger, grace: float) -> list[str]:
    """Nothing is accepted that arrived after its phase, by the stored arrival and by when it was really sent."""
    found = [
        f"{attempt} {client} {n} was accepted out of its time."
        for attempt, client, n in rig.sql(
            "SELECT a.uuid::text, e.client, e.n FROM delivery_responseevent e "
            "JOIN delivery_attempt a ON a.id = e.attempt_id WHERE e.disposition = 'accepted' AND e.phase = 'timed' "
            "AND (e.arrived_at > a.deadline_at + make_interval(secs => %s) OR e.arrived_at < a.started_at "
            "OR (a.closed_by = 'candidate' AND e.arrived_at > a.timed_closed_at))",
            grace,
        )
    ]
    rows = _rows(rig)
    ends: dict[str, datetime | None] = dict(rig.sql("SELECT uuid::text, deadline_at FROM delivery_attempt"))
    for key, row in rows.items():
        sent, told = ledger.first_sent_at.get(key), ledger.receipts.get(key)
        end = ends[key[0]]
        if sent and row[0] == "accepted" and end and sent > end.timestamp() + grace:
            found.append(f"{key} was sent {sent - end.timestamp():.2f} s after the deadline and accepted.")
        if sent and row[5] < sent - SLACK:
            found.append(f"{key} arrived {sent - row[5]:.2f} s before it was sent.")
        if told and row[5] > told.at + SLACK:
            found.append(f"{key} arrived {row[5] - told.at:.2f} s after its receipt.")
    return found


def expected_fold(rig: Rig, ledger: Ledger, *, with_late: bool = True) -> Fold:
    """Return what must count: by the ledger, and for what was sent without a receipt, by the journal's verdict.

    Without the late ones that an instructor lets count it is what stood when the attempt ended.
    """
    best: dict[tuple[str, int, str], Entry] = {}
    rows = _rows(rig)
    for key, entry in ledger.sent.items():
        told = ledger.receipts.get(key)
        verdict = told.disposition if told else rows[key][0] if key in rows else ""
        if verdict != "accepted" and not (with_late and key in ledger.let_count):
            continue
        place = (entry.attempt, entry.position, entry.kind)
        if place not in best or (entry.seq, entry.client) > (best[place].seq, best[place].client):
            best[place] = entry
    return {place: entry.value for place, entry in best.items()}


def _misfolded(rig: Rig, ledger: Ledger, folds: list[tuple[str, int, Any, bool]]) -> list[str]:
    """What counts is the greatest (seq, client) of each item and kind."""
    wanted: dict[tuple[str, int], list[Any]] = defaultdict(lambda: [[], False])
    for (attempt, position, kind), value in expected_fold(rig, ledger).items():
        if kind in ("answer", "flag"):
            wanted[attempt, position][kind == "flag"] = sorted(value) if kind == "answer" else value
    counts = {(attempt, position): [chosen, flag] for attempt, position, chosen, flag in folds}
    return [
        f"{place}: {counts.get(place)} counts instead of {wanted.get(place)}."
        for place in sorted(wanted.keys() | counts.keys())
        if counts.get(place) != wanted.get(place)
    ]


def _not_scored_once(rig: Rig, ledger: Ledger, poisoned: frozenset[str]) -> list[str]:
    """A submitted attempt has one current score, whose credits are those of the answers in the ledger."""
    found = [
        f"{attempt} has {count} current scores."
        for attempt, count in rig.sql(
            "SELECT a.uuid::text, count(s.id) FROM delivery_attempt a LEFT JOIN scoring_score s ON s.attempt_id = a.id "
            "AND s.superseded_at IS NULL AND s.kind = 'timed' WHERE a.submitted_at IS NOT NULL "
            "GROUP BY a.uuid HAVING count(s.id) <> 1"
        )
        if attempt not in poisoned
    ]
    found += [
        f"{attempt}: the candidate was told that it has ended, and it is open."
        for (attempt,) in rig.sql("SELECT uuid::text FROM delivery_attempt WHERE submitted_at IS NULL")
        if attempt in ledger.submitted
    ]
    keyed: dict[tuple[str, int], list[str]] = {
        (attempt, position): json.loads(tokens)
        for attempt, position, tokens in rig.sql(
            "SELECT a.uuid::text, f.position, json_agg(o.token ORDER BY o.token)::text FROM delivery_attempt a "
            "JOIN exams_formitem f ON f.form_id = a.form_id JOIN bank_option o ON o.version_id = f.version_id "
            "WHERE o.text LIKE 'right %%' GROUP BY 1, 2"
        )
    }
    chosen = {
        (attempt, position): value
        for (attempt, position, kind), value in expected_fold(rig, ledger).items()
        if kind == "answer"
    }
    for attempt, position, credit in rig.sql(
        "SELECT a.uuid::text, f.position, i.credit FROM scoring_itemscore i JOIN scoring_score s ON s.id = i.score_id "
        "JOIN delivery_attempt a ON a.id = s.attempt_id JOIN exams_formitem f ON f.id = i.form_item_id "
        "WHERE s.superseded_at IS NULL AND s.kind = 'timed'"
    ):
        right = sorted(chosen.get((attempt, position), [])) == sorted(keyed[attempt, position])
        if right != (credit == 1000):
            found.append(f"{attempt}: item {position} has {credit} thousandths, its answer being {right}.")
    return found


def digests(rig: Rig, ledger: Ledger) -> dict[str, str]:
    """Return the SHA-256 of each ended attempt's answers, as the documentation of the receipt defines it (R-07)."""
    answers: dict[str, list[tuple[int, list[str]]]] = {
        attempt: [] for (attempt,) in rig.sql("SELECT uuid::text FROM delivery_attempt WHERE submitted_at IS NOT NULL")
    }
    for (attempt, position, kind), value in sorted(expected_fold(rig, ledger, with_late=False).items()):
        if kind == "answer" and value and attempt in answers:
            answers[attempt].append((position, sorted(value)))
    return {
        attempt: hashlib.sha256(json.dumps(held, separators=(",", ":")).encode()).hexdigest()
        for attempt, held in answers.items()
    }


def _wrong_receipts(rig: Rig, ledger: Ledger, receipts: dict[str, str]) -> list[str]:
    """The receipt of an ended attempt is that of the answers in the ledger."""
    wanted = digests(rig, ledger)
    return [
        f"{attempt} has the receipt {receipts.get(attempt)} instead of {wanted.get(attempt)}."
        for attempt in sorted(wanted.keys() | receipts.keys())
        if receipts.get(attempt) != wanted.get(attempt)
    ]
