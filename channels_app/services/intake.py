"""An inbound message on its way from a receipt to its conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from channels_app.bulk import clean_text, fetch_all
from channels_app.models.base import new_id
from channels_app.providers.base import InboundMessage
from channels_app.selectors.directory import ChannelRef


class LostRace(Exception):
    """Another worker stored the same contact, thread or message first; look again and go on."""


@dataclass(slots=True, eq=False)
class KnownContact:
    """A sender as the database knows them (or is about to)."""

    id: UUID
    kind: str = "unknown"
    name: str = ""
    language: str = ""
    blocked: bool = False
    is_new: bool = True
    recent_departments: tuple[str, ...] = ()
    answered_at: list[datetime] = field(default_factory=list)  # automatically, by mail, of late


@dataclass(slots=True, eq=False)
class Envelope:
    """One inbound message and what has been found out about it so far."""

    message: InboundMessage
    channel: ChannelRef
    receipt_id: UUID
    received_at: datetime
    id: UUID = field(default_factory=new_id)
    external_id: str = ""
    contact: KnownContact | None = None

    def __post_init__(self) -> None:
        self.external_id = clean_text(self.message.external_id)


def known_contact(envelope: Envelope) -> KnownContact:
    """The contact that `resolve_contacts` found. Raises LookupError before that."""
    if envelope.contact is None:
        raise LookupError("the sender has not been looked up yet")
    return envelope.contact


def drop_duplicates(envelopes: list[Envelope]) -> list[Envelope]:
    """The messages that are not stored yet, each once, in order.

    Mail that we sent ourselves may come back by any mailbox of the brand; elsewhere an id belongs to one
    channel.
    """
    first: dict[tuple[UUID, str], Envelope] = {}
    for envelope in envelopes:
        first.setdefault((envelope.channel.id, envelope.external_id), envelope)
    keys = [key for key in first if key[1]]
    branded = sorted({(e.channel.entity_id, e.external_id) for e in envelopes if not e.channel.single_open})
    rows = fetch_all(
        """
        SELECT message.channel_id, message.external_id, NULL
          FROM unnest(%s::uuid[], %s::text[]) AS given(channel_id, external_id)
          JOIN communication_messages AS message
            ON message.channel_id = given.channel_id
           AND message.external_id = given.external_id
           AND message.external_id <> ''
        UNION ALL
        SELECT given.entity_id, message.external_id, lower(message.sender)
          FROM unnest(%s::uuid[], %s::text[]) AS given(entity_id, external_id)
          JOIN business_entity_channels AS channel ON channel.business_entity_id = given.entity_id
          JOIN communication_messages AS message
            ON message.channel_id = channel.id
           AND message.external_id = given.external_id
           AND message.external_id <> ''
         WHERE message.direction = 'outbound' AND message.message_type <> 'echo'
        """,
        [
            [channel for channel, _ in keys],
            [external for _, external in keys],
            [entity for entity, _ in branded],
            [external for _, external in branded],
        ],
    )
    stored = {(channel, external) for channel, external, sender in rows if sender is None}
    ours = {(entity, external): sender for entity, external, sender in rows if sender is not None}
    fresh = []
    for envelope in envelopes:
        key = (envelope.channel.id, envelope.external_id)
        if not key[1] or (first[key] is envelope and key not in stored and not _is_copy(envelope, ours)):
            fresh.append(envelope)
    return fresh


def _is_copy(envelope: Envelope, ours: dict[tuple[UUID, str], str]) -> bool:
    """Whether this is our own mail coming back: from a Sent folder, or because a desk was in copy."""
    sender = ours.get((envelope.channel.entity_id, envelope.external_id))
    return sender is not None and (envelope.message.echo or envelope.message.sender.address.lower() == sender)
