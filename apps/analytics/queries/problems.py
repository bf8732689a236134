"""Replies to problems that a learner has reported, until they are read."""

from dataclasses import dataclass
from uuid import UUID

from apps.accounts.models import User
from apps.bank.models import ItemReport
from apps.delivery.models import Attempt
from apps.exams.models import FormItem
from apps.scoring.access import may_review, withheld_items


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that is not read yet; `attempt` and `position` say where its item can be reviewed, None: nowhere."""

    report: ItemReport
    attempt: UUID | None
    position: int | None


def unseen_replies(user: User) -> list[Reply]:
    """Return the replies that this person has not marked as read, the latest first.

    A reply may say what is keyed, so it waits while the key of its item is withheld. One statement when there is none.
    """
    reports = list(
        ItemReport.objects.answered()
        .filter(reporter=user, seen_at=None)
        .select_related("version__item")
        .order_by("-replied_at")[:20]
    )
    if not reports:
        return []
    withheld = withheld_items(user, part=None)
    return [_reply(report, user) for report in reports if report.version.item.code not in withheld]


def _reply(report: ItemReport, user: User) -> Reply:
    places = FormItem.objects.filter(version=report.version)
    attempts = Attempt.objects.submitted().filter(candidate=user, form__in=places.values("form"))
    for attempt in attempts.order_by("-started_at")[:5]:
        if may_review(attempt):
            return Reply(report, attempt.uuid, places.get(form=attempt.form_id).position)
    return Reply(report, None, None)
