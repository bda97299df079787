from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.selectors.entities import entity_by_code
from channels_app.services.entity_setup import email_channels_configure


class Command(BaseCommand):
    help = "Give a brand the usual mailboxes: support, sales, admin, operations and emergency."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entity", help="the brand's code, e.g. chargecars")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = email_channels_configure(entity=entity_by_code(options["entity"]))
        except LookupError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        for done in outcome:
            verb = "created" if done.created else "exists "
            self.stdout.write(f"{verb}  email {done.channel.channel_code:<11}{done.channel.channel_address}")
        made = sum(done.created for done in outcome)
        self.stdout.write(f"{made} created, {len(outcome) - made} already there.")
        if made:
            self.stdout.write("Fill in each new mailbox's log-in in admin, then run its connection check.")
