from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels_app.models import RetentionPolicy
from channels_app.services.privacy.raw_exchanges import (
    processed_receipts_due,
    receipts_clear,
    shared_receipts_due,
)
from channels_app.services.privacy.retention import retention_count, retention_run


class Command(BaseCommand):
    help = "Takes out what brands no longer keep (Retention in the back office). Counts and figures stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--entity", help="the code of one brand; default: all")
        parser.add_argument("--most", type=int, help="stop after about this many rows per brand")

    def handle(self, *args: Any, **options: Any) -> None:
        now, dry = timezone.now(), options["dry_run"]
        policies = RetentionPolicy.objects.select_related("business_entity")
        if options["entity"]:
            policies = policies.filter(business_entity__entity_code=options["entity"])
            if not policies:
                raise CommandError(f"there is no retention for {options['entity']!r}")
        for policy in policies:
            counts = (
                retention_count(policy=policy, now=now)
                if dry
                else retention_run(policy=policy, now=now, most=options["most"])
            )
            self._say(policy.business_entity.entity_code, counts)
        if not options["entity"]:
            for who, due in (
                ("shared", shared_receipts_due(now=now)),
                ("processed", processed_receipts_due(now=now)),
            ):
                count = due.count() if dry else receipts_clear(due, most=options["most"])
                self._say(who, {"channels_app.InboundReceipt": count} if count else {})
        if dry:
            self.stdout.write("dry run: nothing was changed")

    def _say(self, who: str, counts: dict[str, int]) -> None:
        listed = ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))
        self.stdout.write(f"{who}: {listed or 'nothing'}")
