"""The floor of tests/load/floor.py in a bare view of Django: no middleware, no ticket, no verdicts, no receipt.

What stands between it and a save is this product's; between it and the floor without a framework stands Django.
"""

import json
import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.load.floor import STORE, parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__


@csrf_exempt
def store(request: HttpRequest) -> JsonResponse:
    """Store one answer and say so; 409 when the attempt has ended."""
    with connection.cursor() as cursor:
        cursor.execute(STORE, parameters(json.loads(request.body)))
        stored = cursor.fetchone()
    return JsonResponse({"stored": stored is not None}, status=200 if stored else 409)


urlpatterns = [path("", store)]
application = WSGIHandler()
