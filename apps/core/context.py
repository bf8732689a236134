"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, object]:
    """Say whether this is a demo, so that every page can say so."""
    return {"is_demo": settings.DEMO}
