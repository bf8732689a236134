from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "apps.scoring"

    def ready(self) -> None:
        """Listen to delivery."""
        from apps.scoring import receivers  # noqa: F401 - importing connects them
