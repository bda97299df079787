from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from channels_app.selectors.outbox import channels_with_outgoing
from channels_app.services.delivery import deliver_channel
from channels_app.services.outbox import outbox_recover


class Command(BaseCommand):
    help = "Sends everything in the outbox that is due, in this process, and prints counts."

    def handle(self, *args: Any, **options: Any) -> None:
        requeued, unknown = outbox_recover(now=timezone.now())
        taken = sent = 0
        while channels := channels_with_outgoing(timezone.now()):
            progress = 0
            for channel_id in channels:
                outcome = deliver_channel(channel_id)
                progress += outcome.taken
                sent += outcome.sent
            if not progress:
                break
            taken += progress
        self.stdout.write(f"taken {taken}, sent {sent}, requeued {requeued}, unknown {unknown}")
