"""Who is at work, and who has which conversation open.

"Has this open" lives in the cache only: it is true for seconds, and without a cache nobody has anything
open. Whether somebody takes new work is a row (`StaffPresence`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import EllipsisType
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from channels_app.bulk import bulk_insert
from channels_app.models.base import new_id
from routing.models import StaffPresence
from routing.services.desk.trail import name_of
from routing.services.giving_back import threads_give_back

logger = structlog.get_logger(__name__)

OPEN_FOR = timedelta(seconds=30)
"""How long a conversation counts as open after the last sign of life; pages give one about every 10 s."""
PRESENT_FOR = timedelta(minutes=15)
"""How long somebody counts as at work after the last sign of life."""
_ROWS_AT_MOST_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has a conversation open; `writing` when their composer holds text."""

    user_id: int
    name: str
    writing: bool


def thread_opened(*, thread_id: UUID, user: Any, now: datetime, writing: bool = False) -> None:
    """A sign of life of somebody who has this conversation open. Never raises for a missing cache."""
    opened = _of([user.pk]).get(user.pk, {})
    opened = {key: seen for key, seen in opened.items() if seen[0] > (now - OPEN_FOR).timestamp()}
    opened[str(thread_id)] = (now.timestamp(), writing)
    _keep(user.pk, opened)


def thread_closed(*, thread_id: UUID, user: Any) -> None:
    """The user went elsewhere."""
    opened = _of([user.pk]).get(user.pk, {})
    if opened.pop(str(thread_id), None) is not None:
        _keep(user.pk, opened)


def viewers(
    thread_ids: Iterable[UUID], people: Sequence[Any], *, now: datetime, but: Any = None
) -> dict[UUID, tuple[Viewer, ...]]:
    """Who of these people has which of these conversations open; one look-up in the cache for all of them.

    people: users, e.g. `routing.selectors.colleagues`. but: the user who asks, left out.
    """
    wanted = {str(thread_id): thread_id for thread_id in thread_ids}
    found: dict[UUID, list[Viewer]] = defaultdict(list)
    known = {person.pk: person for person in people if but is None or person.pk != but.pk}
    for user_id, opened in _of(known).items():
        for key, (at, writing) in opened.items():
            if key in wanted and at > (now - OPEN_FOR).timestamp():
                found[wanted[key]].append(Viewer(user_id, name_of(known[user_id]), writing))
    return {thread_id: tuple(who) for thread_id, who in found.items()}


def staff_seen(*, user: Any, now: datetime) -> None:
    """A sign of life of somebody at work; written at most once a minute."""
    bulk_insert(
        "staff_presence",
        {"id": "uuid", "created_at": "timestamptz", "user_id": "integer", "last_seen_at": "timestamptz"},
        [(new_id(), now, user.pk, now)],
        on_conflict="(user_id) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at "
        "WHERE staff_presence.last_seen_at IS NULL OR staff_presence.last_seen_at < "
        f"EXCLUDED.last_seen_at - interval '{int(_ROWS_AT_MOST_EVERY.total_seconds())} seconds'",
    )


def availability_set(
    *,
    user: Any,
    available: bool,
    now: datetime,
    give_back: bool = False,
    capacity: int | EllipsisType | None = ...,
) -> int:
    """Set the user's own switch; with `give_back` what they have in hand returns to the teams.

    capacity: how many open conversations they can carry, None for no limit; left out, it stays. How many
    conversations were given back.
    """
    values: dict[str, Any] = {"is_available": available, "changed_at": now, "last_seen_at": now}
    if capacity is not ...:
        values["capacity"] = capacity
    StaffPresence.objects.update_or_create(user=user, defaults=values)
    return threads_give_back(user=user, now=now) if give_back and not available else 0


def is_available(user: Any) -> bool:
    """The user's own switch; on until they turn it off."""
    row = StaffPresence.objects.filter(user=user).only("is_available").first()
    return row is None or row.is_available


def _key(user_id: int) -> str:
    return f"desk:open:{user_id}"


def _of(user_ids: Iterable[int]) -> dict[int, dict[str, tuple[float, bool]]]:
    keys = {_key(user_id): user_id for user_id in user_ids}
    if not keys:
        return {}
    try:
        return {keys[key]: opened for key, opened in cache.get_many(keys).items()}
    except (RedisError, OSError):
        logger.warning("presence_unavailable")
        return {}


def _keep(user_id: int, opened: dict[str, tuple[float, bool]]) -> None:
    try:
        cache.set(_key(user_id), opened, timeout=int(OPEN_FOR.total_seconds()))
    except (RedisError, OSError):
        logger.warning("presence_unavailable")
