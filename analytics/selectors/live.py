"""Conversations at this moment, counted once for every brand and department; one index scan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from channels_app.bulk import fetch_all

AT_RISK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Unresolved conversations of one brand that one department owns (None: nobody).

    current counts them all, the others leave out what is set aside (automated mail).
    """

    entity_id: UUID | None
    channel_id: UUID | None
    current: int
    open: int
    waiting: int  # the customer waits for an answer
    overdue: int  # longer than promised
    at_risk: int  # the promise ends within half an hour
    backlog: int  # nobody has answered yet
    oldest_wait: datetime | None


def open_work(entity_ids: Sequence[UUID], channel_ids: Sequence[UUID], now: datetime) -> list[OpenWork]:
    """All that is open in these brands, and what these channels own of others (a shared desk)."""
    return [
        OpenWork(*row)
        for row in fetch_all(
            """
            SELECT business_entity_id, channel_id, count(*), count(*) FILTER (WHERE NOT set_aside),
                   count(waiting_since) FILTER (WHERE NOT set_aside),
                   count(*) FILTER (WHERE NOT set_aside AND response_due_at < %s),
                   count(*) FILTER (WHERE NOT set_aside AND response_due_at >= %s AND response_due_at < %s),
                   count(*) FILTER (WHERE NOT set_aside AND first_response_at IS NULL
                                      AND waiting_since IS NOT NULL),
                   min(waiting_since) FILTER (WHERE NOT set_aside)
              FROM communication_threads
             WHERE status <> 'resolved'
               AND (business_entity_id = ANY(%s::uuid[]) OR channel_id = ANY(%s::uuid[]))
             GROUP BY business_entity_id, channel_id
            """,
            [now, now, now + AT_RISK, list(entity_ids), list(channel_ids)],
        )
    ]


def in_total(parts: Iterable[OpenWork]) -> OpenWork:
    """The parts added up."""
    parts = list(parts)
    return OpenWork(
        None,
        None,
        current=sum(part.current for part in parts),
        open=sum(part.open for part in parts),
        waiting=sum(part.waiting for part in parts),
        overdue=sum(part.overdue for part in parts),
        at_risk=sum(part.at_risk for part in parts),
        backlog=sum(part.backlog for part in parts),
        oldest_wait=min((part.oldest_wait for part in parts if part.oldest_wait), default=None),
    )
