from __future__ import annotations

from django.apps import AppConfig


class ChargeCarsConfig(AppConfig):
    name = "chargecars"
    verbose_name = "ChargeCars"

    def ready(self) -> None:
        from chargecars import history

        history.send_settings_apart()
