from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS
from routing.services.mail_ingest import ingest_files
from routing.tasks import drain_and_ring


class Command(BaseCommand):
    help = (
        "Receives mails from files as if they had come into a channel's mailbox, stores and routes them, and "
        "prints one JSON line per mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", metavar="ADDRESS", required=True, help="The mailbox's address.")
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        channel = self._channel(options["channel"])
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"{path} is no file.")
        for ingested in ingest_files(channel, options["files"], drain=drain_and_ring):
            self.stdout.write(json.dumps(ingested.as_json(), ensure_ascii=False))

    def _channel(self, address: str) -> BusinessEntityChannel:
        media = [code for code, provider in PROVIDERS.items() if provider.capabilities.fetched]
        channel = (
            BusinessEntityChannel.objects.active()
            .filter(channel_type__in=media, channel_address__iexact=address)
            .select_related("business_entity")
            .first()
        )
        if channel is None:
            raise CommandError(f"No active mailbox {address}.")
        return channel
