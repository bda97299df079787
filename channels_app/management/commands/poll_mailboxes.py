from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.selectors.mailboxes import fetched_channels
from channels_app.services.mailboxes import poll_mailbox


class Command(BaseCommand):
    help = "Reads every mailbox now, in this process, and prints what each brought."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", metavar="ADDRESS", help="Only the mailbox of this address.")

    def handle(self, *args: Any, **options: Any) -> None:
        channels = fetched_channels()
        if options["channel"]:
            channels = channels.filter(channel_address__iexact=options["channel"])
            if not channels.exists():
                raise CommandError(f"No active mailbox {options['channel']}.")
        for channel in channels:
            while (outcome := poll_mailbox(channel.id)).more:
                continue
            tally = outcome.tally
            state = "busy elsewhere" if outcome.busy else outcome.error or "ok"
            skipped = ", ".join(f"{number} {reason}" for reason, number in sorted(tally.skipped.items()))
            self.stdout.write(
                f"{channel.channel_address}: {state}; seen {tally.seen}, imported {tally.imported}, "
                f"skipped {skipped or 0}, quarantined {tally.quarantined}"
            )
