"""Setting up assignments: making, changing, closing and deleting them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import Cohort, User
from apps.accounts.services import database_now, record_event
from apps.delivery import clock
from apps.delivery.models import Assignment, Attempt, TimeGrant, all_review_parts
from apps.delivery.services.time import granted_beyond
from apps.exams.models import Form

# What was true when somebody started stays true: these hold from the first attempt on.
FIXED = ("form", "opens_at", "mode", "blind_review", "pause_allowed")
_FREE = ("title", "audience", "closes_at", "attempts_allowed", "review_policy", "review_parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentContent:
    """Everything that an instructor decides about an assignment; cohorts and people count for their audience only."""

    title: str
    form: Form
    audience: str
    cohorts: tuple[Cohort, ...]
    people: tuple[User, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    attempts_allowed: int | None
    mode: str
    blind_review: bool
    pause_allowed: bool
    review_policy: str
    review_parts: list[str] = field(default_factory=all_review_parts)


@transaction.atomic
def create_assignment(content: AssignmentContent, *, by: User) -> Assignment:
    """Offer a published form. Raises ValidationError by field."""
    _check(content)
    _check_published(content.form)
    if content.closes_at and content.closes_at <= database_now():
        raise ValidationError({"closes_at": "This is over already, so nobody could sit. Choose a later end."})
    assignment = Assignment()
    _write(assignment, content)
    record_event(by, verb="assignment.created", subject=_subject(assignment), detail=_facts(assignment))
    return assignment


@transaction.atomic
def change_assignment(assignment: Assignment, content: AssignmentContent, *, by: User) -> int:
    """Change an assignment and return how many running attempts have more time by it.

    Once somebody has sat, title, audience, closing time, attempts and review (when and what) may change and nothing
    else. An earlier end only stops further starts: whoever is sitting keeps the time that was promised. A later end
    gives back what the old one took from running attempts, at most up to their own time. Raises ValidationError by
    field.
    """
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("form").get(pk=assignment.pk)
    _check(content)
    changed = [name for name in FIXED if getattr(locked, name) != getattr(content, name)]
    if changed and locked.attempts.exists():
        raise ValidationError(dict.fromkeys(changed, "Somebody has sat this exam, so this stays as it is."))
    if "form" in changed:
        _check_published(content.form)
    before = _facts(locked)
    ended = locked.closes_at
    _write(locked, content)
    after = _facts(locked)
    different = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not different:
        return 0
    is_later = ended is not None and (locked.closes_at is None or locked.closes_at > ended)
    extended = _give_back(locked, by=by) if is_later else 0
    detail = {"changed": different, "attempts_extended": extended}
    record_event(by, verb="assignment.changed", subject=_subject(locked), detail=detail)
    return extended


@transaction.atomic
def close_assignment(assignment: Assignment, *, by: User) -> Assignment:
    """Let nobody start any more; attempts that run keep their time. Raises ValidationError when it is not open."""
    locked = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    now = database_now()
    if locked.closes_at and locked.closes_at <= now:
        raise ValidationError("This exam is closed already.")
    if locked.opens_at and locked.opens_at >= now:
        raise ValidationError("This exam has not opened yet. Change when it opens, or delete it.")
    locked.closes_at = now
    locked.save(update_fields=["closes_at"])
    record_event(by, verb="assignment.closed", subject=_subject(locked))
    return locked


@transaction.atomic
def delete_assignment(assignment: Assignment, *, by: User) -> None:
    """Remove an assignment that nobody has sat. Raises ValidationError otherwise: attempts are kept for ever."""
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("form").get(pk=assignment.pk)
    if locked.attempts.exists():
        raise ValidationError("Somebody has sat this exam, so it is kept. You can close it now instead.")
    record_event(by, verb="assignment.deleted", subject=_subject(locked), detail=_facts(locked))
    locked.delete()


def _check(content: AssignmentContent) -> None:
    errors = {}
    if content.audience == Assignment.Audience.COHORTS and not content.cohorts:
        errors["cohorts"] = "Choose at least one cohort, or offer the exam to everyone."
    if content.audience == Assignment.Audience.PEOPLE and not content.people:
        errors["people"] = "Name at least one person, or offer the exam to everyone."
    if content.opens_at and content.closes_at and content.opens_at >= content.closes_at:
        errors["closes_at"] = "The exam must close after it opens."
    if not content.review_parts and content.review_policy != Assignment.ReviewPolicy.NEVER:
        errors["review_parts"] = "A review that shows nothing cannot open. Tick a part, or choose “Never” above."
    if errors:
        raise ValidationError(errors)


def _check_published(form: Form) -> None:
    if form.state != Form.State.PUBLISHED:
        # A draft could still change under its candidates.
        raise ValidationError({"form": f"{form.code} is not published; publish it before it is offered."})


def _write(assignment: Assignment, content: AssignmentContent) -> None:
    for name in (*FIXED, *_FREE):
        setattr(assignment, name, getattr(content, name))
    assignment.save()
    # Names of another audience would come back to life when the audience is changed again.
    assignment.cohorts.set(content.cohorts if content.audience == Assignment.Audience.COHORTS else ())
    assignment.people.set(content.people if content.audience == Assignment.Audience.PEOPLE else ())


def _give_back(assignment: Assignment, *, by: User) -> int:
    now = database_now()
    running = (
        assignment.attempts.open().filter(timed_closed_at=None, deadline_at__gt=now).order_by("pk").select_for_update()
    )
    grants = []
    for attempt in running:
        before = attempt.deadline_at
        assert before is not None  # noqa: S101 - the filter has left out what has no deadline
        gained = _extend(attempt, before, assignment.closes_at)
        if attempt.deadline_at != before:
            attempt.save(update_fields=["deadline_at", "window_cut"])
            # The grant is also how open pages hear of it.
            grants.append(TimeGrant(attempt=attempt, kind=TimeGrant.Kind.WINDOW, extra=gained, made_by=by, made_at=now))
    TimeGrant.objects.bulk_create(grants)
    return len(grants)


def _extend(attempt: Attempt, deadline_at: datetime, closes_at: datetime | None) -> timedelta:
    granted = granted_beyond(attempt)
    if attempt.untimed:
        attempt.deadline_at = max(deadline_at, closes_at + granted) if closes_at else None
        return attempt.deadline_at - deadline_at if attempt.deadline_at else timedelta(0)
    gained = clock.regained(attempt.window_cut, deadline_at - granted, closes_at)
    attempt.deadline_at = deadline_at + gained
    attempt.window_cut -= gained
    return gained


def _subject(assignment: Assignment) -> str:
    return f"delivery.assignment:{assignment.uuid}"


def _facts(assignment: Assignment) -> dict[str, Any]:
    return {
        "title": assignment.title,
        "form": assignment.form.code if assignment.form else None,
        "audience": assignment.audience,
        "cohorts": sorted(assignment.cohorts.values_list("code", flat=True)),
        "people": sorted(str(uuid) for uuid in assignment.people.values_list("uuid", flat=True)),
        "opens_at": assignment.opens_at.isoformat() if assignment.opens_at else None,
        "closes_at": assignment.closes_at.isoformat() if assignment.closes_at else None,
        "attempts_allowed": assignment.attempts_allowed,
        "mode": assignment.mode,
        "blind_review": assignment.blind_review,
        "pause_allowed": assignment.pause_allowed,
        "review_policy": assignment.review_policy,
        "review_parts": assignment.review_parts,
    }
