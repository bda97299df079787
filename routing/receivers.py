"""Routing listens: receipts wait, so the inbox must be drained."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from channels_app.services.bells import ring
from channels_app.signals import receipts_waiting


@receiver(receipts_waiting)
def drain_when_receipts_wait(sender: Any, **kwargs: Any) -> None:
    from routing.tasks import INBOX_BELL, drain_inbox  # late: the engine's content module is not there yet

    ring(drain_inbox, key=INBOX_BELL)
