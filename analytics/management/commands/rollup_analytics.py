from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from analytics.services.rollup import RollupOutcome, rollup

STEP = timedelta(days=30)
_BAR = 30


def moment(text: str) -> datetime:
    """A moment from "2026-11-01" (midnight, local) or "2026-11-01T09:00[+01:00]". Raises CommandError."""
    try:
        at = parse_datetime(text)
        day = parse_date(text) if at is None else None
    except ValueError as error:
        raise CommandError(f"“{text}” is not a date or time: {error}") from error
    if day is not None:
        at = datetime.combine(day, datetime.min.time())
    if at is None:
        raise CommandError(f"“{text}” is not a date or time; write 2026-11-01 or 2026-11-01T09:00")
    return timezone.make_aware(at) if timezone.is_naive(at) else at


class Command(BaseCommand):
    help = (
        "Count messages, answers and conversations into hourly and daily rows. May be run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", default="", help="from this day or moment on; default: seven days ago")
        parser.add_argument("--until", default="", help="up to this day or moment; default: now")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        until = moment(options["until"]) if options["until"] else now
        since = moment(options["since"]) if options["since"] else until - timedelta(days=7)
        if since >= until:
            raise CommandError("--since must be earlier than --until")
        outcome = RollupOutcome()
        start = since
        while start < until:
            end = min(start + STEP, until)
            outcome += rollup(since=start, until=end)
            start = end
            if not options["quiet"]:
                self._progress((start - since) / (until - since))
        self.stdout.write(f"{outcome.written} rows written, {outcome.removed} removed.")

    def _progress(self, done: float) -> None:
        bar = "#" * round(done * _BAR)
        end = "\n" if done >= 1 else ""
        self.stderr.write(f"\r[{bar:<{_BAR}}] {done:4.0%}", ending=end)
        self.stderr.flush()
