"""`manage.py sweep`: closes what is overdue, settles what is owed and folds statistics, for ever."""

import logging
import signal
import threading
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections

from apps.analytics.services import (
    fold_statistics,
    owe_missing_reports,
    owe_missing_statistics,
    settle_owed_reports,
)
from apps.delivery.clock import OUTAGE
from apps.delivery.services import WEB, beat, close_overdue, end_pauses, is_alive, silence_of
from apps.scoring.services import owe_missing, settle_corrections, settle_owed

logger = logging.getLogger(__name__)

WAIT_FOR_WEB = 30.0
# A process that died between an end and its note leaves a forgotten debt. Looking for these asks all attempts there
# are, however long ago they ended; it takes a fiftieth of the time at the most.
LOOK_EVERY = 20.0
LOOK_SHARE = 50.0


class Command(BaseCommand):
    """The sweeper. It needs the database alone: without broker and worker, scores and reports still come from here."""

    help = "Close overdue attempts, settle owed scores, reports and statistics; any number of sweepers may run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the pause and whether to stop after one round."""
        parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="Pause between rounds.")
        parser.add_argument("--once", action="store_true", help="Do one round and stop.")
        parser.add_argument(
            "--check", action="store_true", help="Only say by the exit code whether a sweeper is alive."
        )

    def handle(self, *, every: float, once: bool, check: bool, **_options: Any) -> None:
        """Sweep until told to stop."""
        if check:
            if not is_alive("sweeper", within=timedelta(seconds=30)):
                raise CommandError("No sweeper has given a sign of life within 30 seconds.")
            return
        self._began = time.monotonic()
        self._look_again_at = self._began
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while True:
            try:
                self._round()
            except DatabaseError:
                logger.exception("This round failed; the next one tries again.")
                close_old_connections()
                self._began = time.monotonic()
            if once or stop.wait(every):
                return

    def _round(self) -> None:
        beat("sweeper")
        closed = 0 if self._web_may_come_back() else close_overdue()
        end_pauses()
        looks = time.monotonic() >= self._look_again_at
        began = time.monotonic()
        owed = owe_missing() if looks else 0
        # Workers were woken for these when they became owed; what is still unclaimed is settled here.
        scored = settle_owed()
        corrected = settle_corrections()
        if looks:
            owe_missing_reports()
            owe_missing_statistics()
            self._look_again_at = began + max(LOOK_EVERY, LOOK_SHARE * (time.monotonic() - began))
        reported = settle_owed_reports()
        folded = fold_statistics()
        if closed or owed or scored or corrected or reported or folded:
            words = "Closed %d, found %d owed, scored %d, corrected %d, reported %d, folded %d."
            logger.info(words, closed, owed, scored, corrected, reported, folded)

    def _web_may_come_back(self) -> bool:
        # After an outage of everything the first web process gives the lost time back; closing before it does
        # would take that time away. Waiting is bounded, so that a sweeper alone still closes in time.
        silence = silence_of(WEB)
        return silence is not None and silence > OUTAGE and time.monotonic() - self._began < WAIT_FOR_WEB
