from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from channels_app.services.key_rotation import encrypted_columns, keys_rotate


class Command(BaseCommand):
    help = (
        "Encrypts every secret anew with the first of FERNET_KEYS. Put the new key in front, restart, run "
        "this, then drop the old key. May be run again at any time, also after it was interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows there are")

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for model, column in encrypted_columns():
            label = f"{model._meta.label}.{column}"
            if options["dry_run"]:
                self.stdout.write(f"{label}: {model._base_manager.count()} rows")
                continue
            rows = 0
            for done, of in keys_rotate(model=model, column=column):
                rows = done
                self.stdout.write(f"{label}: {done} of {of}")
            total += rows
        if not options["dry_run"]:
            self.stdout.write(f"{total} rows are encrypted with the first key")
