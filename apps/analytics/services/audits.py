"""The nightly self-audit's memory: findings are rows that an admin sees."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from apps.analytics.models import AuditFinding


@transaction.atomic
def record_findings(found: Iterable[tuple[str, str, str]]) -> int:
    """Open what is newly found, close what is gone, and return how many are open.

    `found` holds all that is wrong now, as (check, subject, message).
    """
    still_open = []
    for check, subject, message in found:
        finding, _ = AuditFinding.objects.get_or_create(
            check_name=check, subject=subject, gone_at=None, defaults={"message": message, "found_at": Now()}
        )
        still_open.append(finding.pk)
    AuditFinding.objects.filter(gone_at=None).exclude(pk__in=still_open).update(gone_at=Now())
    return len(still_open)
