"""What became of our messages. Statuses come late, twice and in any order; the outcome is the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channels_app.bulk import bulk_insert, clean_record, fetch_all, json_text
from channels_app.models import CommunicationMessage
from channels_app.models.base import new_id
from channels_app.providers.base import StatusUpdate
from channels_app.selectors.directory import ChannelRef

State = CommunicationMessage.State

# A message only ever rises in this order, so that redelivery and reordering change nothing. A failure
# outranks "sent" (accepted, then bounced) but not proof of delivery.
STATE_RANK = {
    State.HELD: 0,
    State.QUEUED: 1,
    State.SENDING: 2,
    State.UNKNOWN: 3,
    State.SENT: 4,
    State.FAILED: 5,
    State.DELIVERED: 6,
    State.READ: 7,
    State.PLAYED: 8,
}


def rank_sql(column: str) -> str:
    """The rank of a state column, as an SQL expression; 99 for states that statuses do not change."""
    cases = " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in STATE_RANK.items())
    return f"(CASE {column} {cases} ELSE 99 END)"


@dataclass(slots=True, eq=False)
class PlacedStatus:
    """A status and the channel whose account it came from."""

    update: StatusUpdate
    channel: ChannelRef

    def __post_init__(self) -> None:
        self.update = clean_record(self.update)


def statuses_apply(statuses: Sequence[PlacedStatus], *, now: datetime) -> None:
    """Keep every status and bring the messages they are about up to date: five statements."""
    messages = _messages_of(statuses)
    rows = []
    for placed in statuses:
        update = placed.update
        external_id = update.external_id
        message_id = messages.get((placed.channel.entity_id, external_id, update.message_id))
        failure = update.failure
        rows.append(
            (
                new_id(), now, placed.channel.id, message_id, external_id, update.state.value, update.at,
                failure.code[:40] if failure else "",
                failure.text[:500] if failure else "", json_text(dict(update.data)),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (row[2], row[4], row[5], row[6]))
    bulk_insert(
        "message_status_events",
        {
            "id": "uuid", "created_at": "timestamptz", "channel_id": "uuid", "message_id": "uuid",
            "external_id": "text", "state": "text", "occurred_at": "timestamptz", "error_code": "text",
            "error_text": "text", "data": "jsonb",
        },
        rows,
        on_conflict="DO NOTHING",
    )  # fmt: skip
    bring_up_to_date({message_id for message_id in messages.values() if message_id is not None}, now=now)


def _messages_of(
    statuses: Sequence[PlacedStatus],
) -> dict[tuple[UUID, str, UUID | None], UUID | None]:
    """Which message each (brand, external id, echoed id) is about. Never a message of another brand."""
    keys = list(
        dict.fromkeys(
            (placed.channel.entity_id, placed.update.external_id, placed.update.message_id)
            for placed in statuses
        )
    )
    rows = fetch_all(
        """
        SELECT given.position, message.id
          FROM unnest(%b::int[], %b::uuid[], %b::text[]) AS given(position, entity_id, external_id)
          JOIN business_entity_channels AS channel ON channel.business_entity_id = given.entity_id
          JOIN communication_messages AS message
            ON message.channel_id = channel.id
           AND message.external_id = given.external_id
           AND message.external_id <> ''
         WHERE message.direction = 'outbound'
        UNION ALL
        SELECT given.position, message.id
          FROM unnest(%b::int[], %b::uuid[], %b::uuid[]) AS given(position, entity_id, message_id)
          JOIN communication_messages AS message
            ON message.id = given.message_id
           AND message.business_entity_id = given.entity_id
         WHERE message.direction = 'outbound'
        """,
        [
            list(range(len(keys))),
            [key[0] for key in keys],
            [key[1] for key in keys],
            list(range(len(keys))),
            [key[0] for key in keys],
            [key[2] for key in keys],
        ],
    )
    found = dict(rows)
    return {key: found.get(position) for position, key in enumerate(keys)}


def statuses_adopt(*, channel_id: UUID, external_id: str, message_id: UUID, now: datetime) -> None:
    """Take the statuses that came in before we had recorded the provider's id of this message."""
    fetch_all(
        """
        UPDATE message_status_events SET message_id = %s
         WHERE channel_id = %s AND external_id = %s AND message_id IS NULL
        RETURNING id
        """,
        [message_id, channel_id, external_id],
    )
    bring_up_to_date({message_id}, now=now)


def bring_up_to_date(message_ids: Iterable[UUID], *, now: datetime) -> None:
    """Derive the state of messages from all their statuses, and settle their outbox items."""
    ids = sorted(message_ids)
    # Locked first, in one order: statuses that another worker just committed are then part of what the
    # next statement reads, and two workers cannot wait for each other.
    fetch_all(
        "SELECT id FROM communication_messages WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", [ids]
    )
    fetch_all(
        f"""
        WITH told AS (
            SELECT event.message_id,
                   (array_agg(event.state ORDER BY {rank_sql("event.state")} DESC))[1] AS state,
                   max(event.external_id) AS external_id,
                   min(event.occurred_at) FILTER (WHERE event.state = 'delivered') AS delivered_at,
                   min(event.occurred_at) FILTER (WHERE event.state IN ('read', 'played')) AS read_at,
                   (array_agg(event.error_code ORDER BY event.occurred_at DESC, event.error_code)
                        FILTER (WHERE event.state = 'failed'))[1] AS error_code,
                   (array_agg(event.error_text ORDER BY event.occurred_at DESC, event.error_code)
                        FILTER (WHERE event.state = 'failed'))[1] AS error_text
              FROM message_status_events AS event
             WHERE event.message_id = ANY(%s::uuid[])
             GROUP BY event.message_id
             ORDER BY event.message_id)
        UPDATE communication_messages AS message
           SET state = CASE WHEN {rank_sql("told.state")} > {rank_sql("message.state")}
                            THEN told.state ELSE message.state END,
               external_id = CASE WHEN message.external_id = '' THEN told.external_id
                                  ELSE message.external_id END,
               delivered_at = told.delivered_at,
               read_at = told.read_at,
               error_code = CASE WHEN {rank_sql("told.state")} <= {rank_sql("'failed'")}
                                 THEN coalesce(told.error_code, message.error_code) ELSE '' END,
               error_text = CASE WHEN {rank_sql("told.state")} <= {rank_sql("'failed'")}
                                 THEN coalesce(told.error_text, message.error_text) ELSE '' END
          FROM told
         WHERE message.id = told.message_id
        RETURNING message.id
        """,  # noqa: S608 the expressions are ours
        [ids],
    )
    fetch_all(
        """
        UPDATE outbox_items AS item
           SET state = CASE WHEN message.state = 'failed' THEN 'failed' ELSE 'sent' END,
               finished_at = %s
          FROM communication_messages AS message
         WHERE item.message_id = ANY(%s::uuid[])
           AND message.id = item.message_id
           AND message.state IN ('sent', 'failed', 'delivered', 'read', 'played')
           AND item.state IN ('queued', 'claimed', 'sending', 'unknown')
        RETURNING item.id
        """,
        [now, ids],
    )
