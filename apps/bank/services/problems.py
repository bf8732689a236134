"""Problems that learners report with items, and the replies."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.bank.models import ItemReport, ItemVersion

# One person who reports everything would bury what others say.
MOST_A_DAY = 20
LONGEST = 2000


@transaction.atomic
def report_problem(version: ItemVersion, *, by: User, text: str) -> ItemReport:
    """Report a problem with a version to the instructors.

    Raises ValidationError for an empty or overlong text, while an earlier report of the same version waits for its
    reply, and beyond twenty reports of one person in 24 hours.
    """
    text = _worded(text)
    # Reports of one person come one after the other, so that neither limit can be overtaken.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if ItemReport.objects.waiting().filter(version=version, reporter=by).exists():
        raise ValidationError("You have reported a problem with this question; the reply is on its way.")
    lately = ItemReport.objects.filter(reporter=by, reported_at__gt=database_now() - timedelta(days=1))
    if lately.count() >= MOST_A_DAY:
        raise ValidationError(f"{MOST_A_DAY} reports in a day are the limit. Keep your text and send it tomorrow.")
    report = ItemReport.objects.create(version=version, reporter=by, text=text)
    _record(report, by=by, verb="problem.reported")
    return report


@transaction.atomic
def reply_to_problem(report: ItemReport, *, by: User, text: str) -> ItemReport:
    """Answer a reported problem. Raises ValidationError for an empty or overlong text, and when it is answered."""
    text = _worded(text)
    locked = ItemReport.objects.select_for_update(of=("self",)).select_related("version__item").get(pk=report.pk)
    if locked.replied_at:
        raise ValidationError("Somebody has answered this meanwhile. Your text was not sent.")
    locked.reply, locked.replied_by, locked.replied_at = text, by, database_now()
    locked.save(update_fields=["reply", "replied_by", "replied_at"])
    _record(locked, by=by, verb="problem.answered")
    return locked


def see_reply(report: ItemReport) -> None:
    """Note that the reporter has read the reply; once is enough."""
    ItemReport.objects.answered().filter(pk=report.pk, seen_at=None).update(seen_at=database_now())


def _worded(text: str) -> str:
    # PostgreSQL keeps no null characters in a text.
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError("Write what you have to say; nothing was sent.")
    if len(text) > LONGEST:
        raise ValidationError(f"This has {len(text)} characters; {LONGEST} are the limit.")
    return text


def _record(report: ItemReport, *, by: User, verb: str) -> None:
    detail = {"report": str(report.uuid), "version": report.version.number}
    record_event(by, verb=verb, subject=f"bank.item:{report.version.item.code}", detail=detail)
