from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "apps.delivery"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.delivery import checks  # noqa: F401 - importing registers them
