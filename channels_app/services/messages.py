"""Storing messages, their attachments and what is to be sent, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.bulk import array_text, bulk_insert, json_text
from channels_app.models import Attachment, CommunicationMessage, OutboxItem
from channels_app.models.base import new_id
from channels_app.providers.base import AttachmentContent, InboundAttachment
from channels_app.services.files import StorageUnavailable, file_keep, storage_trouble
from channels_app.services.intake import Envelope, LostRace
from channels_app.services.threads import ThreadRow

Message = CommunicationMessage


@dataclass(slots=True, kw_only=True)
class MessageRow:
    """One row of communication_messages, inbound or outbound."""

    id: UUID
    entity_id: UUID
    thread_id: UUID
    channel_id: UUID
    direction: str
    message_type: str
    state: str
    sent_at: datetime
    created_at: datetime
    receipt_id: UUID | None = None
    kind: str = "text"
    external_id: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    body: str = ""
    new_text: str | None = None
    html: str = ""
    data: Any = None
    reply_to: str = ""
    references: tuple[str, ...] = ()
    automated: str = ""
    answers_id: UUID | None = None
    template_id: UUID | None = None


_COLUMNS = {
    "id": "uuid", "business_entity_id": "uuid", "thread_id": "uuid", "channel_id": "uuid", "direction": "text",
    "message_type": "text", "state": "text", "sent_at": "timestamptz", "created_at": "timestamptz",
    "receipt_id": "uuid", "kind": "text", "external_id": "text", "sender": "text", "sender_name": "text",
    "recipients": "jsonb", "subject": "text", "body": "text", "new_text": "text", "html": "text",
    "data": "jsonb", "reply_to": "text", "references": "text[]", "automated": "text", "answers_id": "uuid",
    "template_id": "uuid",
}  # fmt: skip


def inbound_row(envelope: Envelope, thread: ThreadRow, *, now: datetime) -> MessageRow:
    """The row of a message that arrived, in text that the database can hold."""
    message = envelope.message
    return MessageRow(
        id=envelope.id,
        entity_id=envelope.channel.entity_id,
        thread_id=thread.id,
        channel_id=envelope.channel.id,
        direction=Message.Direction.OUTBOUND if message.echo else Message.Direction.INBOUND,
        message_type=Message.Type.ECHO if message.echo else Message.Type.CUSTOMER,
        state=Message.State.SENT if message.echo else Message.State.RECEIVED,
        sent_at=message.sent_at,
        created_at=now,
        receipt_id=envelope.receipt_id,
        kind=message.kind[:20],
        external_id=envelope.external_id,
        sender=message.sender.address[:320],
        sender_name=message.sender.name[:200],
        recipients=[party.address for party in message.recipients],
        subject=message.subject,
        body=message.body,
        new_text=message.new_text,
        html=message.html,
        data={**message.data, **({"headers": dict(message.headers)} if message.headers else {})},
        reply_to=message.reply_to[:998],
        references=message.references,
        automated=message.automated.value if message.automated else "",
    )


def messages_insert(rows: Sequence[MessageRow]) -> None:
    """Store messages in one statement. Raises LostRace when one of them was stored meanwhile."""
    values = [
        (
            row.id, row.entity_id, row.thread_id, row.channel_id, row.direction, row.message_type, row.state,
            row.sent_at, row.created_at, row.receipt_id, row.kind, row.external_id, row.sender,
            row.sender_name, json_text(row.recipients), row.subject, row.body, row.new_text, row.html,
            json_text(row.data or {}), row.reply_to, array_text(row.references), row.automated,
            row.answers_id, row.template_id,
        )
        for row in sorted(rows, key=lambda row: (row.channel_id, row.external_id))
    ]  # fmt: skip
    inserted = bulk_insert(
        "communication_messages", _COLUMNS, values, on_conflict="DO NOTHING", returning="id"
    )
    if len(inserted) < len(rows):
        raise LostRace("message")


def attachments_insert(envelopes: Sequence[Envelope], *, now: datetime) -> bool:
    """Store the attachments of a batch. Returns whether some are still to be fetched.

    Bytes that came along go to the file storage first: a file without a row can be cleaned up, a row
    without its file cannot be repaired. What the storage does not take now is fetched later, from the
    receipt.
    """
    rows = []
    remote = False
    for envelope in envelopes:
        for attachment in envelope.message.attachments:
            state, file = _keep(attachment, now)
            remote = remote or state == Attachment.State.PENDING
            rows.append(
                (
                    new_id(), envelope.channel.entity_id, envelope.id, attachment.name[:255],
                    attachment.content_type[:150], _size(attachment), attachment.sha256[:64],
                    attachment.content_id[:255], attachment.media_id[:255], file,
                    state, attachment.note[:300],
                    now if state == Attachment.State.PENDING else None,
                )
            )  # fmt: skip
    bulk_insert(
        "message_attachments",
        {
            "id": "uuid", "business_entity_id": "uuid", "message_id": "uuid", "name": "text",
            "content_type": "text", "size": "bigint", "sha256": "text", "content_id": "text",
            "media_id": "text", "file": "text", "state": "text", "note": "text", "available_at": "timestamptz",
        },
        rows,
    )  # fmt: skip
    return remote


def _size(attachment: InboundAttachment) -> int | None:
    return len(attachment.data) if attachment.data else attachment.size


def _keep(attachment: InboundAttachment, now: datetime) -> tuple[str, str]:
    if attachment.content is AttachmentContent.REMOTE:
        return Attachment.State.PENDING, ""
    file = ""
    if attachment.data:
        try:
            file = file_keep(attachment.data)
        except StorageUnavailable:
            storage_trouble(now=now)
            return Attachment.State.PENDING, ""
    return state_of(attachment), file


def state_of(attachment: InboundAttachment) -> str:
    """The state of an attachment whose bytes (if it has any) are stored."""
    withheld = attachment.content is AttachmentContent.WITHHELD
    return Attachment.State.WITHHELD if withheld else Attachment.State.STORED


@dataclass(slots=True, kw_only=True)
class OutboxRow:
    """One row of the outbox: a message, or a notification in `payload`."""

    entity_id: UUID
    channel_id: UUID
    message_id: UUID | None = None
    thread_id: UUID | None = None
    recipient: str = ""
    payload: Any = None
    dedupe_key: str = ""
    held: bool = False


def outbox_insert(rows: Sequence[OutboxRow], *, now: datetime) -> None:
    """Put items in the outbox in one statement; a notification that is already there stays single."""
    bulk_insert(
        "outbox_items",
        {
            "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "channel_id": "uuid",
            "message_id": "uuid", "thread_id": "uuid", "recipient": "text", "payload": "jsonb",
            "dedupe_key": "text", "state": "text", "available_at": "timestamptz",
        },
        [
            (
                new_id(), now, row.entity_id, row.channel_id, row.message_id, row.thread_id, row.recipient,
                json_text(row.payload or {}), row.dedupe_key,
                OutboxItem.State.HELD if row.held else OutboxItem.State.QUEUED, now,
            )
            for row in sorted(rows, key=lambda row: row.dedupe_key)
        ],
        on_conflict="DO NOTHING",
    )  # fmt: skip
