"""Acts on people and cohorts, and the audit trail."""

import hashlib
import json
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
