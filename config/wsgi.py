"""WSGI entry point; granian serves it, started by config/serve.py."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# The apps are ready only now.
from apps.delivery.services import keep_beating  # noqa: E402
from apps.delivery.templatetags.paper import draw_ahead  # noqa: E402

keep_beating(draw_ahead)
