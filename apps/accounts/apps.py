from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.accounts import checks  # noqa: F401 - importing registers them
