"""What people say about items."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.bank.models import AngoffRating


@transaction.atomic
def rate_versions(estimates: Mapping[int, Decimal | None], *, judge: User) -> int:
    """Keep a judge's estimates by version id, in place of earlier ones, and return how many there are.

    An estimate is the share of borderline candidates who answer right, between 0 and 1; None takes an earlier one back.
    """
    given = {pk: estimate for pk, estimate in estimates.items() if estimate is not None}
    AngoffRating.objects.filter(judge=judge, version__in=estimates.keys() - given.keys()).delete()
    AngoffRating.objects.bulk_create(
        [AngoffRating(version_id=pk, judge=judge, estimate=estimate) for pk, estimate in given.items()],
        update_conflicts=True,
        unique_fields=["version", "judge"],
        update_fields=["estimate", "made_at"],
    )
    return len(given)
