"""Ports for servers that a test starts a moment later."""

from __future__ import annotations

import random
import socket
from contextlib import closing

# Below the range from which the kernel takes ports for outgoing connections, so that none of those, of this
# test or of one beside it, sits on the port when the server comes.
_PORTS = range(15_000, 32_000)


def free_ports(count: int) -> list[int]:
    """So many different ports of this machine on which nobody listens."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            return found
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    raise OSError("no port is free")


def free_port() -> int:
    (port,) = free_ports(1)
    return port
