"""Routing listens: receipts wait, so the inbox must be drained."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from channels_app.services.bells import Ringer, ring
from channels_app.signals import receipts_waiting
from routing.tasks import INBOX_BELL, drain_inbox

_ringer = Ringer(lambda: ring(drain_inbox, key=INBOX_BELL))


@receiver(receipts_waiting)
def drain_when_receipts_wait(sender: Any, **kwargs: Any) -> None:
    _ringer.ask()
