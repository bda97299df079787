from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.models import BusinessEntity
from routing.selectors.overrides import corrected_messages
from routing.services.anonymising import anonymised
from routing.training.corpus import DEPARTMENTS


class Command(BaseCommand):
    help = (
        "Writes the messages that people moved as training examples (JSON lines, for "
        "`train_classifier --extra FILE`), without phone numbers, mail addresses and account numbers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--entity", default="", help="Code of a brand; without it, all brands.")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = None
        if options["entity"]:
            brand = BusinessEntity.objects.filter(entity_code=options["entity"]).first()
            if brand is None:
                raise CommandError(f"There is no brand {options['entity']!r}.")
        written = left_out = 0
        with options["file"].open("w", encoding="utf-8") as lines:
            for corrected in corrected_messages(brand.id if brand else None):
                if corrected.department not in DEPARTMENTS:
                    left_out += 1
                    continue
                row = {"text": anonymised(corrected.text), "department": corrected.department}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                written += 1
        self.stdout.write(
            f"{written} written, {left_out} left out: a department the classifier does not know"
        )
