from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_callbacks import WebhookTarget
from channels_app.sandbox.graph_server import make_graph_server


class Command(BaseCommand):
    help = "Run a stand-in for Meta's Graph API; point WHATSAPP_API_BASE at it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8990)
        parser.add_argument("--webhook", default="", help="call back with statuses at this URL")
        parser.add_argument("--delay", type=float, default=0.3, help="seconds between statuses")

    def handle(self, *args: Any, **options: Any) -> None:
        webhook = None
        if options["webhook"]:
            webhook = WebhookTarget(options["webhook"], settings.WHATSAPP_APP_SECRET, delay=options["delay"])
        with make_graph_server(GraphSandbox(webhook=webhook), options["host"], options["port"]) as server:
            self.stdout.write(f"WHATSAPP_API_BASE=http://{options['host']}:{server.server_port}")
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("stopped")
