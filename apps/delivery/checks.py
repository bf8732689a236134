"""System checks: what must not be true of the database under exams."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from apps.core.queries import undurable_settings


@register(Tags.database)
def check_durability(databases: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Refuse a database that may forget what it has acknowledged (R-01); starting an exam refuses it too."""
    if not databases:
        return []
    try:
        undurable = undurable_settings()
    except DatabaseError:
        return []  # whoever asked finds that out by themselves, in better words
    return [
        Error(
            f"PostgreSQL runs with {name} off: a saved answer would not survive a crash.",
            hint=f"Set {name} = on in postgresql.conf and reload. No exam starts until then.",
            id="delivery.E001",
        )
        for name in undurable
    ]
