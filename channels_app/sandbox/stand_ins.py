"""All stand-ins of the demo together: Meta's Graph API, Twilio, a Teams workflow and a mail server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from socketserver import BaseServer
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

from django.conf import settings

from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_callbacks import WebhookTarget
from channels_app.sandbox.graph_server import make_graph_server
from channels_app.sandbox.mail_server import MailOutbox, SmtpServer
from channels_app.sandbox.teams_webhook import TeamsSandbox
from channels_app.sandbox.twilio_api import TwilioSandbox

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StandIn:
    """One stand-in; `bind` makes its server, not yet serving, or raises OSError for a port in use."""

    name: str
    port: int
    bind: Callable[[], BaseServer]


def demo_stand_ins(*, callbacks_to: str, delay: float = 0.8) -> list[StandIn]:
    """Those of the demo, on the ports of the settings.

    callbacks_to: where the product listens ("http://127.0.0.1:8000"); "" calls nobody back. delay: seconds
    before each next status of a message.
    """
    webhook = None
    if callbacks_to:
        webhook = WebhookTarget(
            f"{callbacks_to}/webhooks/whatsapp/", settings.WHATSAPP_APP_SECRET, delay=delay
        )
    statuses = ("sent", "delivered") if callbacks_to else ()
    mail = MailOutbox()
    return [
        _http("graph", GraphSandbox(webhook=webhook), settings.SANDBOX_GRAPH_PORT),
        _http(
            "twilio",
            TwilioSandbox(statuses=statuses, delay=delay, deliver_to=callbacks_to),
            settings.SANDBOX_TWILIO_PORT,
        ),
        _http("teams", TeamsSandbox(), settings.SANDBOX_TEAMS_PORT),
        StandIn(
            "smtp", settings.SANDBOX_SMTP_PORT, lambda: SmtpServer(mail, HOST, settings.SANDBOX_SMTP_PORT)
        ),
        _http("mail", mail, settings.SANDBOX_MAIL_PORT),
    ]


def stays_here(url: str) -> bool:
    """Whether calls to an address stay on this machine."""
    return urlsplit(url).hostname in (HOST, "localhost", "::1")


@contextmanager
def serving(stand_ins: Iterable[StandIn]) -> Iterator[list[StandIn]]:
    """Serve in threads for the length of a block, and yield those that could.

    A port that is taken is left alone: the demo's own stand-ins listen there already.
    """
    with ExitStack() as stack:
        started = []
        for stand_in in stand_ins:
            try:
                server = stand_in.bind()
            except OSError:
                continue
            stack.enter_context(server)
            thread = threading.Thread(
                target=server.serve_forever,
                kwargs={"poll_interval": 0.1},
                name=f"stand-in-{stand_in.name}",
                daemon=True,
            )
            thread.start()
            stack.callback(server.shutdown)
            started.append(stand_in)
        yield started


def _http(name: str, application: WSGIApplication, port: int) -> StandIn:
    return StandIn(name, port, lambda: make_graph_server(application, HOST, port))
