"""Waking the workers, without ever waiting for the broker.

What is owed stands in rows, so a message that is not sent costs a few seconds until the sweeper finds the row. A hung
broker would cost every submit its socket time-out; the breaker makes that at most one submit in thirty seconds and
process.
"""

import logging
import time
from typing import Any

from celery import Task
from django.conf import settings
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

_REST_SECONDS = 30.0
_closed_until = 0.0


def wake(task: "Task[Any, Any]", *args: object) -> bool:
    """Publish `task` and return whether the broker took it; never raises because of the broker."""
    global _closed_until
    if time.monotonic() < _closed_until:
        return False
    try:
        task.apply_async(args=args)
    except (OperationalError, RedisError, OSError) as error:
        _closed_until = time.monotonic() + _REST_SECONDS
        logger.warning("The broker does not answer (%s); the sweeper will find what is owed.", error)
        return False
    return True


def answers() -> bool:
    """Whether the broker answers within a second. Nothing but speed depends on it (R-06)."""
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
        ) as broker:
            return bool(broker.ping())
    except (RedisError, OSError):
        return False
