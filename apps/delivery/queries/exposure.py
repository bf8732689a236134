"""How often and how long items were before their candidates' eyes."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# A tab that was left open tells nothing about reading; no item takes longer than this at one go.
LONGEST_LOOK_SECONDS = 900

_SECONDS = """
SELECT attempt_id, position, least(round(sum(least(extract(epoch FROM until - since), %(longest)s))), 32767)::int
FROM (
    SELECT event.attempt_id, event.position, event.since,
           lead(event.since, 1, attempt.timed_closed_at) OVER (
               PARTITION BY event.attempt_id ORDER BY event.since, event.seq, event.client
           ) AS until
    FROM (
        SELECT attempt_id, position, seq, client, arrived_at - ago * interval '1 millisecond' AS since
        FROM delivery_responseevent
        WHERE attempt_id = ANY(%(attempts)s) AND attempt_month = ANY(%(months)s)
            AND kind = 'seen' AND phase = 'timed' AND disposition = 'accepted'
    ) event JOIN delivery_attempt attempt ON attempt.id = event.attempt_id
) look
WHERE until > since
GROUP BY attempt_id, position
"""

_SIGHTS = """
SELECT attempt.id, mine.position, count(*) + 1
FROM delivery_attempt attempt
JOIN delivery_attempt earlier
    ON earlier.candidate_id = attempt.candidate_id AND earlier.started_at < attempt.started_at
JOIN exams_formitem mine ON mine.form_id = attempt.form_id
JOIN bank_itemversion shown ON shown.id = mine.version_id
JOIN bank_itemversion known ON known.item_id = shown.item_id
JOIN exams_formitem theirs ON theirs.version_id = known.id AND theirs.form_id = earlier.form_id
WHERE attempt.id = ANY(%(attempts)s)
GROUP BY attempt.id, mine.position
"""


def seconds_on_items(attempt_ids: Sequence[int], *, months: Sequence[object]) -> dict[tuple[int, int], int]:
    """Return, by (attempt, position), for how many seconds of the timed phase an item was shown.

    From when a page says that it showed the item until it showed another one, or the time ended. Items of pages without
    JavaScript are missing: such a page shows all at once.
    """
    return {
        (attempt, position): seconds
        for attempt, position, seconds in _ask(
            _SECONDS, attempts=list(attempt_ids), months=list(months), longest=LONGEST_LOOK_SECONDS
        )
    }


def repeated_sights(attempt_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return, by (attempt, position), the how manieth sight of an item it was, for items seen before: from 2 on.

    An earlier attempt of the candidate whose form has any version of the item is a sight.
    """
    return {(attempt, position): sight for attempt, position, sight in _ask(_SIGHTS, attempts=list(attempt_ids))}


def _ask(statement: str, **parameters: Any) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[int, int, int]] = cursor.fetchall()
    return rows
