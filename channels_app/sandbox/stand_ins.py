"""All stand-ins of the demo together: Meta's Graph API, Twilio, a Teams workflow and a mail server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from wsgiref.types import WSGIApplication

from channels_app.sandbox.graph_server import make_graph_server

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StandIn:
    """One stand-in and the loopback port it listens on."""

    name: str
    application: WSGIApplication
    port: int


@contextmanager
def serving(stand_ins: list[StandIn]) -> Iterator[list[StandIn]]:
    """Serve in threads for the length of a block, and yield those that could.

    A port that is taken is left alone: the demo's own stand-ins listen there already.
    """
    with ExitStack() as stack:
        started = []
        for stand_in in stand_ins:
            try:
                server = make_graph_server(stand_in.application, HOST, stand_in.port)
            except OSError:
                continue
            stack.enter_context(server)
            thread = threading.Thread(
                target=server.serve_forever,
                kwargs={"poll_interval": 0.05},
                name=f"stand-in-{stand_in.name}",
                daemon=True,
            )
            thread.start()
            stack.callback(server.shutdown)
            started.append(stand_in)
        yield started
