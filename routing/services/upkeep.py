"""What time does to conversations: the snoozed wake up, the silent are resolved, promises follow the hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import transaction

from channels_app.bulk import fetch_all
from channels_app.selectors.directory import configuration_version
from routing.models import StaffNotice, ThreadEvent
from routing.selectors.brands import brand_profile
from routing.services.desk.trail import written_many

Rows = list[tuple[Any, ...]]

BATCH = 500
DEFAULT_IDLE_DAYS = 14
# A batch that began before a change of the configuration may still start clocks by the old one.
SETTLED_AFTER = timedelta(minutes=5)


def threads_wake(*, now: datetime) -> int:
    """Open the conversations whose snooze is over, and tell who works on them; how many."""
    return _in_batches(
        """
        UPDATE communication_threads SET status = 'open', snoozed_until = NULL, updated_at = %s
         WHERE id IN (SELECT id FROM communication_threads
                       WHERE status = 'snoozed' AND snoozed_until <= %s
                       ORDER BY snoozed_until LIMIT %s FOR UPDATE SKIP LOCKED)
        RETURNING business_entity_id, id, assignee_id, subject
        """,
        [now, now, BATCH],
        partial(_woken, now=now),
    )


def _woken(rows: Rows, *, now: datetime) -> None:
    woken = ThreadEvent.Kind.WOKEN
    written_many(
        ((brand, thread, woken, {"by_time": True}) for brand, thread, _, _ in rows), user=None, now=now
    )
    StaffNotice.objects.bulk_create(
        StaffNotice(
            created_at=now, business_entity_id=brand, thread_id=thread, user_id=assignee, kind=StaffNotice.Kind.WOKEN,
            preview=subject[:200],
        )
        for brand, thread, assignee, subject in rows
        if assignee is not None
    )  # fmt: skip


def _fell_silent(rows: Rows, *, now: datetime) -> None:
    resolved = ThreadEvent.Kind.RESOLVED
    written_many(((brand, thread, resolved, {"silent": True}) for brand, thread in rows), user=None, now=now)


def threads_resolve_idle(*, now: datetime) -> int:
    """Resolve the conversations in which the customer has been silent too long; how many.

    How long is too long the owning channel says (`idle_resolve_days`).
    """
    return _in_batches(
        """
        UPDATE communication_threads SET status = 'resolved', resolved_at = %s, updated_at = %s
         WHERE id IN (SELECT thread.id FROM communication_threads AS thread
                        LEFT JOIN business_entity_channels AS channel ON channel.id = thread.channel_id
                       WHERE thread.status = 'waiting' AND thread.last_message_at
                             < %s::timestamptz - make_interval(days => coalesce(channel.idle_resolve_days, %s))
                       ORDER BY thread.last_message_at LIMIT %s FOR UPDATE OF thread SKIP LOCKED)
        RETURNING business_entity_id, id
        """,
        [now, now, now, DEFAULT_IDLE_DAYS, BATCH],
        partial(_fell_silent, now=now),
    )


def clocks_follow_configuration(*, now: datetime) -> int:
    """Recalculate the running clocks after a change of hours, holidays or promises; how many moved.

    The cache only remembers that a configuration has been dealt with; without it the work is done again.
    """
    version = configuration_version()
    settled = f"sla:settled:{version}"
    if cache.get(settled):
        return 0
    first_seen = cache.get_or_set(f"sla:seen:{version}", now, timeout=24 * 3600) or now
    moved = clocks_recalculate(now=now)
    if now - first_seen >= SETTLED_AFTER:
        cache.set(settled, True, timeout=None)
    return moved


def clocks_recalculate(*, now: datetime) -> int:
    """Set the due and warning time of every running clock by today's hours and promises; how many moved.

    A promise that is kept after all by the new hours loses its breach; one that is broken by them gets
    its breach from the next sweep.
    """
    moved = 0
    last = UUID(int=0)
    while True:
        count, moved_now, last = _recalculate(last, now)
        moved += moved_now
        if count < BATCH:
            return moved


@transaction.atomic
def _recalculate(after: UUID, now: datetime) -> tuple[int, int, UUID]:
    version = configuration_version()
    clocks = fetch_all(
        """
        SELECT timer.id, timer.business_entity_id, timer.channel_id, timer.started_at, timer.due_at, timer.warn_at
          FROM sla_timers AS timer
          JOIN communication_threads AS thread ON thread.id = timer.thread_id
         WHERE timer.state = 'running' AND timer.id > %s
         ORDER BY timer.id LIMIT %s
           FOR UPDATE OF thread
        """,
        [after, BATCH],
    )
    changed: list[tuple[UUID, datetime, datetime | None]] = []
    for clock_id, entity_id, channel_id, started, due, warn in clocks:
        profile = brand_profile(entity_id, version).channels.get(channel_id)
        if profile is None:
            continue
        new_due = profile.calendar.due(started, profile.channel.sla_response_minutes)
        minutes = profile.escalation.warn_before_minutes
        new_warn = None if minutes is None else max(started, new_due - timedelta(minutes=minutes))
        if (new_due, new_warn) != (due, warn):
            changed.append((clock_id, new_due, new_warn))
    if changed:
        fetch_all(
            """
            WITH given AS (SELECT * FROM unnest(%b::uuid[], %b::timestamptz[], %b::timestamptz[])
                                  AS given(id, due, warn)),
            timer AS (
                UPDATE sla_timers AS timer
                   SET due_at = given.due, warn_at = given.warn,
                       warned_at = CASE WHEN timer.due_at = given.due OR given.warn <= %s
                                        THEN timer.warned_at END,
                       breached_at = CASE WHEN timer.due_at = given.due THEN timer.breached_at END
                  FROM given WHERE timer.id = given.id
                RETURNING timer.thread_id, given.due)
            UPDATE communication_threads AS thread SET response_due_at = timer.due, updated_at = %s
              FROM timer WHERE thread.id = timer.thread_id
            RETURNING thread.id
            """,
            [[c[0] for c in changed], [c[1] for c in changed], [c[2] for c in changed], now, now],
        )
    return len(clocks), len(changed), clocks[-1][0] if clocks else after


def _in_batches(statement: str, parameters: list[object], done: Callable[[Rows], None]) -> int:
    """Repeat a statement until it finds fewer than a batch; `done` is told of the rows of each."""
    total = 0
    while True:
        with transaction.atomic():
            rows = fetch_all(statement, parameters)
            done(rows)
            count = len(rows)
        total += count
        if count < BATCH:
            return total
