"""Correcting a key, and bringing the correction to every attempt that was scored without it.

A correction is a new key revision, the row that says why, and one owed row for each ended attempt on a form that has
the item. These are written together; the attempts follow a batch at a time, so a worker that is killed leaves its rows
to the next one. An attempt gets the corrected key of this one item and keeps its other keys as they were.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.bank.models import Item, ItemVersion, Key
from apps.bank.services import revise_key
from apps.delivery.models import Attempt
from apps.exams.models import FormItem
from apps.scoring import engine
from apps.scoring.models import ChangeNotice, KeyCorrection, RescoreJob, Score
from apps.scoring.queries import sheet
from apps.scoring.queries.corrections import Change, changed_content, with_correction
from apps.scoring.services.debts import claim, settle
from apps.scoring.services.locks import own_keys
from apps.scoring.services.marking import mark_chosen, read_chosen
from apps.scoring.services.scores import lock_ended, replace_scores, score_attempts

_OWE = """
INSERT INTO scoring_rescorejob (correction_id, attempt_id, tries, error)
SELECT %s, id, 0, '' FROM delivery_attempt WHERE form_id = ANY(%s) AND submitted_at IS NOT NULL
"""

_UNSOUND = "With the keys that it was scored with, the attempt comes out with another digest (R-20)."


@transaction.atomic
def correct_key(
    version: ItemVersion, change: Change, *, since: Key, only_if_higher: bool, reason: str, by: User
) -> KeyCorrection:
    """Correct the key of a version and owe every ended attempt that asked it a new score.

    `since` is the revision that the change was decided on. The same correction sent twice is one. Raises
    ValidationError without a reason, when the change cannot be or is none, and when the key was changed since.
    """
    if not reason.strip():
        raise ValidationError("Say why; students read it.")
    # Behind this lock a second sender of the same form sees what the first one wrote.
    Item.objects.select_for_update().get(pk=version.item_id)
    content = changed_content(version, change)
    earlier = KeyCorrection.objects.filter(old_key=since).select_related("new_key").first()
    if earlier and (earlier.action, earlier.new_key.content_hash) == (change.action, content.key_hash):
        return earlier
    refuse_empty_forms(version, change)
    detail = {"action": change.action, "only_if_higher": only_if_higher, "reason": reason.strip()}
    # Before the lock on the keys: whoever lets late answers count takes both in this order.
    record_event(by, verb="key.corrected", subject=f"bank.item:{version.item.code}", detail=detail)
    forms = set(FormItem.objects.filter(version=version).values_list("form_id", flat=True))
    own_keys(forms)
    correction = KeyCorrection.objects.create(
        old_key=since,
        new_key=revise_key(version, content, by=by, since=since),
        action=change.action,
        only_if_higher=only_if_higher,
        reason=reason.strip(),
        made_by=by,
    )
    with connection.cursor() as cursor:
        cursor.execute(_OWE, [correction.pk, list(forms)])
    return correction


def refuse_empty_forms(version: ItemVersion, change: Change) -> None:
    """Raise ValidationError when dropping the item would leave a form without any scored one."""
    if change.action != KeyCorrection.Action.DROP:
        return
    for row in FormItem.objects.filter(version=version, is_scored=True).select_related("form"):
        others = FormItem.objects.filter(form=row.form, is_scored=True).exclude(version=version)
        dropped = Key.objects.filter(version__in=others.values("version"), treatment=Key.Treatment.DROPPED)
        if not others.exclude(version__in=dropped.values("version")).exists():
            raise ValidationError(
                f"It is the last scored question of {row.form}, and a score needs one. Credit everybody instead."
            )


def settle_corrections(*, correction_id: int | None = None, limit: int = 200) -> int:
    """Claim attempts that a correction, this one or any, has still to reach, and return how many it reached."""
    jobs = RescoreJob.objects.select_related("correction__new_key", "correction__old_key")
    if correction_id is not None:
        jobs = jobs.filter(correction=correction_id)
    by_correction: dict[KeyCorrection, list[RescoreJob]] = defaultdict(list)
    for job in claim(jobs, limit):
        by_correction[job.correction].append(job)
    return sum(settle(batch, _reach) for batch in by_correction.values())


@transaction.atomic
def _reach(jobs: Sequence[RescoreJob]) -> int:
    correction = jobs[0].correction
    attempts = {attempt.pk: attempt for attempt in lock_ended([job.attempt_id for job in jobs])}
    # Asked behind the locks: another worker may have reached them, or they may not have been scored at all.
    scores = list(Score.objects.standing().filter(attempt__in=attempts).order_by("pk"))
    timed = {score.attempt_id for score in scores if score.kind == Score.Kind.TIMED}
    # A first score takes the latest keys.
    score_attempts([pk for pk in attempts if pk not in timed])
    # A job that was given up and tried again may have one kind of score behind it.
    done = set(Score.objects.filter(correction=correction, attempt__in=attempts).values_list("attempt_id", "kind"))
    alike: dict[tuple[int, str, tuple[int, ...]], list[Score]] = defaultdict(list)
    for score in scores:
        if (score.attempt_id, score.kind) in done:
            continue
        score.attempt = attempts[score.attempt_id]
        alike[score.attempt.form_id, score.kind, tuple(score.key_ids)].append(score)
    counts: Counter[str] = Counter()
    for (form_id, kind, key_ids), group in alike.items():
        counts += _rescore_alike(correction, form_id, Score.Kind(kind), key_ids, group)
    reached = RescoreJob.objects.filter(pk__in=[job.pk for job in jobs], failed_at=None).delete()[0]
    _count(correction, counts + Counter(attempts=reached))
    return reached


def _rescore_alike(
    correction: KeyCorrection, form_id: int, kind: Score.Kind, key_ids: tuple[int, ...], scores: Sequence[Score]
) -> Counter[str]:
    """Re-score standing scores of one form, kind and set of key revisions, and count what that did."""
    new_ids = with_correction(correction, key_ids)
    if new_ids == key_ids:
        return Counter()
    attempts = [score.attempt for score in scores]
    chosen = read_chosen(attempts, kind=kind)
    # a score that its own keys no longer give is no ground to build another on.
    before = mark_chosen(sheet(form_id, key_ids), attempts, chosen).results
    sound: list[Score] = []
    suspects: list[Score] = []
    for score, result in zip(scores, before, strict=True):
        is_sound = score.engine_version != engine.VERSION or score.digest == result.digest
        (sound if is_sound else suspects).append(score)
    jobs = RescoreJob.objects.filter(correction=correction, attempt__in=[score.attempt_id for score in suspects])
    jobs.update(failed_at=Now(), error=_UNSOUND)
    if not sound:
        return Counter()
    corrected = sheet(form_id, new_ids)
    news = replace_scores(
        sound, corrected, mark_chosen(corrected, [score.attempt for score in sound], chosen), correction=correction
    )
    if kind != Score.Kind.TIMED:
        return Counter()
    _note_changes(sound, news)
    return sum((_change(old, new) for old, new in zip(sound, news, strict=True)), Counter())


def _note_changes(olds: Iterable[Score], news: Iterable[Score]) -> None:
    pairs = [(old, new) for old, new in zip(olds, news, strict=True) if new.superseded_at is None]
    ChangeNotice.objects.filter(score__in=[old.pk for old, _ in pairs]).delete()
    seen = [new for old, new in pairs if (old.scaled, old.passed) != (new.scaled, new.passed)]
    ChangeNotice.objects.bulk_create([ChangeNotice(score=score) for score in seen])


def _change(old: Score, new: Score) -> Counter[str]:
    if new.superseded_at is not None:
        return Counter(kept=1)
    moved = "same" if new.raw == old.raw else "higher" if new.raw > old.raw else "lower"
    counts = Counter({moved: 1})
    if new.passed != old.passed:
        counts["passed" if new.passed else "failed"] += 1
    return counts


def _count(correction: KeyCorrection, counts: Counter[str]) -> None:
    # Last of all, so that nobody waits for an attempt while holding the one row that all workers count in.
    row = KeyCorrection.objects.select_for_update().get(pk=correction.pk)
    KeyCorrection.objects.filter(pk=row.pk).update(effect=dict(Counter(row.effect) + counts))


@transaction.atomic
def note_seen(attempt: Attempt) -> None:
    """Note that the candidate has read the report that tells of a changed score."""
    ChangeNotice.objects.filter(score__attempt=attempt).delete()
