"""System checks: what must not be true of a deployment."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from apps.accounts.models import User


@register(Tags.security, deploy=True)
def check_demo(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse the demo's published passwords behind HTTPS: a real address means real people."""
    if settings.DEMO and settings.HTTPS:
        return [
            Error(
                "DEMO and HTTPS are both on: the demo's passwords are public.",
                hint="Unset DEMO for a real deployment.",
                id="accounts.E001",
            )
        ]
    return []


@register(Tags.database)
def check_demo_people(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse to serve demo people outside the demo."""
    if settings.DEMO or User._meta.db_table not in connection.introspection.table_names():
        return []
    if User.objects.filter(is_demo=True, is_active=True).exists():
        return [
            Error(
                "This database holds active demo people, whose password is public.",
                hint="Use another database, or deactivate them: manage.py seed_demo --remove.",
                id="accounts.E002",
            )
        ]
    return []
