"""What must hold of the database and of what the providers were given, whatever was killed meanwhile.

Plain SQL over the tables and two lists from outside: what was accepted from the providers (answered 200),
and what the providers were given. No code of the product takes part in the judgement.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Cursor(Protocol):
    """psycopg's, or Django's."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that the product said it has. account: as the provider names the channel; sender: as the
    product writes it (+31..., or a mail address)."""

    medium: str
    account: str
    external_id: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Send:
    """One message that a provider was given. message_id: ours, as it travels with the message ("" if none
    does); account: whose credentials or number sent it."""

    medium: str
    account: str
    message_id: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject} {self.detail}".rstrip()


_TABLES = """
DROP TABLE IF EXISTS seen_accepted; DROP TABLE IF EXISTS seen_sends;
CREATE TEMPORARY TABLE seen_accepted (medium text, account text, external_id text, sender text, body text);
CREATE TEMPORARY TABLE seen_sends (medium text, account text, message_id text, recipient text, body text);
"""

# Rule -> what breaks it, as rows (subject, detail).
RULES: dict[str, str] = {
    "accepted but not stored": """
        SELECT accepted.external_id, accepted.medium || ' ' || accepted.account
          FROM seen_accepted AS accepted
         WHERE NOT EXISTS (
               SELECT FROM communication_messages AS message
                 JOIN business_entity_channels AS channel ON channel.id = message.channel_id
                WHERE message.direction = 'inbound' AND message.external_id = accepted.external_id
                  AND channel.channel_type = accepted.medium AND channel.provider_account = accepted.account)
    """,
    "stored twice": """
        SELECT external_id, count(*) || ' times'
          FROM communication_messages
         WHERE direction = 'inbound'
         GROUP BY external_id HAVING count(*) > 1
    """,
    "stored but never accepted": """
        SELECT message.external_id, message.id::text
          FROM communication_messages AS message
         WHERE message.direction = 'inbound'
           AND NOT EXISTS (SELECT FROM seen_accepted WHERE external_id = message.external_id)
    """,
    "stored with other words": """
        SELECT message.external_id, left(message.body, 60)
          FROM communication_messages AS message
          JOIN seen_accepted AS accepted ON accepted.external_id = message.external_id
         WHERE message.direction = 'inbound' AND rtrim(message.body, E' \\r\\n') <> accepted.body
    """,
    "stored under another sender": """
        SELECT message.external_id, accepted.sender
          FROM communication_messages AS message
          JOIN seen_accepted AS accepted ON accepted.external_id = message.external_id
          JOIN communication_threads AS thread ON thread.id = message.thread_id
         WHERE message.direction = 'inbound'
           AND NOT EXISTS (SELECT FROM contact_identifiers AS identifier
                            WHERE identifier.contact_id = thread.contact_id AND identifier.value = accepted.sender)
    """,
    "two open conversations": """
        SELECT contact_id::text, medium || ': ' || count(*)
          FROM communication_threads
         WHERE single_open AND status <> 'resolved'
         GROUP BY business_entity_id, contact_id, medium HAVING count(*) > 1
    """,
    "two contacts for one address": """
        SELECT value, count(DISTINCT contact_id) || ' contacts'
          FROM contact_identifiers
         GROUP BY business_entity_id, kind, value HAVING count(*) > 1
    """,
    "two automatic answers to one message": """
        SELECT answers_id::text, count(*) || ' answers'
          FROM communication_messages
         WHERE message_type = 'auto_response'
         GROUP BY answers_id HAVING count(*) > 1
    """,
    "two automatic answers in a day": """
        SELECT thread_id::text, later_by::text
          FROM (SELECT thread_id,
                       created_at - lag(created_at) OVER (PARTITION BY thread_id ORDER BY created_at, id) AS later_by
                  FROM communication_messages
                 WHERE message_type = 'auto_response'
                   AND data ->> 'situation' IS DISTINCT FROM 'emergency') AS answer
         WHERE later_by < interval '24 hours'
    """,
    "sent twice": """
        SELECT message_id, count(*) || ' times'
          FROM seen_sends
         WHERE message_id <> ''
         GROUP BY message_id HAVING count(*) > 1
    """,
    "sent without being in the outbox": """
        SELECT send.message_id, coalesce(item.state, 'no item')
          FROM seen_sends AS send
          -- An alert to a colleague is no message of a conversation; it travels under its item's own id.
          LEFT JOIN outbox_items AS item ON coalesce(item.message_id, item.id)::text = send.message_id
         WHERE send.message_id <> '' AND coalesce(item.state, '') NOT IN ('sent', 'unknown', 'sending')
    """,
    "said to be sent, but no provider has it": """
        SELECT item.message_id::text, channel.channel_type
          FROM outbox_items AS item
          JOIN business_entity_channels AS channel ON channel.id = item.channel_id
         WHERE item.state = 'sent' AND item.message_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM seen_sends WHERE message_id = item.message_id::text)
    """,
    "more notices sent than there are": """
        SELECT seen.account, seen.cards || ' of ' || coalesce(made.items, 0)
          FROM (SELECT account, count(*) AS cards FROM seen_sends WHERE medium = 'teams' GROUP BY account) AS seen
          LEFT JOIN (SELECT channel.channel_address AS account, count(*) AS items
                       FROM outbox_items AS item
                       JOIN business_entity_channels AS channel ON channel.id = item.channel_id
                      WHERE channel.channel_type = 'teams' AND item.state IN ('sent', 'unknown', 'sending')
                      GROUP BY 1) AS made USING (account)
         WHERE seen.cards > coalesce(made.items, 0)
    """,
    "sent by another brand's number": """
        SELECT send.message_id, send.account
          FROM seen_sends AS send
          JOIN communication_messages AS message ON message.id::text = send.message_id
          JOIN communication_threads AS thread ON thread.id = message.thread_id
         WHERE NOT EXISTS (
               SELECT FROM business_entity_channels AS channel
                WHERE channel.channel_type = send.medium AND channel.business_entity_id = thread.business_entity_id
                  AND send.account IN (channel.provider_account, channel.channel_address))
    """,
    "sent to somebody else": """
        SELECT send.message_id, 'conversation of ' || thread.contact_id
          FROM seen_sends AS send
          JOIN communication_messages AS message ON message.id::text = send.message_id
          JOIN communication_threads AS thread ON thread.id = message.thread_id
         WHERE NOT EXISTS (SELECT FROM contact_identifiers AS identifier
                            WHERE identifier.contact_id = thread.contact_id AND identifier.value = send.recipient)
    """,
    "sent with other words": """
        SELECT send.message_id, left(send.body, 60)
          FROM seen_sends AS send
          JOIN communication_messages AS message ON message.id::text = send.message_id
         WHERE send.medium IN ('whatsapp', 'sms') AND rtrim(send.body) <> rtrim(message.body)
    """,
    "stored at another brand": """
        SELECT accepted.external_id, entity.entity_code
          FROM seen_accepted AS accepted
          JOIN business_entity_channels AS channel
            ON channel.channel_type = accepted.medium AND channel.provider_account = accepted.account
          JOIN communication_messages AS message
            ON message.direction = 'inbound' AND message.external_id = accepted.external_id
          JOIN business_entities AS entity ON entity.id = message.business_entity_id
         WHERE message.business_entity_id <> channel.business_entity_id
    """,
    "rows of two brands that belong together": """
        SELECT 'message ' || message.id, 'of a conversation, sender or channel of another brand'
          FROM communication_messages AS message
          JOIN communication_threads AS thread ON thread.id = message.thread_id
          JOIN contacts AS contact ON contact.id = thread.contact_id
          JOIN business_entity_channels AS channel ON channel.id = message.channel_id
         WHERE message.business_entity_id <> ANY (
               ARRAY[thread.business_entity_id, contact.business_entity_id, channel.business_entity_id])
            OR thread.business_entity_id <> contact.business_entity_id
        UNION ALL
        SELECT 'conversation ' || thread.id, 'reached by or owned by a channel of another brand'
          FROM communication_threads AS thread
          JOIN business_entity_channels AS source ON source.id = thread.source_channel_id
          LEFT JOIN business_entity_channels AS owner ON owner.id = thread.channel_id
          LEFT JOIN communication_channels AS registry ON registry.business_entity_channel_id = owner.id
         WHERE source.business_entity_id <> thread.business_entity_id
            OR (owner.business_entity_id <> thread.business_entity_id
                AND coalesce(registry.entity_scope, 'single') = 'single')
        UNION ALL
        SELECT 'outbox item ' || item.id, 'leaves by a channel of another brand'
          FROM outbox_items AS item
          JOIN business_entity_channels AS channel ON channel.id = item.channel_id
          LEFT JOIN communication_messages AS message ON message.id = item.message_id
         WHERE item.business_entity_id <> channel.business_entity_id
            OR item.business_entity_id <> message.business_entity_id
        UNION ALL
        SELECT 'automatic answer ' || answer.id, 'answers a message of another brand'
          FROM communication_messages AS answer
          JOIN communication_messages AS question ON question.id = answer.answers_id
         WHERE answer.business_entity_id <> question.business_entity_id OR answer.thread_id <> question.thread_id
    """,
    "routed to another brand": """
        SELECT log.id::text, 'to ' || target.channel_code
          FROM message_routing_logs AS log
          JOIN business_entity_channels AS target ON target.id = log.target_channel_id
          JOIN communication_threads AS thread ON thread.id = log.thread_id
          LEFT JOIN communication_channels AS registry ON registry.business_entity_channel_id = target.id
         WHERE log.business_entity_id <> thread.business_entity_id
            OR (target.business_entity_id <> log.business_entity_id
                AND coalesce(registry.entity_scope, 'single') = 'single')
    """,
    "no reason on record": """
        SELECT message.external_id, message.id::text
          FROM communication_messages AS message
         WHERE message.direction = 'inbound'
           AND NOT EXISTS (SELECT FROM message_routing_logs AS log
                            WHERE log.communication_message_id = message.id AND NOT log.manual_override)
    """,
    "routed twice": """
        SELECT communication_message_id::text, count(*) || ' decisions'
          FROM message_routing_logs
         WHERE NOT manual_override AND communication_message_id IS NOT NULL
         GROUP BY communication_message_id HAVING count(*) > 1
    """,
    "an answer that was promised and not written": """
        SELECT log.communication_message_id::text, log.auto_response
          FROM message_routing_logs AS log
          JOIN communication_messages AS message ON message.id = log.communication_message_id
         WHERE log.auto_response <> '' AND NOT log.manual_override
           AND NOT EXISTS (SELECT FROM communication_messages AS answer
                            WHERE answer.answers_id = message.id AND answer.message_type = 'auto_response')
    """,
    "an answer that never reached the outbox": """
        SELECT message.id::text, message.state
          FROM communication_messages AS message
         WHERE message.message_type = 'auto_response'
           AND NOT EXISTS (SELECT FROM outbox_items AS item WHERE item.message_id = message.id)
    """,
    "a waiting customer without a clock": """
        SELECT thread.reference_number, thread.waiting_since::text
          FROM communication_threads AS thread
         WHERE thread.waiting_since IS NOT NULL AND thread.channel_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM sla_timers AS timer
                            WHERE timer.thread_id = thread.id AND timer.state IN ('running', 'breached'))
    """,
    "stuck": """
        SELECT 'receipt ' || id, state FROM inbound_receipts WHERE state = 'pending'
        UNION ALL
        SELECT 'outbox item ' || item.id, item.state || ' ' || item.error_code
          FROM outbox_items AS item WHERE item.state IN ('queued', 'claimed', 'sending')
        UNION ALL
        SELECT 'attachment ' || id, note FROM message_attachments WHERE state = 'pending'
    """,
    "quarantined": """
        SELECT 'receipt ' || id, reason FROM inbound_receipts WHERE state = 'quarantined'
    """,
    "given up": """
        SELECT 'outbox item ' || id, error_code FROM outbox_items WHERE state = 'failed'
        UNION ALL
        SELECT 'attachment ' || id, note FROM message_attachments WHERE state = 'failed'
    """,
}  # fmt: skip
MISSING_FILE = "a stored attachment without its bytes"

_OWN_MESSAGE_ID = re.compile(r"<m\.([0-9a-f]{32})\.")


def message_of_mail(message_id: str) -> str:
    """Our own id out of the Message-ID of a mail we sent; "" when it is not one of ours."""
    found = _OWN_MESSAGE_ID.match(message_id.strip())
    if found is None:
        return ""
    digits = found[1]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def violations(
    cursor: Cursor,
    *,
    accepted: Iterable[Accepted],
    sends: Iterable[Send],
    open_attachment: Callable[[str], Path] | None = None,
) -> list[Violation]:
    """Everything that does not hold, rule by rule. open_attachment: from an attachment's name in the storage
    to its file; without it no file is looked at."""
    for statement in filter(str.strip, _TABLES.split(";")):
        cursor.execute(statement)
    _fill(cursor, "seen_accepted", [(a.medium, a.account, a.external_id, a.sender, a.text) for a in accepted])
    _fill(cursor, "seen_sends", [(s.medium, s.account, s.message_id, s.recipient, s.text) for s in sends])
    cursor.execute("ANALYZE seen_accepted")
    cursor.execute("ANALYZE seen_sends")
    found = []
    for rule, query in RULES.items():
        cursor.execute(query)
        found += [Violation(rule, str(subject), str(detail)) for subject, detail in cursor.fetchall()]
    if open_attachment is not None:
        found += _missing_files(cursor, open_attachment)
    return found


def counts(cursor: Cursor) -> dict[str, int]:
    """How much there is, for the report."""
    cursor.execute(
        """
        SELECT 'receipts', count(*) FROM inbound_receipts
        UNION ALL SELECT 'messages received', count(*) FROM communication_messages WHERE direction = 'inbound'
        UNION ALL SELECT 'conversations', count(*) FROM communication_threads
        UNION ALL SELECT 'decisions', count(*) FROM message_routing_logs
        UNION ALL SELECT 'attachments', count(*) FROM message_attachments WHERE state = 'stored'
        UNION ALL SELECT 'outgoing ' || state, count(*) FROM outbox_items GROUP BY state
        """
    )
    return {str(name): int(count) for name, count in cursor.fetchall()}


def _fill(cursor: Cursor, table: str, rows: list[tuple[str, str, str, str, str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    cursor.execute(
        f"INSERT INTO {table} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])",
        columns,
    )


def _missing_files(cursor: Cursor, open_attachment: Callable[[str], Path]) -> Iterable[Violation]:
    cursor.execute("SELECT id, file, sha256 FROM message_attachments WHERE state = 'stored'")
    for attachment, name, digest in cursor.fetchall():
        file = open_attachment(name)
        if not name or not file.is_file():
            yield Violation(MISSING_FILE, str(attachment), name)
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield Violation(MISSING_FILE, str(attachment), "other bytes")
