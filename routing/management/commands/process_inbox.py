from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from routing.services.drain import DrainOutcome, drain_batch


class Command(BaseCommand):
    help = "Stores and routes everything that waits in the inbox, in this process, and prints counts."

    def handle(self, *args: Any, **options: Any) -> None:
        total = DrainOutcome()
        while (outcome := drain_batch()).receipts:
            total.add(outcome)
        batch = total.batch
        self.stdout.write(
            f"receipts {total.receipts}, messages {batch.stored}, duplicates {batch.duplicates}, "
            f"statuses {batch.statuses}, quarantined {total.quarantined}"
        )
