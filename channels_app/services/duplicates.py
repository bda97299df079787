"""Which messages of a batch are stored already.

Most media give every message an id of its own. Mail does not: senders choose the ids, and some choose the
same one again, so that of two mails with one id the contents decide whether they are one. Our own mail comes
back, from a Sent folder or because a desk was in copy, and is recognised by the id that we gave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from channels_app.bulk import fetch_all
from channels_app.providers.base import CONTENT_ID_DOMAIN, InboundMessage
from channels_app.services.intake import Envelope


@dataclass(frozen=True, slots=True)
class _Contents:
    """What tells two mails of one id apart. White space in the text may change on the way."""

    sender: str
    subject: str
    text: str
    attachments: tuple[str, ...]  # SHA-256 and name


@dataclass(slots=True)
class _Stored:
    """What is stored under the ids of a batch, and what of the batch was found fresh so far."""

    taken: dict[tuple[UUID, str], _Contents | None] = field(default_factory=dict)  # by channel
    ours: dict[tuple[UUID, str], str] = field(default_factory=dict)  # by brand: the sender we gave it

    def load(self, envelopes: Sequence[Envelope]) -> None:
        """Two look-ups in one statement: media with reliable ids by channel, mail within the brand."""
        plain = sorted({(e.channel.id, e.external_id) for e in envelopes if e.channel.single_open})
        mail = sorted({(e.channel.entity_id, e.external_id) for e in envelopes if not e.channel.single_open})
        rows = fetch_all(
            """
            SELECT message.channel_id, NULL::uuid, message.external_id, FALSE,
                   NULL::text, NULL::text, NULL::text, NULL::text[]
              FROM unnest(%b::uuid[], %b::text[]) AS given(channel_id, external_id)
              JOIN communication_messages AS message
                ON message.channel_id = given.channel_id
               AND message.external_id = given.external_id
               AND message.external_id <> ''
            UNION ALL
            SELECT message.channel_id, given.entity_id, message.external_id,
                   message.direction = 'outbound' AND message.message_type <> 'echo',
                   lower(message.sender), message.subject, message.body,
                   ARRAY(SELECT attachment.sha256 || attachment.name
                           FROM message_attachments AS attachment
                          WHERE attachment.message_id = message.id)
              FROM unnest(%b::uuid[], %b::text[]) AS given(entity_id, external_id)
              JOIN business_entity_channels AS channel ON channel.business_entity_id = given.entity_id
              JOIN communication_messages AS message
                ON message.channel_id = channel.id
               AND message.external_id = given.external_id
               AND message.external_id <> ''
            """,
            [
                [channel for channel, _ in plain],
                [external for _, external in plain],
                [entity for entity, _ in mail],
                [external for _, external in mail],
            ],
        )
        for channel_id, entity_id, external_id, is_ours, sender, subject, body, attachments in rows:
            self.taken[channel_id, external_id] = (
                _Contents(sender, subject, _tight(body), tuple(sorted(attachments)))
                if entity_id is not None
                else None
            )
            if is_ours:
                self.ours[entity_id, external_id] = sender

    def is_copy_of_ours(self, envelope: Envelope) -> bool:
        sender = self.ours.get((envelope.channel.entity_id, envelope.external_id))
        return sender is not None and (envelope.message.echo or _contents(envelope.message).sender == sender)

    def sort(self, envelopes: Sequence[Envelope]) -> tuple[list[Envelope], list[Envelope]]:
        """(not stored yet, having the id of another mail)."""
        fresh, clashing = [], []
        for envelope in envelopes:
            key = (envelope.channel.id, envelope.external_id)
            if not key[1]:
                fresh.append(envelope)
            elif self.is_copy_of_ours(envelope):
                continue
            elif key not in self.taken:
                self.taken[key] = None if envelope.channel.single_open else _contents(envelope.message)
                fresh.append(envelope)
            elif (known := self.taken[key]) is not None and known != _contents(envelope.message):
                clashing.append(envelope)
        return fresh, clashing


def drop_duplicates(envelopes: list[Envelope]) -> list[Envelope]:
    """The messages that are not stored yet, each once, in order.

    A mail that has the id of another mail gets one made from its contents.
    """
    stored = _Stored()
    stored.load(envelopes)
    fresh, clashing = stored.sort(envelopes)
    if clashing:
        for envelope in clashing:
            envelope.external_id = id_of_contents(envelope.message)
        stored.load(clashing)
        fresh += stored.sort(clashing)[0]
    kept = {id(envelope) for envelope in fresh}
    return [envelope for envelope in envelopes if id(envelope) in kept]


def id_of_contents(message: InboundMessage) -> str:
    """The id of a mail whose own id another mail has; the same whenever it is fetched."""
    contents = _contents(message)
    parts = (message.external_id, contents.sender, contents.subject, contents.text, *contents.attachments)
    digest = hashlib.sha256("\x00".join(parts).encode(errors="replace")).hexdigest()
    return f"<{digest[:40]}@{CONTENT_ID_DOMAIN}>"


def _contents(message: InboundMessage) -> _Contents:
    return _Contents(
        message.sender.address.lower()[:320],
        message.subject,
        _tight(message.body),
        tuple(sorted(attachment.sha256[:64] + attachment.name[:255] for attachment in message.attachments)),
    )


def _tight(text: str) -> str:
    return "".join(text.split())
