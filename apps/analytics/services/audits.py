"""The nightly self-audit: invariants as generators of findings, findings as rows an admin sees."""

from django.db import transaction
from django.db.models.functions import Now

from apps.analytics.audit import CHECKS
from apps.analytics.models import AuditFinding


@transaction.atomic
def audit() -> int:
    """Run every check, open new findings, close those that are gone, and return how many are open."""
    still_open = []
    for check in CHECKS:
        for subject, message in check():
            finding, _ = AuditFinding.objects.get_or_create(
                check_name=check.__name__, subject=subject, gone_at=None, defaults={"message": message, "found_at": Now()}
            )
            still_open.append(finding.pk)
    AuditFinding.objects.filter(gone_at=None).exclude(pk__in=still_open).update(gone_at=Now())
    return len(still_open)
