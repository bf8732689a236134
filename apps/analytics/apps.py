from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "apps.analytics"

    def ready(self) -> None:
        """Listen to scoring."""
        from apps.analytics import receivers  # noqa: F401 - importing connects them
