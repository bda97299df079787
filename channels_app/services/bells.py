"""Redis is only the bell: ringing it may fail, and the sweep then finds what waits in PostgreSQL."""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from channels_app.redis_client import redis_client

logger = structlog.get_logger(__name__)

# A ring that was lost with its worker must not silence the next one for long.
_RUNG_SECONDS = 5
# Between two rings of a process: whoever asks meanwhile is in the next one.
_PAUSE_SECONDS = 0.05


def ring(task: Task[Any, Any], *, key: str, after_seconds: float = 0, **arguments: str | bool) -> None:
    """Ask for a task unless it has been asked for under this key and not yet begun. Never raises.

    key: "" asks in any case. after_seconds: for what may leave only a moment later; a few seconds, since a
    longer wait belongs in a row.
    """
    try:
        if not key or redis_client().set(_name(key), 1, nx=True, ex=_RUNG_SECONDS + math.ceil(after_seconds)):
            task.apply_async(kwargs=arguments, countdown=after_seconds, retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("bell_unavailable", task=task.name)


def answered(key: str) -> None:
    """Say that the task has begun: whatever comes in from now on must ring again."""
    try:
        redis_client().delete(_name(key))
    except (RedisError, OSError):
        logger.warning("bell_unavailable", key=key)


def _name(key: str) -> str:
    return f"bell:{key}"


class Ringer:
    """Rings for callers that must not wait for Redis, from a thread of its own, once for all who asked meanwhile.

    A ring begins after the last of those who asked for it, so each is heard; at the process's end too.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._starting = threading.Lock()
        self._ringing = threading.Lock()
        self._asked = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Returns at once. Never raises."""
        if self._thread is None or not self._thread.is_alive():  # no thread survives a fork
            self._start()
        self._asked.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                return
            self._ringing, self._asked = threading.Lock(), threading.Event()
            atexit.register(self._ring)
            self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._asked.wait():
            self._ring()
            time.sleep(_PAUSE_SECONDS)

    def _ring(self) -> None:
        with self._ringing:
            if self._asked.is_set():
                self._asked.clear()
                self._work()
