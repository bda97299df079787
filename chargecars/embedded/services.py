"""The embedded engines together, kept running as long as somebody uses them."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from chargecars.embedded.postgres import EmbeddedEngineError, EmbeddedPostgres
from chargecars.embedded.state import StateDirectory
from chargecars.embedded.valkey import EmbeddedValkey

MOST_DEATHS = 3
_MINUTE = 60.0


class EmbeddedServices:
    """What of PostgreSQL and Valkey an installation does not bring itself."""

    def __init__(
        self, state: StateDirectory, *, database: bool = True, broker: bool = True, durable: bool = True
    ) -> None:
        self._state = state
        self.postgres = EmbeddedPostgres(state, durable=durable)
        self.valkey = EmbeddedValkey(state, durable=durable)
        self._wanted: list[EmbeddedPostgres | EmbeddedValkey] = []
        self._deaths: list[tuple[EmbeddedPostgres | EmbeddedValkey, float]] = []
        if database:
            self._wanted.append(self.postgres)
        if broker:
            self._wanted.append(self.valkey)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The engines run inside. Whoever leaves last stops them; a killed user does not count."""
        if not self._wanted:
            yield
            return
        self._state.prepare()
        with (self._state.run / "users.lock").open("a") as users:
            with self._state.locked("starting"):
                for engine in self._wanted:
                    self._state.link_socket_directory(engine.directory.name)
                    engine.ensure()
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield
            finally:
                with self._state.locked("starting"):
                    self._stop_if_unused(users)

    def revive(self) -> list[str]:
        """Start those again that died by themselves; the names. Raises EmbeddedEngineError.

        For whoever is inside `running()`. An engine that died MOST_DEATHS times within a minute is given up.
        """
        dead = [engine for engine in self._wanted if not engine.running()]
        if not dead:
            return []
        now = time.monotonic()
        self._deaths = [(engine, at) for engine, at in self._deaths if now - at < _MINUTE]
        with self._state.locked("starting"):
            for engine in dead:
                self._deaths.append((engine, now))
                if sum(known is engine for known, _ in self._deaths) > MOST_DEATHS:
                    raise EmbeddedEngineError(f"{engine.name} keeps dying; its log: {engine.log}")
                engine.ensure()
        return [engine.name for engine in dead]

    def _stop_if_unused(self, users: TextIO) -> None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for engine in self._wanted:
            engine.stop()
            self._state.unlink_socket_directory(engine.directory.name)
