"""Redis is only the bell: ringing it may fail, and the sweep then finds what waits in PostgreSQL."""

from __future__ import annotations

import math
from typing import Any

import structlog
from celery import Task
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

# A ring that was lost with its worker must not silence the next one for long.
_RUNG_SECONDS = 5


def ring(task: Task[Any, Any], *, key: str, after_seconds: float = 0, **arguments: str | bool) -> None:
    """Ask for a task unless it has been asked for under this key and not yet begun. Never raises.

    key: "" asks in any case. after_seconds: for what may leave only a moment later; a few seconds, since a
    longer wait belongs in a row.
    """
    try:
        if not key or cache.add(f"bell:{key}", 1, timeout=_RUNG_SECONDS + math.ceil(after_seconds)):
            task.apply_async(kwargs=arguments, countdown=after_seconds, retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("bell_unavailable", task=task.name)


def answered(key: str) -> None:
    """Say that the task has begun: whatever comes in from now on must ring again."""
    try:
        cache.delete(f"bell:{key}")
    except (RedisError, OSError):
        logger.warning("bell_unavailable", key=key)
