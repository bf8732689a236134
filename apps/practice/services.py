"""Drills: a few questions of one area, now, for one person."""

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.bank.models import ItemVersion
from apps.delivery.models import Assignment, Attempt
from apps.delivery.services import AssignmentContent, create_assignment, set_accommodation, start_attempt
from apps.exams.services import assemble_drill, publish_form
from apps.practice.access import Area
from apps.practice.models import Drill
from apps.practice.queries import DrillPool, drill_pool

SIZE = 10
LEAST = 3


@transaction.atomic
def start_drill(area: Area, *, learner: User) -> Attempt:
    """Start a drill of this area, or go on with the one that has not been ended; untimed, reviewed right after its end.

    It takes what the person has never seen first, then what was missed, and last the questions of mocks to come. It is
    practice: it counts in no statistic of exams and in no calibration. Raises ValidationError when fewer than three
    questions can be asked, and delivery.services.NotAllowed when nothing can be started now.
    """
    # A second click waits here and then finds the first one's drill.
    User.objects.select_for_update(no_key=True).get(pk=learner.pk)
    mine = Drill.objects.filter(
        learner=learner, certification=area.blueprint.certification, kind=area.kind, code=area.code
    )
    drill = mine.exclude(assignment__attempts__submitted_at__isnull=False).select_related("assignment").first()
    if drill is None:
        drill = _make(area, learner)
    return start_attempt(drill.assignment, candidate=learner)


def _make(area: Area, learner: User) -> Drill:
    pool = drill_pool(area, learner)
    _check(area, pool)
    title = f"Drill: {area.title}"[:160]
    seed = random.SystemRandom().getrandbits(62)
    form = publish_form(
        assemble_drill(
            area.blueprint, _choose(pool, seed), code=f"drill-{uuid4().hex}"[:40], title=title, seed=seed, by=learner
        ),
        by=learner,
    )
    assignment = create_assignment(
        AssignmentContent(
            title=title,
            form=form,
            audience=Assignment.Audience.PEOPLE,
            cohorts=(),
            people=(learner,),
            opens_at=None,
            closes_at=None,
            attempts_allowed=1,
            mode=Assignment.Mode.PRACTICE,
            blind_review=False,
            pause_allowed=False,
            review_policy=Assignment.ReviewPolicy.AFTER_SUBMIT,
        ),
        by=learner,
    )
    reason = "A drill has no clock."
    set_accommodation(
        learner, assignment=assignment, percent=100, extra=timedelta(0), untimed=True, reason=reason, by=learner
    )
    return Drill.objects.create(
        learner=learner,
        certification=area.blueprint.certification,
        kind=area.kind,
        code=area.code,
        assignment=assignment,
    )


def _check(area: Area, pool: DrillPool) -> None:
    if pool.usable >= LEAST:
        return
    if pool.usable + pool.kept_back >= LEAST:
        raise ValidationError(
            f"Most questions on “{area.title}” belong to an exam that you are sitting or whose answers are held back. "
            "Drill another area, or come back when that exam is over."
        )
    raise ValidationError(
        f"The bank has {pool.usable} question{'' if pool.usable == 1 else 's'} on “{area.title}”, and a drill needs "
        f"{LEAST}. Drill the objective or the domain around it."
    )


def _choose(pool: DrillPool, seed: int) -> list[ItemVersion]:
    rng = random.Random(seed)

    def mixed(versions: Sequence[ItemVersion]) -> list[ItemVersion]:
        return rng.sample(versions, len(versions))

    return [*mixed(pool.unseen), *mixed(pool.missed), *mixed(pool.others), *mixed(pool.ahead)][:SIZE]
