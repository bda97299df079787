from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from channels_app.services.mailbox_watch import watch_mailboxes
from channels_app.tasks import mail_waiting


class Command(BaseCommand):
    help = (
        "Waits at every mailbox (IDLE) and has it read at once when mail comes; without it, mailboxes are read "
        "every minute. Needs a running worker; ends on SIGINT or SIGTERM."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        watch_mailboxes(mail_waiting, stop=stop)
