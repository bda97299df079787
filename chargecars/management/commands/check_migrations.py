from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from chargecars.migration_safety import all_findings


class Command(BaseCommand):
    help = "Refuses migrations that would break the old version while it runs (docs/operations.md, Upgrade)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if found := all_findings(connection):
            raise CommandError("\n".join(map(str, found)))
        self.stdout.write("no migration breaks the version before it")
