"""The statistics as sums: what a set of scores adds to them, whether they hold, and what peers chose (scoring.md B, G).

A response to an item comes from a standing timed score in exam mode, at its candidate's first sight of the item, where
it was answered or was before their eyes; what the clock kept away says nothing about the item. An item whose pinned key
credits everybody, or leaves it out, has no responses there, and no part in the rest score of others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.analytics.models import FoldedScore
from apps.delivery.models import Assignment
from apps.delivery.queries import FOLD
from apps.exams.models import FormItem
from apps.scoring.engine import FULL_CREDIT, Interval, wilson
from apps.scoring.models import Score

# Fewer would tell of persons instead of the item (S-05).
LEAST_PEERS = 10
BANDS = 20


def unfolded() -> "QuerySet[Score]":
    """Return the scores that the statistics lack, and the replaced ones that they still hold."""
    is_folded = Exists(FoldedScore.objects.filter(score=OuterRef("pk")))
    is_due = (Q(superseded_at=None) & ~is_folded) | (Q(superseded_at__isnull=False) & is_folded)
    exam = Assignment.Mode.EXAM
    return Score.objects.filter(is_due, kind=Score.Kind.TIMED, attempt__assignment__mode=exam)


# What speaks of an item: at first sight, answered or before the candidate's eyes, and neither credited to everybody nor
# left out. `score` is the attempt's.
_IS_TREATED = """EXISTS (SELECT FROM bank_key WHERE bank_key.id = ANY(score.key_ids)
    AND bank_key.version_id = form_item.version_id AND treatment <> 'scored')"""
_COUNTS = "sight = 1 AND (is_answered OR seconds > 0)"

# What counts as a response to an item. It goes on from todo(score_id, sign), where sign is 1 to add and -1 to take out.
_RESPONSES = f"""
scored AS (
    SELECT todo.score_id, sign, version_id, is_scored, sight, is_answered, seconds, credit::bigint AS x,
        coalesce(sum(credit) FILTER (WHERE is_scored) OVER (PARTITION BY todo.score_id), 0)::bigint AS total
    FROM todo JOIN scoring_score score ON score.id = todo.score_id
        JOIN scoring_itemscore item ON item.score_id = todo.score_id
        JOIN exams_formitem form_item ON form_item.id = item.form_item_id
    WHERE NOT {_IS_TREATED}
), response AS (
    SELECT score_id, sign, version_id, x, seconds, total - CASE WHEN is_scored THEN x ELSE 0 END AS r
    FROM scored WHERE {_COUNTS}
)
"""  # noqa: S608 - constants of this module

# The options chosen in the responses of standing scores, from what counts in their attempts' journals. Each answer
# looks up its own rows (OFFSET 0 keeps the lookup whole): the planner cannot know how many answers there are, and when
# it guessed one, it compared every answer of the batch with every response.
_CHOSEN = f"""
held AS MATERIALIZED ({FOLD}), todo AS (SELECT unnest(%(scores)s::bigint[]) AS score_id),
chosen AS (
    SELECT score_id, array_agg(option_id ORDER BY option_id) AS options
    FROM held CROSS JOIN LATERAL (
        SELECT score.id AS score_id, option.id AS option_id
        FROM scoring_score score JOIN delivery_attempt attempt ON attempt.id = score.attempt_id
            JOIN exams_formitem form_item ON form_item.form_id = attempt.form_id AND form_item.position = held.position
            JOIN scoring_itemscore item ON item.score_id = score.id AND item.form_item_id = form_item.id
            JOIN bank_option option ON option.version_id = form_item.version_id AND held.value ? option.token
        WHERE score.attempt_id = held.attempt_id AND score.id = ANY(%(scores)s::bigint[]) AND {_COUNTS}
            AND NOT {_IS_TREATED}
        OFFSET 0
    ) option
    GROUP BY score_id
), folded AS (
    SELECT todo.score_id, coalesce(options, '{{}}') AS options FROM todo LEFT JOIN chosen USING (score_id)
)
"""  # noqa: S608 - constants of this module and of delivery's
TAKE_IN = f"WITH {_CHOSEN} INSERT INTO analytics_foldedscore (score_id, options) SELECT score_id, options FROM folded"  # noqa: S608
_OTHERWISE = f"""
WITH {_CHOSEN} SELECT score_id FROM folded JOIN analytics_foldedscore kept USING (score_id)
WHERE kept.options <> folded.options
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sums:
    """A table of sums, and how to compute what todo(score_id, sign) adds to it."""

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    select: str

    @property
    def upsert(self) -> str:
        """The statement that adds what is to do, given its scores and signs. In order, so that two never deadlock."""
        sums = ", ".join(f"{column} = held.{column} + excluded.{column}" for column in self.columns)
        keys, columns = ", ".join(self.keys), ", ".join((*self.keys, *self.columns))
        return f"""
            WITH todo AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS todo (score_id, sign)), {_RESPONSES}
            INSERT INTO {self.table} AS held ({columns}) {self.select} GROUP BY {keys} ORDER BY {keys}
            ON CONFLICT ({keys}) DO UPDATE SET {sums}
        """  # noqa: S608 - constants of this module

    @property
    def differences(self) -> str:
        """The statement that finds the keys under which the table is not the sum over all folded scores."""
        held = ", ".join(f"coalesce(held.{column}, 0)" for column in self.columns)
        fresh = ", ".join(f"coalesce(fresh.{column}, 0)" for column in self.columns)
        keys = ", ".join(self.keys)
        return f"""
            WITH todo AS (SELECT score_id, 1::bigint AS sign FROM analytics_foldedscore), {_RESPONSES},
            fresh AS ({self.select} GROUP BY {keys})
            SELECT {keys} FROM {self.table} held FULL JOIN fresh USING ({keys})
            WHERE ({held}) IS DISTINCT FROM ({fresh}) ORDER BY {keys} LIMIT 100
        """  # noqa: S608 - constants of this module


TABLES = (
    Sums(
        "analytics_itemstatistic",
        ("version_id",),
        ("n", "sum_x", "sum_xx", "sum_r", "sum_rr", "sum_xr", "n_timed", "sum_seconds"),
        """
        SELECT version_id, sum(sign) AS n, sum(sign * x) AS sum_x, sum(sign * x * x) AS sum_xx, sum(sign * r) AS sum_r,
            sum(sign * r * r) AS sum_rr, sum(sign * x * r) AS sum_xr,
            coalesce(sum(sign) FILTER (WHERE seconds IS NOT NULL), 0) AS n_timed,
            coalesce(sum(sign * seconds), 0) AS sum_seconds
        FROM response
        """,
    ),
    Sums(
        "analytics_optionstatistic",
        ("option_id", "score_band"),
        ("n",),
        f"""
        SELECT option_id, least({BANDS - 1}, div(numerator * {BANDS}, denominator)) AS score_band, sum(sign) AS n
        FROM todo JOIN scoring_score score ON score.id = todo.score_id
            JOIN analytics_foldedscore kept ON kept.score_id = todo.score_id CROSS JOIN unnest(options) AS option_id
        """,  # noqa: S608
    ),
    Sums(
        "analytics_formstatistic",
        ("form_id", "day", "scaled"),
        ("n",),
        """
        SELECT form_id, (submitted_at AT TIME ZONE 'UTC')::date AS day, scaled, sum(sign) AS n
        FROM todo JOIN scoring_score score ON score.id = todo.score_id
            JOIN delivery_attempt attempt ON attempt.id = score.attempt_id
        """,
    ),
)
_SAMPLE = 200


def wrong_statistics() -> Iterator[tuple[str, str]]:
    """Yield (place, what is wrong) where a table is not exactly the sum over the folded scores, counted anew.

    Each table is compared in one statement, which sees it and its scores at one moment. What options the latest folded
    scores chose is read in their journals again.
    """
    for table in TABLES:
        for keys in _rows_at_leisure(table.differences):
            yield f"{table.table}:{'/'.join(map(str, keys))}", "It is not the sum over the scores that are folded."
    latest = list(
        FoldedScore.objects.filter(score__superseded_at=None)
        .order_by("-score")
        .values_list("score", "score__attempt", "score__attempt__started_at")[:_SAMPLE]
    )
    for (score_id,) in _rows_at_leisure(_OTHERWISE, journals(latest)):
        yield f"analytics_foldedscore:{score_id}", "The options that were counted are not those of the journal."


def journals(scores: Sequence[tuple[int, int, datetime]]) -> dict[str, Any]:
    """Return the parameters for reading the journals of (score id, attempt id, start of the attempt)."""
    return {
        "scores": [score for score, _, _ in scores],
        "attempts": [attempt for _, attempt, _ in scores],
        "months": list({started.date().replace(day=1) for _, _, started in scores}),
        "kinds": ["answer"],
        "phases": ["timed"],
        "late": True,
    }


@transaction.atomic
def _rows_at_leisure(statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[int, ...]]:
    """Ask something that may take longer than a page has time for."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, parameters)
        rows: list[tuple[int, ...]] = cursor.fetchall()
    return rows


@dataclass(frozen=True, slots=True)
class Share:
    """k of n people, with the 90 % Wilson interval of the share."""

    k: int
    n: int

    @property
    def interval(self) -> Interval:
        """The interval, as proportions."""
        return wilson(self.k / self.n, self.n)


@dataclass(frozen=True, slots=True)
class Peers:
    """What the people who met an item for the first time in an exam did with it; `n` of them, at least LEAST_PEERS.

    `credit` is their mean credit, 0 to 1; `chosen` counts by option token.
    """

    n: int
    credit: float
    chosen: dict[str, int]

    def share(self, token: str) -> Share:
        """How many of them chose an option."""
        return Share(self.chosen[token], self.n)

    @property
    def facility(self) -> Interval:
        """The 90 % interval of the proportion correct."""
        return wilson(self.credit, self.n)


def peers(form_id: int) -> dict[int, Peers]:
    """Return what peers did with the items of a form, by position; items that too few have met are left out."""
    rows = (
        FormItem.objects.filter(form=form_id, version__statistic__n__gte=LEAST_PEERS)
        .order_by()
        .values_list("position", "version__statistic__n", "version__statistic__sum_x", "version__options__token")
        .annotate(chosen=Coalesce(Sum("version__options__statistics__n"), 0))
    )
    found: dict[int, Peers] = {}
    for position, n, sum_x, token, chosen in rows:
        found.setdefault(position, Peers(n, sum_x / n / FULL_CREDIT, {})).chosen[token] = chosen
    return found
