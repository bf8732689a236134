"""The ways to an item of a review, to what has failed, and to the metrics."""

from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils.crypto import constant_time_compare

from apps.accounts.models import User
from apps.bank.models import ItemVersion
from apps.delivery.models import Attempt
from apps.exams.models import FormItem
from apps.scoring.access import review_read


def reviewed_version_read(user: User, uuid: UUID, position: int) -> tuple[Attempt, ItemVersion]:
    """Return the person's own attempt and the version at a place of its review; 404 where that may not be seen."""
    attempt, _ = review_read(user, uuid)
    place = FormItem.objects.filter(form=attempt.form_id, position=position).select_related("version__item").first()
    if place is None:
        raise Http404
    return attempt, place.version


def failed_write(user: User, uuid: UUID) -> Attempt:
    """Return an attempt whose score or report has failed for good, for admins; 404 otherwise."""
    failed = (
        Q(score_job__failed_at__isnull=False)
        | Q(rescore_jobs__failed_at__isnull=False)
        | Q(scores__report_job__failed_at__isnull=False)
    )
    attempt = Attempt.objects.filter(failed, uuid=uuid).first() if user.is_admin else None
    if attempt is None:
        raise Http404
    return attempt


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether the request carries METRICS_TOKEN, where one is set, or comes from a signed-in admin."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    return isinstance(request.user, User) and request.user.is_admin
