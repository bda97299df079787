"""Response clocks: started with a customer's message, stopped by a person's answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channels_app.bulk import bulk_insert, fetch_all
from channels_app.models import BusinessEntityChannel
from channels_app.models.base import new_id
from routing.models import SlaTimer
from routing.selectors.brands import channel_calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """A clock to start, or to hand to another department when the conversation already has one."""

    entity_id: UUID
    thread_id: UUID
    message_id: UUID
    channel_id: UUID
    started_at: datetime
    due_at: datetime
    warn_minutes: int | None
    first_response: bool


def clocks_start(rows: Sequence[ClockRow]) -> None:
    """Start or move clocks; one statement."""
    latest = {row.thread_id: row for row in rows}  # a thread that moved twice in one batch
    first_message = {row.thread_id: row.message_id for row in reversed(rows)}
    bulk_insert(
        "sla_timers",
        {
            "id": "uuid", "business_entity_id": "uuid", "thread_id": "uuid", "message_id": "uuid",
            "channel_id": "uuid", "started_at": "timestamptz", "due_at": "timestamptz",
            "warn_at": "timestamptz", "first_response": "boolean",
        },
        [
            (
                new_id(), row.entity_id, row.thread_id, first_message[row.thread_id], row.channel_id,
                row.started_at, row.due_at, _warn_at(row), row.first_response,
            )
            for row in sorted(latest.values(), key=lambda row: row.thread_id)
        ],
        on_conflict="(thread_id) WHERE state = 'running' DO UPDATE SET channel_id = EXCLUDED.channel_id, "
        "due_at = EXCLUDED.due_at, warn_at = EXCLUDED.warn_at",
    )  # fmt: skip


def _warn_at(row: ClockRow) -> datetime | None:
    if row.warn_minutes is None:
        return None
    return max(row.started_at, row.due_at - timedelta(minutes=row.warn_minutes))


def clocks_stop(answers: Iterable[tuple[UUID, datetime]]) -> None:
    """Stop the running clocks of conversations that a person answered: (thread, moment).

    Elapsed and business minutes are fixed at that moment, by the hours that hold then.
    """
    moments: dict[UUID, datetime] = {}
    for thread_id, at in answers:
        moments[thread_id] = min(at, moments.get(thread_id, at))
    if not moments:
        return
    timers = list(
        SlaTimer.objects.filter(thread_id__in=moments, state=SlaTimer.State.RUNNING)
        .order_by("id")
        .select_for_update(of=("self",))
    )
    calendars = {
        channel.id: channel_calendar(channel)
        for channel in BusinessEntityChannel.objects.filter(
            id__in={timer.channel_id for timer in timers}
        ).select_related("business_entity")
    }
    values = []
    for timer in timers:
        at = max(moments[timer.thread_id], timer.started_at)
        late = at > timer.due_at
        values.append(
            (
                timer.id,
                at,
                round((at - timer.started_at).total_seconds() / 60, 2),
                round(calendars[timer.channel_id].minutes_between(timer.started_at, at), 2),
                SlaTimer.State.BREACHED if late else SlaTimer.State.MET,
                timer.breached_at or (timer.due_at if late else None),
            )
        )
    columns: list[list[Any]] = [list(column) for column in zip(*values, strict=True)] or [
        [] for _ in range(6)
    ]
    fetch_all(
        """
        UPDATE sla_timers AS timer
           SET answered_at = given.at, elapsed_minutes = given.elapsed, business_minutes = given.business,
               state = given.state, breached_at = given.breached_at
          FROM unnest(%b::uuid[], %b::timestamptz[], %b::numeric[], %b::numeric[], %b::text[],
                      %b::timestamptz[]) AS given(id, at, elapsed, business, state, breached_at)
         WHERE timer.id = given.id
        RETURNING timer.id
        """,
        columns,
    )


def clocks_cancel(thread_ids: Iterable[UUID]) -> None:
    """Stop clocks that nobody has to answer any more (resolved without an answer, spam)."""
    SlaTimer.objects.filter(thread_id__in=list(thread_ids), state=SlaTimer.State.RUNNING).update(
        state=SlaTimer.State.CANCELLED
    )
