"""The Celery application. What is owed stands in database rows; a message is only a wake-up call."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("cutscore")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery would close the connections and their pool before and after every task. A new one costs PostgreSQL more than
# most tasks do: a process, its catalogues, and each statement planned anew.
app.conf.CELERY_DB_REUSE_MAX = 2**62


@task_postrun.connect
def _give_back_connections(**_kwargs: Any) -> None:
    """Return the task's connection to the pool, or close it when it broke, as Django does after a request."""
    close_old_connections()
