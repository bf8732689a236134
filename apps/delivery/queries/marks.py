"""What was done when in the timed phase, for those who describe how an attempt was sat."""

from typing import Any, NamedTuple

from apps.delivery.models import Attempt, ResponseEvent

_KINDS = (
    ResponseEvent.Kind.SEEN,
    ResponseEvent.Kind.ANSWER,
    ResponseEvent.Kind.FLAG,
    ResponseEvent.Kind.CONFIDENCE,
)


class TimedMark(NamedTuple):
    """One thing done at a position, `at` in seconds from the start as the page recorded it, 0 at least."""

    position: int
    kind: str
    at: float
    value: Any


def timed_marks(attempt: Attempt) -> list[TimedMark]:
    """Return the accepted sights, answers, flags and confidences of the timed phase, in order.

    The moment is when the event arrived, less what its page says had passed since.
    """
    rows = ResponseEvent.objects.filter(
        attempt=attempt,
        attempt_month=attempt.month,
        kind__in=_KINDS,
        phase=ResponseEvent.Phase.TIMED,
        disposition=ResponseEvent.Disposition.ACCEPTED,
    ).values_list("position", "kind", "value", "arrived_at", "ago", "seq", "client")
    marks = [
        (max(0.0, (arrived_at - attempt.started_at).total_seconds() - ago / 1000), seq, client, position, kind, value)
        for position, kind, value, arrived_at, ago, seq, client in rows
    ]
    marks.sort(key=lambda mark: mark[:3])
    return [TimedMark(position, kind, at, value) for at, _, _, position, kind, value in marks]
