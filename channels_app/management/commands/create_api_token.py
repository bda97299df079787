from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.services.staff.api_tokens import api_token_make


class Command(BaseCommand):
    help = (
        "Makes an API token for a user and prints it once; only its hash is kept. It sees the user's brands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="create_api_token", help="what it is for")
        parser.add_argument("--days", type=int, help="how long it is valid; default: until it is revoked")
        parser.add_argument("--read-only", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        try:
            user = users._default_manager.get_by_natural_key(options["username"])
        except users.DoesNotExist as error:
            raise CommandError(f"there is no user {options['username']!r}") from error
        _row, token = api_token_make(
            user=user,
            name=options["name"],
            lifetime=timedelta(days=options["days"]) if options["days"] else None,
            read_only=options["read_only"],
        )
        self.stdout.write(token)
