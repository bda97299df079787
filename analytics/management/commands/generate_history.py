from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from analytics.history.loading import history_make
from analytics.management.commands.rollup_analytics import moment


class Command(BaseCommand):
    help = "Make up a past of the brands history-1 and history-2: the same arguments give the same rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=100_000)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--channels", type=int, default=50, help="of both brands together")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", default="", help="where the past ends; default: today at midnight UTC")

    def handle(self, *args: Any, **options: Any) -> None:
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        history = history_make(
            messages=options["messages"],
            days=options["days"],
            channels=options["channels"],
            seed=options["seed"],
            until=moment(options["until"]) if options["until"] else midnight,
            progress=lambda done: self.stderr.write(f"\r{min(done, 1):4.0%}", ending=""),
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stderr.write("")
        self.stdout.write(
            f"{history.messages} messages in {history.threads} conversations from "
            f"{history.since:%Y-%m-%d} to {history.until:%Y-%m-%d}."
        )
