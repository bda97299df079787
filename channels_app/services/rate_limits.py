"""Ceilings of providers and of public pages, kept in Redis: forgetting them costs a refusal and a retry,
never a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import redis
import structlog

from channels_app.providers.base import RateLimits
from channels_app.redis_client import redis_client

logger = structlog.get_logger(__name__)

# Generic cell rate algorithm: the key holds the moment at which the bucket is empty again, in
# microseconds. Returns 0 when the message may go, else how long to wait.
_GCRA = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = empty_at - now - interval * (burst - 1)
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', empty_at + interval), 'PX', math.ceil(interval * burst / 1000) + 1000)
return 0
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a place; whether the whole account has to, or only this recipient."""

    duration: timedelta
    whole_account: bool


def place_or_wait(limits: RateLimits, *, account: str, recipient: str) -> Wait | None:
    """Take a place for one message; None when it has one and may be sent now."""
    buckets = []
    if limits.account_per_second is not None:
        interval = timedelta(seconds=1 / limits.account_per_second)
        buckets.append((f"limit:account:{account}", interval, max(1, int(limits.account_per_second)), True))
    if limits.recipient_interval is not None:
        pair = f"limit:pair:{account}:{recipient}"
        buckets.append((pair, limits.recipient_interval, limits.recipient_burst, False))
    for key, interval, burst, whole_account in buckets:
        if wait := take_place(key, interval, burst):
            return Wait(wait, whole_account)
    return None


def take_place(key: str, interval: timedelta, burst: int) -> timedelta:
    """Take one place in a bucket that refills every `interval` and holds `burst`; zero when there was one,
    else how long until there is. Without Redis there always is."""
    try:
        wait = redis_client().eval(_GCRA, 1, key, str(int(interval / timedelta(microseconds=1))), str(burst))
    except redis.RedisError:
        logger.warning("rate_limits_unavailable")
        return timedelta(0)
    return timedelta(microseconds=int(wait))
