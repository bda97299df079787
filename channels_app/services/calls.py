"""A telephone call is told of in several events, in any order: all of them end up in the call's one message.

Everything that says something of one call is handled by one worker at a time, so that an event and the message
it belongs to never pass each other in two transactions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.bulk import bulk_insert, fetch_all, json_text
from channels_app.models import Attachment, CommunicationMessage
from channels_app.models.base import new_id
from channels_app.providers.phone import CallOutcome, merge_call
from channels_app.providers.registry import PROVIDERS
from channels_app.selectors.directory import Directory
from channels_app.services.intake import Envelope, KnownContact
from channels_app.services.notices import PlacedEvent

CALL = "call"
RECORDING_TYPE = "audio/mpeg"


@dataclass(slots=True)
class StoredCall:
    """A call that has its message already. `data` is what was known of it before this batch."""

    message_id: UUID
    call_id: str
    entity_id: UUID
    thread_id: UUID
    channel_id: UUID
    outgoing: bool
    caller: str
    at: datetime
    data: dict[str, Any]
    contact: KnownContact


@dataclass(slots=True)
class CallBook:
    """What is known of the calls that a batch speaks of."""

    stored: dict[str, StoredCall] = field(default_factory=dict)
    news: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def thread_ids(self) -> set[UUID]:
        return {call.thread_id for call in self.stored.values()}

    def data_of(self, call_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """What a message or an earlier look says of a call, and everything else that is known."""
        return merge_call(said, self.news[call_id]) if call_id in self.news else dict(said)

    def changed(self) -> list[tuple[StoredCall, dict[str, Any]]]:
        """The stored calls of which this batch says something new, with their data from now on."""
        found = ((call, self.data_of(call_id, call.data)) for call_id, call in self.stored.items())
        return [(call, data) for call, data in found if data != call.data]


def call_book(
    events: Sequence[PlacedEvent], envelopes: Sequence[Envelope], *, channels: Directory
) -> CallBook:
    """Read what is known of the calls of a batch; nothing is asked when it has none.

    From here on until the transaction ends nobody else handles these calls.
    """
    media = {code for code, provider in PROVIDERS.items() if provider.capabilities.calls}
    told = [placed.event for placed in events if placed.provider in media and placed.event.kind == CALL]
    ids = {event.reference[:200] for event in told}
    ids |= {e.external_id for e in envelopes if e.channel.medium in media and e.message.kind == CALL}
    ids.discard("")
    book = CallBook()
    if not ids:
        return book
    ordered = sorted(ids)
    fetch_all(
        "SELECT pg_advisory_xact_lock(hashtextextended('call:' || given.id, 0)) FROM unnest(%s::text[]) AS given(id)",
        [ordered],
    )
    lines = [channel.id for channel in channels.by_id.values() if channel.medium in media]
    for row in fetch_all(
        """
        SELECT message.id, message.external_id, message.business_entity_id, message.thread_id, message.channel_id,
               message.direction = 'outbound', message.sender, message.sent_at, message.data,
               contact.id, contact.kind, contact.name, contact.language, contact.blocked_at IS NOT NULL
          FROM communication_messages AS message
          JOIN communication_threads AS thread ON thread.id = message.thread_id
          JOIN contacts AS contact ON contact.id = thread.contact_id
         WHERE message.channel_id = ANY(%s::uuid[]) AND message.external_id = ANY(%s::text[])
           AND message.external_id <> ''
        """,
        [lines, ordered],
    ):
        message_id, call_id, entity_id, thread_id, channel_id, outgoing, caller, at, data, *person = row
        contact_id, kind, name, language, blocked = person
        contact = KnownContact(
            id=contact_id, kind=kind, name=name, language=language, blocked=blocked, is_new=False
        )
        book.stored[call_id] = StoredCall(
            message_id,
            call_id,
            entity_id,
            thread_id,
            channel_id,
            outgoing,
            caller,
            at,
            json.loads(data),
            contact,
        )
    known = fetch_all(
        """
        SELECT reference, data FROM account_notices
         WHERE kind = 'call' AND reference = ANY(%s::text[]) AND provider = ANY(%s::text[])
        """,
        [ordered, sorted(media)],
    )
    earlier = [(call_id, json.loads(data)) for call_id, data in known]
    for call_id, data in (*earlier, *((event.reference[:200], event.data) for event in told)):
        book.news[call_id] = merge_call(book.news[call_id], data) if call_id in book.news else dict(data)
    return book


def calls_write(changed: Iterable[tuple[StoredCall, dict[str, Any]]]) -> None:
    """Keep what calls have become; one statement."""
    rows = sorted((call.message_id, json_text(data)) for call, data in changed)
    if rows:
        fetch_all(
            """
            UPDATE communication_messages AS message SET data = given.data::jsonb
              FROM unnest(%s::uuid[], %s::text[]) AS given(id, data)
             WHERE message.id = given.id
            RETURNING message.id
            """,
            [[row[0] for row in rows], [row[1] for row in rows]],
        )


def recordings_attach(calls: Iterable[tuple[UUID, UUID, Mapping[str, Any]]], *, now: datetime) -> bool:
    """Have the recordings of voicemails fetched: (message, brand, data of the call). Whether there are any."""
    wanted = {
        (message_id, str(data["recording_url"])): entity_id
        for message_id, entity_id, data in calls
        if data.get("outcome") == CallOutcome.VOICEMAIL and data.get("recording_url")
    }
    if not wanted:
        return False
    there = set(
        Attachment.objects.filter(message_id__in={message_id for message_id, _ in wanted}).values_list(
            "message_id", "media_id"
        )
    )
    rows = [
        (
            new_id(), entity_id, message_id, "voicemail.mp3", RECORDING_TYPE, url[:255],
            Attachment.State.PENDING, now,
        )
        for (message_id, url), entity_id in sorted(wanted.items())
        if (message_id, url[:255]) not in there
    ]  # fmt: skip
    bulk_insert(
        "message_attachments",
        {
            "id": "uuid", "business_entity_id": "uuid", "message_id": "uuid", "name": "text",
            "content_type": "text", "media_id": "text", "state": "text", "available_at": "timestamptz",
        },
        rows,
    )  # fmt: skip
    return bool(rows)


def sms_refused(contact_id: UUID) -> bool:
    """Whether a customer's last word about text messages was to stop them."""
    last = (
        CommunicationMessage.objects.filter(
            thread__contact_id=contact_id,
            direction=CommunicationMessage.Direction.INBOUND,
            data__opt_out__in=["stop", "start"],
        )
        .order_by("-sent_at", "-id")
        .values_list("data__opt_out", flat=True)
        .first()
    )
    return last == "stop"
