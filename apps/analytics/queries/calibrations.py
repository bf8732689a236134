"""Calibrations as instructors see them: the runs, whether one goes on, and what the last one moved."""

import math
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from apps.accounts.services import database_now
from apps.analytics.models import Calibration
from apps.analytics.psychometrics.classical import Z95
from apps.bank.models import Certification, ItemVersion

# The class of the advisory locks that calibrations hold; the certification is the object.
LOCK = 0x43414C49
# A run that was asked for is taken up within seconds; after this no worker is there.
WAITS = timedelta(minutes=2)
MOVED_SE = 2.0
MOST_RUNS, MOST_MOVED = 20, 30


@dataclass(frozen=True, slots=True)
class Moved:
    """An item whose difficulty changed by more than two standard errors of the change; b with its 95 % interval."""

    item: str
    before: float
    now: float
    low: float
    high: float
    n: int

    @property
    def words(self) -> str:
        """Which way it went."""
        return "harder" if self.now > self.before else "easier"


@dataclass(frozen=True, slots=True)
class Run:
    """A run with its state: waiting, running, done, none (too little data), or died."""

    calibration: Calibration
    state: str


@dataclass(frozen=True, slots=True)
class CalibrationPage:
    """The runs of a certification, latest first; `moved` compares the last two that ended well."""

    certification: Certification
    runs: tuple[Run, ...]
    is_going_on: bool
    progress: int
    compared: tuple[int, int] | None
    moved: tuple[Moved, ...]


def calibration_page(certification: Certification) -> CalibrationPage:
    """Return the page of a certification."""
    held, now = _is_held(certification), database_now()
    rows = list(Calibration.objects.filter(certification=certification)[:MOST_RUNS])
    runs = tuple(Run(row, _state(row, is_held=held, is_young=now - row.made_at < WAITS)) for row in rows)
    going = [run for run in runs if run.state in {"waiting", "running"}]
    done = [run.calibration for run in runs if run.state == "done"]
    return CalibrationPage(
        certification=certification,
        runs=runs,
        is_going_on=bool(going),
        progress=going[-1].calibration.progress if going else 0,
        compared=(done[1].number, done[0].number) if len(done) > 1 else None,
        moved=tuple(_moved(done[1], done[0])) if len(done) > 1 else (),
    )


def certifications_with_runs() -> list[tuple[Certification, Calibration | None]]:
    """Return every certification with its last run that ended well."""
    done = Calibration.objects.filter(finished_at__isnull=False, error="").order_by("certification_id", "-number")
    last = {run.certification_id: run for run in done.distinct("certification_id").defer("parameters")}
    return [(certification, last.get(certification.pk)) for certification in Certification.objects.all()]


def _is_held(certification: Certification) -> bool:
    """Whether a run goes on: a process that died holds no lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
            "WHERE locktype = 'advisory' AND datname = current_database() AND classid = %s::bigint "
            "AND objid = %s::bigint AND objsubid = 2)",
            [LOCK, certification.pk],
        )
        return bool(cursor.fetchone()[0])


def _state(row: Calibration, *, is_held: bool, is_young: bool) -> str:
    if row.finished_at:
        return "none" if row.error else "done"
    if row.progress == 0:
        return "waiting" if is_held or is_young else "died"
    return "running" if is_held else "died"


def _moved(before: Calibration, after: Calibration) -> list[Moved]:
    """Items re-estimated in the later run whose b moved by more than 2 SE, most first."""
    found = []
    for version, values in after.parameters.items():
        old = before.parameters.get(version)
        if old is None or old == values:
            continue
        (b0, se0), (b1, se1) = _difficulty(old), _difficulty(values)
        distance = abs(b1 - b0) / math.hypot(se0, se1)
        if distance > MOVED_SE:
            found.append((distance, int(version), Moved("", b0, b1, b1 - Z95 * se1, b1 + Z95 * se1, int(values[4]))))
    found.sort(key=lambda row: -row[0])
    names = dict(
        ItemVersion.objects.filter(pk__in=[version for _, version, _ in found]).values_list("pk", "item__code")
    )
    return [
        Moved(names.get(version, f"version {version}"), m.before, m.now, m.low, m.high, m.n)
        for _, version, m in found[:MOST_MOVED]
    ]


def _difficulty(values: list[float]) -> tuple[float, float]:
    """Return b = -d/a and its standard error, by the delta method without the covariance of a and d."""
    a, d, se_a, se_d, _ = values
    return -d / a, math.hypot(se_d, d / a * se_a) / a
