"""Health, for load balancers and people."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

_DURABLE = (
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on' "
    "UNION ALL SELECT name FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'"
)


def healthz(_request: HttpRequest) -> JsonResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether exams may be served here: 503 when the database does not answer or keep (R-01)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_DURABLE)
            off = [row[0] for row in cursor.fetchall()]
    except DatabaseError:
        return JsonResponse({"status": "failed", "reasons": ["The database does not answer."]}, status=503)
    if off:
        reasons = [f"{name} is off: a saved answer would not survive a crash." for name in off]
        return JsonResponse({"status": "failed", "reasons": reasons}, status=503)
    return JsonResponse({"status": "ok", "reasons": []})
