"""The messages that began conversations, as routing saw them then, for replaying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channels_app.bulk import fetch_all


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The first message of a conversation, and what became of it.

    recent: departments of the sender's earlier conversations, newest first. routed_to, routed_action: what
    routing decided then; None when nothing was logged. moved_to: where people moved it since, "" when they
    did not.
    """

    thread_id: UUID
    reference: str
    medium: str
    channel_id: UUID
    subject: str
    text: str
    automated: str
    sender: str
    contact_kind: str
    sent_at: datetime
    received_at: datetime
    recent: list[str]
    routed_to: str | None
    routed_action: str | None
    moved_to: str


_COUNT = """
    SELECT count(*) FROM communication_threads AS thread
     WHERE thread.business_entity_id = %s AND thread.created_at >= %s AND thread.created_at < %s
"""

_FIRST_MESSAGES = """
    WITH begun AS MATERIALIZED (
        SELECT thread.id, thread.reference_number, thread.medium, thread.contact_id, thread.created_at
          FROM communication_threads AS thread
         WHERE thread.business_entity_id = %s AND thread.created_at >= %s AND thread.created_at < %s
           AND (%s::uuid IS NULL OR thread.id > %s::uuid)
         ORDER BY thread.id LIMIT %s)
    SELECT begun.id, begun.reference_number, begun.medium, message.channel_id, message.subject,
           coalesce(message.new_text, message.body),
           CASE WHEN message.automated <> '' THEN message.automated
                WHEN contact.blocked_at <= message.created_at THEN 'spam'
                WHEN message.kind IN ('reaction', 'revoke', 'system') THEN 'system'
                ELSE '' END,
           message.sender, contact.kind,
           message.sent_at, message.created_at,
           ARRAY(SELECT owner.channel_code
                   FROM communication_threads AS earlier
                   JOIN business_entity_channels AS owner ON owner.id = earlier.channel_id
                  WHERE earlier.contact_id = begun.contact_id AND earlier.created_at < begun.created_at
                    AND earlier.id <> begun.id AND NOT earlier.set_aside
                  ORDER BY earlier.last_message_at DESC LIMIT 5),
           routed.code, routed.action, coalesce(moved.code, '')
      FROM begun
      JOIN contacts AS contact ON contact.id = begun.contact_id
      LEFT JOIN LATERAL (
           SELECT * FROM communication_messages AS first
            WHERE first.thread_id = begun.id AND first.direction = 'inbound'
            ORDER BY first.sent_at, first.id LIMIT 1) AS message ON true
      LEFT JOIN LATERAL (
           SELECT target.channel_code AS code, log.action
             FROM message_routing_logs AS log
             LEFT JOIN business_entity_channels AS target ON target.id = log.target_channel_id
            WHERE log.communication_message_id = message.id AND NOT log.manual_override
            ORDER BY log.id LIMIT 1) AS routed ON true
      LEFT JOIN LATERAL (
           SELECT target.channel_code AS code
             FROM message_routing_logs AS log
             JOIN business_entity_channels AS target ON target.id = log.target_channel_id
            WHERE log.thread_id = begun.id AND log.manual_override
            ORDER BY log.id DESC LIMIT 1) AS moved ON true
     ORDER BY begun.id
"""


def count_begun(entity_id: UUID, *, since: datetime, until: datetime) -> int:
    """How many conversations of a brand began in a period."""
    return int(fetch_all(_COUNT, [entity_id, since, until])[0][0])


def first_messages(
    entity_id: UUID, *, since: datetime, until: datetime, after: UUID | None, limit: int
) -> tuple[list[FirstMessage], int, UUID | None]:
    """The first messages of the next conversations in order of their id, how many conversations that were
    (those that the brand began have no customer's message), and the last one's id. One query.
    """
    rows = fetch_all(_FIRST_MESSAGES, [entity_id, since, until, after, after, limit])
    found = [FirstMessage(*row) for row in rows if row[3] is not None]
    return found, len(rows), rows[-1][0] if rows else None
