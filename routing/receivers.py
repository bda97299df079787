"""Routing listens: receipts wait, so the inbox must be drained."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from channels_app.services.bells import ring
from channels_app.signals import receipts_waiting
from routing.tasks import INBOX_BELL, drain_inbox


@receiver(receipts_waiting)
def drain_when_receipts_wait(sender: Any, **kwargs: Any) -> None:
    ring(drain_inbox, key=INBOX_BELL)
