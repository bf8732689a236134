"""Telling, mending and forgetting how the real exam went."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localtime

from apps.accounts.models import User
from apps.accounts.services import database_now, record_event
from apps.analytics.models import Outcome
from apps.bank.models import Certification

OLDEST = timedelta(days=3653)


@transaction.atomic
def tell_outcome(
    learner: User,
    *,
    certification: Certification,
    sat_on: date,
    passed: bool,
    scaled: int | None = None,
    domains: Mapping[int, bool] | None = None,
    was: date | None = None,
) -> Outcome:
    """Keep how the real exam of a day went; with `was`, mend the entry of that day.

    `domains` says by number whether the competencies of a domain were met, for those that are told. Raises
    ValidationError by field: for a day to come or of more than ten years ago, a day that is told already, a score
    beyond the scale or on the wrong side of the pass mark, a domain that there is not, an entry that is gone.
    """
    # One at a time for each learner, so that the days that are told stay what they are found to be.
    User.objects.select_for_update().get(pk=learner.pk)
    told = domains or {}
    _check(certification, sat_on=sat_on, passed=passed, scaled=scaled, domains=told)
    entries = {entry.sat_on: entry for entry in Outcome.objects.filter(learner=learner, certification=certification)}
    if was is not None and was not in entries:
        raise ValidationError("The entry that you wanted to change is gone. Tell the outcome anew.")
    if sat_on != was and sat_on in entries:
        raise ValidationError({"sat_on": "You have told the outcome of that day. Change that entry, or mend the day."})
    entry = entries[was] if was else Outcome(learner=learner, certification=certification)
    entry.sat_on, entry.passed, entry.scaled = sat_on, passed, scaled
    entry.domains = {str(number): met for number, met in sorted(told.items())}
    entry.save()
    _record(learner, certification, "outcome.changed" if was else "outcome.told")
    return entry


@transaction.atomic
def forget_outcome(learner: User, *, certification: Certification, sat_on: date) -> bool:
    """Delete a person's own entry, and say whether there was one."""
    count, _ = Outcome.objects.filter(learner=learner, certification=certification, sat_on=sat_on).delete()
    if count:
        _record(learner, certification, "outcome.deleted")
    return bool(count)


def _check(
    certification: Certification, *, sat_on: date, passed: bool, scaled: int | None, domains: Mapping[int, bool]
) -> None:
    today = localtime(database_now()).date()
    if sat_on > today:
        raise ValidationError({"sat_on": "That day is still to come. Tell the outcome when you have sat the exam."})
    if sat_on < today - OLDEST:
        raise ValidationError({"sat_on": "That is more than ten years ago. Check the year."})
    least, mark, most = certification.scale_min, certification.pass_mark, certification.scale_max
    if scaled is not None and not least <= scaled <= most:
        raise ValidationError({"scaled": f"Scores of this exam go from {least} to {most}."})
    if scaled is not None and passed != (scaled >= mark):
        said = "passed" if passed else "did not pass"
        raise ValidationError({"scaled": f"You say that you {said}, but {scaled} is on the other side of {mark}."})
    unknown = set(domains) - set(certification.domains.values_list("number", flat=True))
    if unknown:
        raise ValidationError(f"This exam has no domain {min(unknown)}.")


def _record(learner: User, certification: Certification, verb: str) -> None:
    # That it was done, never what was told: the trail cannot be deleted, and the outcome must be.
    record_event(learner, verb=verb, subject=f"bank.certification:{certification.code}")
