"""What to do next: three things, the most useful first, each one click."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from apps.analytics.queries.mastery import MasteryView
from apps.analytics.queries.report.areas import Drillable, WeakAreas
from apps.analytics.queries.report.sitting import Sitting
from apps.core.words import duration_words
from apps.scoring.models import Score

MOST = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: `kind` says where it leads (review, drill, areas or sit), `why` what it rests on.

    `position` is the item at which a review opens; `drill` the area, `assignment` what is sat.
    """

    kind: str
    words: str
    why: str
    position: int | None = None
    drill: Drillable | None = None
    assignment: UUID | None = None


def next_steps(
    score: Score,
    *,
    sitting: Sitting,
    missed: int | None,
    mastery: MasteryView | None,
    weak: WeakAreas | None,
) -> tuple[Step, ...]:
    """Return what to do next. `missed` counts the wrong answers that may be reviewed, None when none may be."""
    steps = [
        *_sure_but_wrong(sitting),
        *_best_area(score, mastery, weak),
        *_pace(score, sitting),
        *_review(missed),
        *_sit(score, mastery, is_rushed=_is_rushed(sitting)),
    ]
    return tuple(steps[:MOST])


def lede(score: Score) -> str:
    """Return the kind sentence above the steps, true to what the interval says."""
    form = score.attempt.form
    if form.is_drill:
        return "Read why, then drill again while it is fresh."
    if score.scaled_low >= form.pass_mark:
        return "This was well above the mark. What is left are the gaps that a stricter form could find."
    if score.passed:
        return "A pass, and a close one: these are the points within reach that would make it safe."
    if score.scaled_high >= form.pass_mark:
        return "Not there in this attempt, and not far: the interval reaches over the mark. Start with these."
    return "Not there yet, and that is what a mock is for: it shows where the next points are. Start with these."


def _sure_but_wrong(sitting: Sitting) -> Iterator[Step]:
    found = sitting.judged.sure_but_wrong if sitting.judged else ()
    if found:
        which = "the question that you were sure of and missed"
        if len(found) > 1:
            which = f"the {len(found)} questions that you were sure of and missed"
        why = "What is believed and not so is what study misses; nobody looks it up."
        yield Step("review", f"Read {which}", why, position=found[0])


def _best_area(score: Score, mastery: MasteryView | None, weak: WeakAreas | None) -> Iterator[Step]:
    certification = score.attempt.form.blueprint.certification.code
    if mastery and mastery.next_best:
        best = mastery.next_best[0]
        evidence = f"{best.n} answers, {best.right} right, mastery {best.low * 100:.0f} to {best.high * 100:.0f} %"
        worth = f", worth {best.gain * 100:+.0f} % readiness" if best.gain else ""
        drill = Drillable(certification, best.kind, best.code)
        yield Step("drill", f"Drill {best.title}", f"{evidence}{worth}.", drill=drill)
        return
    areas = [area for area in (*weak.ranked, *weak.unranked) if area.right < area.n] if weak else []
    if areas:
        area = areas[0] if areas[0].is_ranked else min(areas, key=lambda area: (area.right / area.n, -area.n))
        few = "" if area.is_ranked else "; too few answers to be sure"
        why = f"{area.n} answers, {area.right} right, between {area.dot.between}{few}."
        yield Step("drill", f"Drill {area.code} {area.title}", why, drill=area.drill)


def _is_rushed(sitting: Sitting) -> bool:
    return sitting.rushed is not None or sitting.unreached > 0


def _pace(score: Score, sitting: Sitting) -> Iterator[Step]:
    if not _is_rushed(sitting) or score.attempt.form.is_drill:
        return
    if sitting.rushed:
        last, earlier = sitting.rushed
        why = f"The last quarter got {duration_words(last)} a question, the earlier ones {duration_words(earlier)}."
    else:
        why = f"{sitting.unreached} questions were never looked at."
    yield Step("sit", f"Sit a mock at {_even_pace(score)} a question", why, assignment=score.attempt.assignment.uuid)


def _even_pace(score: Score) -> str:
    return duration_words(score.attempt.form.time_limit / max(1, len(score.key_ids)))


def _review(missed: int | None) -> Iterator[Step]:
    if missed:
        what = "one question" if missed == 1 else f"all {missed} questions"
        yield Step("review", f"Read why {what} went wrong", "Every option has its reason.")


def _sit(score: Score, mastery: MasteryView | None, *, is_rushed: bool) -> Iterator[Step]:
    attempt = score.attempt
    if attempt.form.is_drill or is_rushed:
        return
    ready = mastery.readiness if mastery else None
    if ready and ready[0] >= 0.8:
        words = "Sit one more mock, then set the date of the real exam"
        why = f"Your chance to pass a new form lies between {ready[0] * 100:.0f} and {ready[2] * 100:.0f} %."
    else:
        words = "Sit another mock when you have studied"
        why = "One mock is a rough measure; two tell more."
    yield Step("sit", words, why, assignment=attempt.assignment.uuid)
