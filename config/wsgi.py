"""WSGI entry point; granian serves it (docs/decisions/0002)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from apps.delivery.services import keep_beating  # noqa: E402 - the apps are ready only now

keep_beating()
