from __future__ import annotations

from argparse import BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels_app.demo.accounts import ADMIN_USERNAME, PASSWORD
from channels_app.demo.seeding import demo_seed
from routing.demo.playback import NoStandIn, conversations_play


class Command(BaseCommand):
    help = (
        "Fill the database with the demo brands ChargeCars and LaderThuis. Running it again adds what is "
        "missing and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--conversations",
            action=BooleanOptionalAction,
            default=None,
            help="also play the sample conversations; by default only in the demo (DEMO=1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = demo_seed()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        for kind, count in made.items():
            self.stdout.write(f"{count:>4} new {kind}")
        wanted = settings.DEMO if options["conversations"] is None else options["conversations"]
        if wanted:
            try:
                played = conversations_play(now=timezone.now())
            except NoStandIn as error:
                raise CommandError(f"The sample conversations stay away: {error}") from error
            self.stdout.write(f"{played:>4} new conversations")
        if settings.DEMO:
            self.stdout.write(f"Log in as {ADMIN_USERNAME} with {PASSWORD}")
        else:
            self.stdout.write(
                "The users have no password (DEMO is off): set one with manage.py changepassword"
            )
