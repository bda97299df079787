from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from channels_app.sandbox.stand_ins import HOST, demo_stand_ins, serving


class Command(BaseCommand):
    help = "Run the stand-ins of the demo: Meta's Graph API, Twilio, a Teams workflow and a mail server."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The stand-ins belong to the demo: manage.py up --demo")
        wanted = demo_stand_ins(callbacks_to=f"http://{HOST}:{settings.PORT}")
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        with serving(wanted) as started:
            for stand_in in wanted:
                state = "listens on" if stand_in in started else "could NOT take"
                self.stdout.write(f"{stand_in.name:<7}{state} {HOST}:{stand_in.port}")
            self.stdout.flush()
            stopped.wait()
