"""The ways to an attempt: a signed-in person with its public id, or the ticket that its page carries."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import Http404

from apps.accounts.models import User
from apps.delivery.models import Assignment, Attempt


def assignment_read(user: User, uuid: UUID) -> Assignment:
    """Return an assignment that is meant for this person, open or not; 404 otherwise."""
    assignment = assignments_for(user).filter(uuid=uuid).first()
    if assignment is None:
        raise Http404
    return assignment


def assignments_for(user: User) -> "QuerySet[Assignment]":
    """Return the assignments whose audience includes this person."""
    return (
        Assignment.objects.filter(
            Q(audience=Assignment.Audience.EVERYONE)
            | Q(audience=Assignment.Audience.COHORTS, cohorts__members=user)
            | Q(audience=Assignment.Audience.PEOPLE, people=user)
        )
        .select_related("form__blueprint__certification")
        .distinct()
    )


def attempt_read(user: User, uuid: UUID) -> Attempt:
    """Return the person's own attempt, open or ended; 404 for everybody else's."""
    attempt = (
        Attempt.objects.select_related("assignment", "form", "candidate").filter(uuid=uuid, candidate=user).first()
    )
    if attempt is None:
        raise Http404
    return attempt


def attempt_write(user: User, uuid: UUID) -> Attempt:
    """Return the person's own attempt to be continued or ended. Ended ones too: acts on them are repeatable."""
    return attempt_read(user, uuid)


def attempt_look(user: User, uuid: UUID) -> Attempt:
    """Return an attempt whose course may be looked at: one's own after its end, anybody's for instructors."""
    attempt = Attempt.objects.select_related("assignment", "form", "candidate").filter(uuid=uuid).first()
    if attempt is None or not (user.is_instructor or (attempt.candidate_id == user.pk and attempt.submitted_at)):
        raise Http404
    return attempt


def attempt_watch(user: User, uuid: UUID) -> Attempt:
    """Return any attempt, for instructors; 404 for others."""
    attempt = Attempt.objects.select_related("assignment", "candidate").filter(uuid=uuid).first()
    if attempt is None or not user.is_instructor:
        raise Http404
    return attempt


def assignment_watch(user: User, uuid: UUID) -> Assignment:
    """Return any assignment, for instructors; 404 for others."""
    assignment = Assignment.objects.select_related("form").filter(uuid=uuid).first()
    if assignment is None or not user.is_instructor:
        raise Http404
    return assignment


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an exam page may do without a session: append to one attempt of one candidate on one form."""

    attempt: UUID
    candidate_id: int
    form_id: int


_SIGNER = signing.Signer(salt="cutscore.attempt-ticket")


def issue_ticket(attempt: Attempt) -> str:
    """Return the signed ticket of an attempt. It never expires: the row decides what still counts."""
    return _SIGNER.sign(f"{attempt.uuid}.{attempt.candidate_id}.{attempt.form_id}")


def read_ticket(text: str) -> Ticket | None:
    """Return the ticket, or None when it was not issued here."""
    try:
        attempt, candidate, form = _SIGNER.unsign(text).split(".")
        return Ticket(UUID(attempt), int(candidate), int(form))
    except (signing.BadSignature, ValueError):
        return None


def attempt_of(ticket: Ticket) -> Attempt:
    """Return the attempt that a ticket lets in, open or ended; 404 when it is gone."""
    attempt = Attempt.objects.filter(uuid=ticket.attempt, candidate=ticket.candidate_id, form=ticket.form_id).first()
    if attempt is None:
        raise Http404
    return attempt
