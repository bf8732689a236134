"""Invariants that must hold, each a generator of (subject, message) for what breaks it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction

from django.conf import settings
from django.db.models import Count, F, Q, Sum

from apps.accounts.services import database_now, verify_trail
from apps.analytics.queries.health import Level, conditions, facts
from apps.analytics.queries.statistics import wrong_statistics
from apps.delivery.models import Attempt, ResponseEvent
from apps.exams.models import Form
from apps.scoring.models import RescoreJob, Score

Finding = tuple[str, str]


def one_current_score() -> Iterator[Finding]:
    """Every attempt that ended over two minutes ago has exactly one current timed score."""
    before = database_now() - timedelta(minutes=2)
    unscored = (
        Attempt.objects.submitted()
        .filter(submitted_at__lt=before)
        .annotate(current=Count("scores", filter=Q(scores__superseded_at=None, scores__kind=Score.Kind.TIMED)))
        .exclude(current=1)
    )
    for uuid, current in unscored.values_list("uuid", "current"):
        yield f"delivery.attempt:{uuid}", f"It has {current} current scores instead of one."


def score_is_sum_of_domains() -> Iterator[Finding]:
    """The raw score is the weighted mean of its domains, exactly."""
    for score in Score.objects.current().prefetch_related("domains").iterator(chunk_size=500):
        domains = list(score.domains.all())
        weight = sum(domain.weight for domain in domains)
        total = sum((Fraction(d.weight * d.credit, 1000 * d.item_count) for d in domains), Fraction(0))
        if not weight or total / weight != score.raw:
            yield f"scoring.score:{score.pk}", "The raw score is not the weighted mean of its domains."


def accepted_in_phase() -> Iterator[Finding]:
    """No event was accepted after the deadline and its grace."""
    late = ResponseEvent.objects.filter(
        disposition=ResponseEvent.Disposition.ACCEPTED,
        phase=ResponseEvent.Phase.TIMED,
        arrived_at__gt=F("attempt__deadline_at") + settings.GRACE,
    )
    for event in late:
        yield f"delivery.event:{event.attempt_id}/{event.client}/{event.n}", "It was accepted after the deadline."


def form_matches_blueprint() -> Iterator[Finding]:
    """A published form has its blueprint's counts of scored items and pilots in every domain."""
    for form in Form.objects.published().mocks().select_related("blueprint"):
        have = {
            row["domain"]: (row["scored"], row["pilots"])
            for row in form.items.order_by()
            .values("domain")
            .annotate(scored=Count("pk", filter=Q(is_scored=True)), pilots=Count("pk", filter=Q(is_scored=False)))
        }
        want = {row.domain_id: (row.scored_count, row.pilot_count) for row in form.blueprint.domains.all()}
        if have != want:
            yield f"exams.form:{form.code}", "Its items per domain are not those of its blueprint."


def weights_sum_to_hundred() -> Iterator[Finding]:
    """The domain weights of a published form sum to 100."""
    for form in Form.objects.published().annotate(total=Sum("domains__weight")).exclude(total=100):
        yield f"exams.form:{form.code}", "Its domain weights do not sum to 100."


def corrections_reach_all() -> Iterator[Finding]:
    """Every attempt that a corrected key reaches was first found to be scored as its own keys say (R-20)."""
    failed = RescoreJob.objects.exclude(failed_at=None)
    for job in failed.select_related("attempt", "correction__old_key__version__item"):
        item = job.correction.old_key.version.item.code
        yield f"delivery.attempt:{job.attempt.uuid}", f"The correction of {item} did not reach it: {job.error}"


def nothing_degraded() -> Iterator[Finding]:
    """All that must run by itself does run, nothing has been owed for long, and the disks have room (R-28)."""
    for condition in conditions(facts()):
        if condition.level != Level.NOTE:
            yield f"health:{condition.code}", condition.message


def statistics_are_sums() -> Iterator[Finding]:
    """The statistics are what counting everything anew gives."""
    yield from wrong_statistics()


def trail_is_whole() -> Iterator[Finding]:
    """No row of the audit trail was changed, put in or taken out (S-18)."""
    if problems := verify_trail().problems:
        yield "accounts.auditevent", " ".join(problems[:20])


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    one_current_score,
    score_is_sum_of_domains,
    accepted_in_phase,
    form_matches_blueprint,
    weights_sum_to_hundred,
    statistics_are_sums,
    corrections_reach_all,
    nothing_degraded,
    trail_is_whole,
)


def all_findings() -> Iterator[tuple[str, str, str]]:
    """Run every check; yields (check, subject, message) for all that is wrong now."""
    for check in CHECKS:
        for subject, message in check():
            yield check.__name__, subject, message
