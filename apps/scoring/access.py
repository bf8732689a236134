"""The ways to scores."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.http import Http404

from apps.accounts.models import User
from apps.delivery.access import attempt_read
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import FormItem


def ended_attempt_read(user: User, uuid: UUID) -> Attempt:
    """Return the person's own attempt if it has ended; 404 otherwise."""
    attempt = attempt_read(user, uuid)
    if attempt.submitted_at is None:
        raise Http404
    return attempt


def review_parts(attempt: Attempt) -> frozenset[str]:
    """Return what the candidate may see of this attempt's review now (Assignment.ReviewPart); empty while it is closed.

    The review policy decides when, the assignment's review parts decide what, and everything rests while another
    attempt of the candidate that asks one of its items is open: sitting a form again with the first review beside it
    would be no exam. Who sees the keys can tell what was right, so the keys bring the correctness.
    """
    open_attempts = Attempt.objects.open().filter(candidate=attempt.candidate_id)
    asked = FormItem.objects.filter(form__in=open_attempts.values("form"))
    again = FormItem.objects.filter(form=attempt.form_id, version__item__in=asked.values("version__item"))
    may_open = Attempt.objects.filter(pk=attempt.pk).exclude(_holds_back()).exclude(Exists(again))
    parts = frozenset(may_open.values_list("assignment__review_parts", flat=True).first() or ())
    return parts | {Assignment.ReviewPart.CORRECTNESS} if Assignment.ReviewPart.KEY in parts else parts


def may_review(attempt: Attempt) -> bool:
    """Whether anything of this attempt's review may be seen now."""
    return bool(review_parts(attempt))


def withheld_items(user: User, *, part: str | None = Assignment.ReviewPart.RATIONALE) -> frozenset[str]:
    """Return the codes of the items of which this person must not see `part` now, whatever page it would stand on.

    These are the items of every attempt that is open, whose review policy holds its answers back, or whose review
    leaves this part out; without a part, of the first two kinds.
    """
    holds_back = _holds_back()
    if part is not None:
        holds_back |= ~Q(assignment__review_parts__contains=[part])
    held = Attempt.objects.filter(holds_back, candidate=user)
    return frozenset(
        FormItem.objects.filter(form__in=held.values("form")).values_list("version__item__code", flat=True)
    )


def _holds_back() -> Q:
    policy = Assignment.ReviewPolicy
    # An exam that was closed early, or time that was granted, leaves people sitting after the end.
    is_being_sat = Exists(Attempt.objects.answering(Now()).filter(assignment=OuterRef("assignment")))
    # A window without an end never closes.
    in_window = Q(assignment__closes_at=None) | Q(assignment__closes_at__gt=Now()) | Q(is_being_sat)
    return (
        Q(submitted_at=None)
        | Q(assignment__review_policy=policy.NEVER)
        | (Q(assignment__review_policy=policy.AFTER_WINDOW) & in_window)
    )


def review_read(user: User, uuid: UUID) -> tuple[Attempt, frozenset[str]]:
    """Return the person's own ended attempt and what may be seen of its review by now; 404 when that is nothing."""
    attempt = ended_attempt_read(user, uuid)
    parts = review_parts(attempt)
    if not parts:
        raise Http404
    return attempt, parts
