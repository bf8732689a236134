"""A student's home: one certification at a time, everything else that is under way beside it."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, prefetch_related_objects

from apps.accounts.models import User
from apps.analytics.models import Outcome
from apps.analytics.queries.coverage import Coverage, coverage
from apps.analytics.queries.mastery import MasteredArea, MasteryView, mastery_view
from apps.analytics.queries.outcomes import outcomes_of
from apps.analytics.queries.outlook import Outlook, outlook
from apps.analytics.queries.problems import Reply, unseen_replies
from apps.analytics.queries.report.headline import headline
from apps.bank.models import Certification
from apps.delivery.models import Assignment, Attempt, ResponseEvent
from apps.delivery.queries import Offer, folded_responses, offers
from apps.scoring.engine import FULL_CREDIT
from apps.scoring.models import ItemScore, Score
from apps.scoring.queries import scores_of

MOST_STEPS = 3
# As many rows are shown at once; earlier attempts open below.
RECENT = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next; `kind` says which and what `subject` is.

    go_on: an open Attempt. study: the MasteredArea that pays most. sure: a Score with `count` wrong answers that its
    candidate was sure of. sit: an Offer whose form was sat `count` times.
    """

    kind: str
    subject: Attempt | MasteredArea | Score | Offer
    count: int = 0


@dataclass(frozen=True, slots=True)
class Sat:
    """A scored attempt, and how it differs from the one before, in words."""

    score: Score
    change: str


@dataclass(frozen=True, slots=True)
class Drilled:
    """A scored drill and what came of it, in words."""

    score: Score
    words: str


@dataclass(frozen=True, slots=True)
class Home:
    """What a student can sit, is sitting and has sat, and where that leads.

    `certifications` are all that concern the student and `certification` the one that the page is about, None when
    there is none; offers, history, drills, outlook, coverage and outcomes speak of that one.
    """

    certifications: tuple[Certification, ...]
    certification: Certification | None
    headline: str
    steps: tuple[Step, ...]
    waiting: tuple[Attempt, ...]
    offers: tuple[Offer, ...]
    outlook: Outlook | None
    coverage: Coverage | None
    recent: tuple[Sat, ...]
    earlier: tuple[Sat, ...]
    drills: tuple[Drilled, ...]
    outcomes: tuple[Outcome, ...]
    replies: tuple[Reply, ...]


def home(user: User, *, code: str = "") -> Home:
    """Return the student's home for the certification of that code, or for the one that was sat last.

    A fixed number of statements, however much was sat.
    """
    unscored = list(_unscored(user))
    running = [attempt for attempt in unscored if attempt.submitted_at is None]
    scored = list(scores_of(user).select_related("attempt__form__blueprint__certification"))
    offered = offers(user)
    forms = [
        *(attempt.form for attempt in running),
        *(score.attempt.form for score in scored),
        *(attempt.form for attempt in unscored),
        *(offer.assignment.form for offer in offered if offer.assignment.form),
    ]
    known = {form.blueprint.certification.code: form.blueprint.certification for form in forms}
    chosen = known.get(code) or next(iter(known.values()), None)
    at_all = [score for score in scored if score.attempt.form.blueprint.certification == chosen]
    # Ten questions of one area say nothing of the whole exam.
    here = [score for score in at_all if not score.attempt.form.is_drill]
    open_here = [o for o in offered if o.assignment.form and o.assignment.form.blueprint.certification == chosen]
    state = mastery_view(user, chosen) if chosen else None
    view = outlook(user, chosen, state, mock_size=here[0].item_count if here else 0) if chosen and state else None
    history = _history(here)
    return Home(
        certifications=tuple(sorted(known.values(), key=lambda found: found.title)),
        certification=chosen,
        headline=_headline(unscored, view, here),
        steps=tuple(_steps(running, state, here, open_here))[:MOST_STEPS],
        waiting=tuple(attempt for attempt in unscored if attempt.submitted_at),
        offers=tuple(open_here),
        outlook=view,
        coverage=coverage(chosen, state) if chosen and state else None,
        recent=tuple(history[:RECENT]),
        earlier=tuple(history[RECENT:]),
        drills=tuple(_drilled([score for score in at_all if score.attempt.form.is_drill])),
        outcomes=tuple(outcomes_of(user, chosen) if chosen else ()),
        replies=tuple(unseen_replies(user)),
    )


def _unscored(user: User) -> "QuerySet[Attempt]":
    return (
        Attempt.objects.filter(candidate=user)
        .exclude(scores__in=Score.objects.current())
        .select_related("assignment", "form__blueprint__certification")
    )


def _headline(unscored: Sequence[Attempt], view: Outlook | None, scores: Sequence[Score]) -> str:
    if any(attempt.submitted_at is None for attempt in unscored):
        return "Your exam is waiting for you"
    if view:
        return view.finding
    if scores:
        return f"Your last mock lies between {scores[0].scaled_low} and {scores[0].scaled_high}"
    if unscored:
        return "Your first mock is being scored"
    return "Take your first mock exam"


def _steps(
    running: Sequence[Attempt], state: MasteryView | None, scores: Sequence[Score], offered: Sequence[Offer]
) -> Iterator[Step]:
    for attempt in running:
        yield Step("go_on", attempt)
    if not scores:
        return
    if state and state.next_best:
        yield Step("study", state.next_best[0])
    if not running and (count := _sure_but_wrong(scores[0])):
        yield Step("sure", scores[0], count)
    # New questions tell more than those that were seen.
    sat = Counter(score.attempt.form_id for score in scores)
    ready = [(sat[o.assignment.form_id], o) for o in offered if o.state == "open" and o.assignment.form_id is not None]
    if ready:
        count, offer = min(ready, key=lambda found: found[0])
        yield Step("sit", offer, count)


def _sure_but_wrong(score: Score) -> int:
    """Return how many wrong answers of an attempt its candidate was sure of, where saying so gives nothing away.

    With a single mark of confidence the count is the key's verdict on one item. So it is told only when the review may
    be read without a doubt: it opens with the end of the attempt, and the caller has no other attempt open.
    """
    attempt = score.attempt
    if attempt.assignment.review_policy != Assignment.ReviewPolicy.AFTER_SUBMIT:
        return 0
    marks = folded_responses([attempt.pk], started=[attempt.started_at], kinds=[ResponseEvent.Kind.CONFIDENCE])
    sure = [mark.position for mark in marks if mark.confidence == "sure"]
    wrong = ItemScore.objects.filter(
        score=score, is_answered=True, credit__lt=FULL_CREDIT, form_item__position__in=sure
    )
    return wrong.count() if sure else 0


def _history(scores: Sequence[Score]) -> list[Sat]:
    """Return attempts, the latest first, each against the one before it."""
    befores: list[Score | None] = [*scores[1:], None]
    seen = [{score.attempt.form_id for score in scores[place + 1 :]} for place in range(len(scores))]
    return [
        Sat(score, _change(score, before, is_repeat=score.attempt.form_id in earlier) if before else "")
        for score, before, earlier in zip(scores, befores, seen, strict=False)
    ]


def _drilled(scores: Sequence[Score]) -> list[Drilled]:
    latest = scores[:RECENT]
    prefetch_related_objects(latest, "domains")
    return [Drilled(score, headline(score, score.attempt.form)) for score in latest]


def _change(score: Score, before: Score, *, is_repeat: bool) -> str:
    """Say how a score differs from the one before, unless the difference may be noise.

    The interval of the difference is that of Zou and Donner (2008), who add the squares of the two half widths on the
    sides that matter.
    """
    if is_repeat:
        return "The same questions again: it cannot be compared."
    if score.attempt.form.scale_max != before.attempt.form.scale_max:
        return "Another scale: it cannot be compared."
    gained = score.scaled - before.scaled
    least = gained - math.hypot(score.scaled - score.scaled_low, before.scaled_high - before.scaled)
    most = gained + math.hypot(score.scaled_high - score.scaled, before.scaled - before.scaled_low)
    if least > 0:
        return f"Higher than before, by {least:.0f} to {most:.0f} points."
    if most < 0:
        return f"Lower than before, by {-most:.0f} to {-least:.0f} points."
    return "No clear change."
