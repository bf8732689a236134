"""The Celery application. What is owed stands in database rows; a message is only a wake-up call."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("cutscore")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
