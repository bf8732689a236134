"""System checks: what the machine cannot do."""

from typing import Any

from django.core.checks import CheckMessage, Info, register

from apps.core.pdf import is_available


@register
def check_pdf(**_kwargs: Any) -> list[CheckMessage]:
    """Say that reports cannot be had as PDF; everything else works without it, and they can still be printed."""
    if is_available():
        return []
    return [
        Info(
            "Pango is missing, so reports cannot be had as PDF.",
            hint="Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0, or what they are called here.",
            id="core.I001",
        )
    ]
