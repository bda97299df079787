"""An inbound message on its way from a receipt to its conversation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from channels_app.bulk import clean_record
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
        self.message = clean_record(self.message)
        self.external_id = self.message.external_id
        if self.message.sent_at > self.received_at:  # a sender's clock that runs ahead of ours
            self.message = replace(self.message, sent_at=self.received_at)


def known_contact(envelope: Envelope) -> KnownContact:
    """The contact that `resolve_contacts` found. Raises LookupError before that."""
    if envelope.contact is None:
        raise LookupError("the sender has not been looked up yet")
    return envelope.contact
