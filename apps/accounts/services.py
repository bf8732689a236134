"""Acts on people and cohorts, and the audit trail."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import AuditEvent, Cohort, Membership, User

# Any fixed number: every writer of the trail takes this advisory lock, so the chain grows one row at a time.
_TRAIL_LOCK = 0x43555453


@transaction.atomic
def record_event(actor: User | None, *, verb: str, subject: str, detail: dict[str, Any] | None = None) -> AuditEvent:
    """Append one act to the audit trail; its digest covers the digest of the row before (S-18)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s), statement_timestamp()", [_TRAIL_LOCK])
        now: datetime = cursor.fetchone()[1]
    last = AuditEvent.objects.order_by("-id").values_list("digest", flat=True).first() or ""
    event = AuditEvent(at=now, actor=actor, verb=verb, subject=subject, detail=detail or {}, previous_digest=last)
    event.digest = audit_digest(event)
    event.save(force_insert=True)
    return event


def audit_digest(event: AuditEvent) -> str:
    """Return the SHA-256 that the row must carry."""
    content = [
        event.previous_digest,
        str(event.uuid),
        event.at.isoformat(),
        event.actor_id,
        event.verb,
        event.subject,
        event.detail,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit trail as it was found: its length, its last digest, and a sentence for each thing wrong with it."""

    count: int
    head: str
    problems: tuple[str, ...]


def verify_trail(*, head: str = "") -> Trail:
    """Compute the chain of the audit trail again (S-18).

    A row that was changed, put in or taken out breaks it. Rows cut off at its end do not: `head`, a digest noted
    earlier, must still be among the digests.
    """
    problems: list[str] = []
    previous, count, is_known = "", 0, not head
    for event in AuditEvent.objects.order_by("pk").iterator(chunk_size=1000):
        if event.previous_digest != previous:
            problems.append(
                f"Before event {event.pk} ({event.at:%Y-%m-%d %H:%M:%S}) something was taken out or put in."
            )
        if event.digest != audit_digest(event):
            problems.append(f"Event {event.pk} ({event.at:%Y-%m-%d %H:%M:%S}) was changed.")
        previous, count, is_known = event.digest, count + 1, is_known or event.digest == head
    if not is_known:
        problems.append(f"The digest {head} is not in the trail: its end was cut off, or the trail is another one.")
    return Trail(count, previous, tuple(problems))


def database_now() -> datetime:
    """Return the database's clock, the only one that decides anything about time (R-03)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@transaction.atomic
def enroll(cohort: Cohort, *, users: list[User]) -> int:
    """Make people learners of a cohort; those who are in it stay as they are. Returns how many are new."""
    before = cohort.memberships.count()
    Membership.objects.bulk_create([Membership(user=user, cohort=cohort) for user in users], ignore_conflicts=True)
    return cohort.memberships.count() - before
