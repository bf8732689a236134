from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.core import checks  # noqa: F401 - importing registers them
