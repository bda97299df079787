from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.models import BusinessEntity
from channels_app.services.audit import audit_export
from routing.services.training_examples import training_examples


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
        examples, left_out = training_examples(brand.id if brand else None)
        with options["file"].open("w", encoding="utf-8") as lines:
            for example in examples:
                row = {"text": example.text, "department": example.department, "lang": example.lang}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        audit_export(
            brands=[brand.id] if brand else BusinessEntity.objects.values_list("id", flat=True),
            name="export_overrides",
            object_type="routing.messageroutinglog",
            detail={"rows": len(examples)},
        )
        self.stdout.write(
            f"{len(examples)} written, {left_out} left out: a department the classifier does not know"
        )
