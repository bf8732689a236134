"""Wiring of the project: settings, addresses, the Celery application and the local stack."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
