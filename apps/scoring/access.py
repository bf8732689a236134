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


def may_review(attempt: Attempt) -> bool:
    """Whether the candidate may see keys and rationales of this attempt now.

    The review policy decides, and they rest while another attempt of the candidate that asks one of its items is open:
    sitting a form again with the first review beside it would be no exam.
    """
    asked = FormItem.objects.filter(form__attempts__in=Attempt.objects.open().filter(candidate=attempt.candidate_id))
    again = FormItem.objects.filter(form=attempt.form_id, version__item__in=asked.values("version__item"))
    return Attempt.objects.filter(pk=attempt.pk).exclude(_holds_back()).filter(~Exists(again)).exists()


def withheld_items(user: User) -> frozenset[str]:
    """Return the codes of the items whose keys this person must not see now, whatever page they would stand on.

    These are the items of every attempt that is open, whose review policy holds its keys back, or whose review tells no
    reasons.
    """
    tells_reasons = Q(assignment__review_parts__contains=[Assignment.ReviewPart.RATIONALE])
    held = Attempt.objects.filter(_holds_back() | ~tells_reasons, candidate=user)
    return frozenset(
        FormItem.objects.filter(form__in=held.values("form")).values_list("version__item__code", flat=True)
    )


def _holds_back() -> Q:
    policy = Assignment.ReviewPolicy
    now = Now()
    # An exam that was closed early, or time that was granted, leaves people sitting after the end.
    is_being_sat = Exists(Attempt.objects.answering(now).filter(assignment=OuterRef("assignment")))
    # A window without an end never closes.
    in_window = Q(assignment__closes_at=None) | Q(assignment__closes_at__gt=now) | Q(is_being_sat)
    return (
        Q(submitted_at=None)
        | Q(assignment__review_policy=policy.NEVER)
        | (Q(assignment__review_policy=policy.AFTER_WINDOW) & in_window)
    )


def review_read(user: User, uuid: UUID) -> Attempt:
    """Return the person's own ended attempt if its keys may be seen by now; 404 otherwise."""
    attempt = ended_attempt_read(user, uuid)
    if not may_review(attempt):
        raise Http404
    return attempt
