"""Deadlines."""

from datetime import UTC, datetime, timedelta

from apps.delivery.clock import SETTLE, deadline, is_overdue, is_past, remaining

START = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
LIMIT = timedelta(minutes=180)
GRACE = timedelta(seconds=10)


def test_plain() -> None:
    assert deadline(START, LIMIT) == START + LIMIT


def test_accommodations_add_up() -> None:
    assert deadline(START, LIMIT, percent=150, extra=timedelta(minutes=10)) == START + timedelta(minutes=280)


def test_the_window_caps_the_time() -> None:
    closes = START + timedelta(minutes=30)
    assert deadline(START, LIMIT, percent=200, closes_at=closes) == closes


def test_untimed_ends_with_the_window_if_at_all() -> None:
    assert deadline(START, LIMIT, untimed=True) is None
    assert deadline(START, LIMIT, untimed=True, closes_at=START + LIMIT) == START + LIMIT
    assert remaining(None, START) is None
    assert not is_overdue(None, START, GRACE)


def test_remaining_is_never_negative() -> None:
    assert remaining(START, START + LIMIT) == timedelta(0)
    assert remaining(START + LIMIT, START) == LIMIT


def test_the_order_of_past_grace_and_overdue() -> None:
    end = START + LIMIT
    assert not is_past(end, end - timedelta(microseconds=1))
    assert is_past(end, end)
    assert not is_overdue(end, end + GRACE + SETTLE, GRACE)
    assert is_overdue(end, end + GRACE + SETTLE + timedelta(microseconds=1), GRACE)
