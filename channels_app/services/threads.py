"""Which conversation a message belongs to, and writing conversations back, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from channels_app.bulk import array_text, bulk_insert, fetch_all, unnest
from channels_app.models import CommunicationThread
from channels_app.models.base import new_id
from channels_app.selectors.directory import REOPEN_WITHIN, ChannelRef
from channels_app.services.intake import Envelope, KnownContact, LostRace, known_contact
from channels_app.services.thread_tokens import thread_of_token

Status = CommunicationThread.Status


@dataclass(slots=True, eq=False)
class ThreadRow:
    """A conversation, locked for this transaction; what is changed on it is written back at the end."""

    id: UUID
    entity_id: UUID
    contact_id: UUID
    source_channel_id: UUID
    owner_id: UUID | None
    medium: str
    single_open: bool
    status: str
    last_message_at: datetime
    reference_number: str = ""
    subject: str = ""
    set_aside: bool = False
    is_urgent: bool = False
    is_unsure: bool = False
    runner_up_code: str = ""
    suggested_code: str = ""
    labels: list[str] = field(default_factory=list)
    language: str = ""
    lead_score: int | None = None
    lead_reasons: list[str] = field(default_factory=list)
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    waiting_since: datetime | None = None
    response_due_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    snoozed_until: datetime | None = None
    auto_responded_at: datetime | None = None
    escalated_at: datetime | None = None
    previous_thread_id: UUID | None = None
    merged_into_id: UUID | None = None
    is_new: bool = False
    changed: bool = False

    def add_labels(self, labels: Iterable[str]) -> None:
        self.labels.extend(label for label in labels if label not in self.labels)


# Every column in the order in which it is read and written: name -> PostgreSQL type.
_COLUMNS = {
    "id": "uuid", "business_entity_id": "uuid", "contact_id": "uuid", "source_channel_id": "uuid",
    "channel_id": "uuid", "medium": "text", "single_open": "boolean", "status": "text",
    "last_message_at": "timestamptz", "reference_number": "text", "subject": "text", "set_aside": "boolean",
    "is_urgent": "boolean", "is_unsure": "boolean", "runner_up_code": "text", "suggested_code": "text",
    "labels": "text[]", "language": "text", "lead_score": "smallint", "lead_reasons": "text[]",
    "last_inbound_at": "timestamptz", "last_outbound_at": "timestamptz", "waiting_since": "timestamptz",
    "response_due_at": "timestamptz", "first_response_at": "timestamptz", "resolved_at": "timestamptz",
    "snoozed_until": "timestamptz", "auto_responded_at": "timestamptz", "escalated_at": "timestamptz",
    "previous_thread_id": "uuid", "merged_into_id": "uuid",
}  # fmt: skip
_FIXED = {
    "id", "business_entity_id", "contact_id", "medium", "single_open", "reference_number", "merged_into_id",
}  # fmt: skip
_CHANGING = {name: kind for name, kind in _COLUMNS.items() if name not in _FIXED}


def _values(thread: ThreadRow, columns: Iterable[str]) -> list[Any]:
    attribute = {"business_entity_id": "entity_id", "channel_id": "owner_id"}
    row = []
    for name in columns:
        value = getattr(thread, attribute.get(name, name))
        row.append(array_text(value) if isinstance(value, list) else value)
    return row


class ThreadFinder:
    """Finds the conversation of each message of a batch, and makes one where there is none."""

    def __init__(self, envelopes: Sequence[Envelope], *, now: datetime, also: Iterable[UUID] = ()) -> None:
        """also: conversations to lock and load besides those that the envelopes name."""
        self.now = now
        self.threads: dict[UUID, ThreadRow] = {}
        self._merged: dict[UUID, UUID] = {}
        self._single: dict[tuple[UUID, UUID, str], ThreadRow] = {}
        self._by_external: dict[tuple[UUID, str], ThreadRow] = {}
        self._participants: dict[tuple[UUID, str], frozenset[str]] = {}
        self._by_reference: dict[str, ThreadRow] = {}
        self._load(envelopes, also)

    def _load(self, envelopes: Sequence[Envelope], also: Iterable[UUID]) -> None:
        single = {
            (envelope.channel.entity_id, known_contact(envelope).id, envelope.channel.medium)
            for envelope in envelopes
            if envelope.channel.single_open
        }
        native = [envelope for envelope in envelopes if not envelope.channel.single_open]
        referred = self._referred_threads(native)
        wanted = {*referred.values(), *also}
        wanted.update(
            thread_id
            for envelope in native
            for token in envelope.message.thread_tokens
            if (thread_id := thread_of_token(token)) is not None
        )
        numbers = {str(number) for e in native if (number := e.message.data.get("reference_number"))}
        keys = sorted(single)
        rows = fetch_all(
            f"""
            SELECT {", ".join(_COLUMNS)} FROM communication_threads
             WHERE id IN (
              WITH named AS (
                   SELECT latest.id
                     FROM unnest(%b::uuid[], %b::uuid[], %b::text[]) AS given(entity_id, contact_id, medium)
                    CROSS JOIN LATERAL (
                          SELECT thread.id
                            FROM communication_threads AS thread
                           WHERE thread.contact_id = given.contact_id
                             AND thread.business_entity_id = given.entity_id
                             AND thread.medium = given.medium
                             AND thread.single_open
                             AND thread.merged_into_id IS NULL
                           ORDER BY (thread.status <> 'resolved') DESC, thread.set_aside,
                                    thread.last_message_at DESC
                           LIMIT 1) AS latest
                   UNION SELECT unnest(%b::uuid[])
                   UNION SELECT thread.id FROM communication_threads AS thread
                          WHERE thread.reference_number = ANY(%s::text[]))
              SELECT id FROM named
               UNION SELECT thread.merged_into_id FROM communication_threads AS thread JOIN named USING (id))
             ORDER BY id
               FOR UPDATE
            """,  # noqa: S608 column names are ours
            [
                [key[0] for key in keys],
                [key[1] for key in keys],
                [key[2] for key in keys],
                sorted(wanted),
                sorted(numbers),
            ],
        )
        loaded = [ThreadRow(*row) for row in rows]
        # What still names a conversation that was merged goes to where its messages are.
        self._merged = {
            thread.id: thread.merged_into_id for thread in loaded if thread.merged_into_id is not None
        }
        self.threads = {thread.id: thread for thread in loaded if thread.merged_into_id is None}
        for thread in loaded:
            current = self.current(thread.id)
            if current is not None:
                self._by_reference[thread.reference_number] = current
            if thread.single_open and thread.merged_into_id is None:
                self._single[thread.entity_id, thread.contact_id, thread.medium] = thread
        for key, thread_id in referred.items():
            current = self.current(thread_id)
            if current is not None:
                self._by_external[key] = current

    def current(self, thread_id: UUID | None) -> ThreadRow | None:
        """The conversation with this id, or the one it was merged into; None when it was not loaded."""
        return self.threads.get(self._merged.get(thread_id, thread_id)) if thread_id is not None else None

    def _referred_threads(self, native: Sequence[Envelope]) -> dict[tuple[UUID, str], UUID]:
        keys = sorted(
            {
                (envelope.channel.entity_id, reference)
                for envelope in native
                for reference in (
                    envelope.external_id,
                    envelope.message.reply_to,
                    *envelope.message.references,
                )
                if reference
            }
        )
        if not keys:
            return {}
        rows = fetch_all(
            """
            SELECT given.entity_id, given.external_id, message.thread_id,
                   ARRAY(SELECT lower(message.sender)
                          UNION SELECT lower(jsonb_array_elements_text(message.recipients)))
              FROM unnest(%b::uuid[], %b::text[]) AS given(entity_id, external_id)
              JOIN business_entity_channels AS channel ON channel.business_entity_id = given.entity_id
              JOIN communication_messages AS message
                ON message.channel_id = channel.id
               AND message.external_id = given.external_id
               AND message.external_id <> ''
            """,
            [[key[0] for key in keys], [key[1] for key in keys]],
        )
        found = {}
        for entity_id, external_id, thread_id, participants in rows:
            found[entity_id, external_id] = thread_id
            self._participants[entity_id, external_id] = frozenset(participants)
        return found

    def find(self, envelope: Envelope) -> ThreadRow | None:
        """The conversation this message continues, reopened if it was resolved less than 7 days ago."""
        thread = self._candidate(envelope)
        if thread is None or thread.entity_id != envelope.channel.entity_id:
            return None
        if thread.status == Status.RESOLVED and not self._reopens(thread):
            return None
        return thread

    def start(self, envelope: Envelope, contact: KnownContact) -> ThreadRow:
        """A new conversation, linked to the one it would have continued were that not too old."""
        message = envelope.message
        earlier = self._candidate(envelope)
        if earlier is not None and earlier.entity_id != envelope.channel.entity_id:
            earlier = None
        thread = ThreadRow(
            id=new_id(),
            entity_id=envelope.channel.entity_id,
            contact_id=contact.id,
            source_channel_id=envelope.channel.id,
            owner_id=envelope.channel.id,
            medium=envelope.channel.medium,
            single_open=envelope.channel.single_open,
            status=Status.NEW,
            subject=message.subject[:300],
            last_message_at=message.sent_at,
            previous_thread_id=earlier.id if earlier is not None else None,
            is_new=True,
        )
        self.threads[thread.id] = thread
        self.remember(envelope, thread)
        return thread

    def remember(self, envelope: Envelope, thread: ThreadRow) -> None:
        """Let later messages of the same batch find this conversation."""
        if thread.single_open:
            self._single[thread.entity_id, thread.contact_id, thread.medium] = thread
        elif envelope.external_id:
            key = (thread.entity_id, envelope.external_id)
            self._by_external[key] = thread
            parties = (envelope.message.sender, *envelope.message.recipients)
            self._participants[key] = frozenset(party.address.lower() for party in parties)

    def _reopens(self, thread: ThreadRow) -> bool:
        return thread.resolved_at is None or self.now - thread.resolved_at <= REOPEN_WITHIN

    def _candidate(self, envelope: Envelope) -> ThreadRow | None:
        contact = known_contact(envelope)
        entity_id = envelope.channel.entity_id
        if envelope.channel.single_open:
            return self._single.get((entity_id, contact.id, envelope.channel.medium))
        message = envelope.message
        signed = [
            current
            for token in message.thread_tokens
            if (current := self.current(thread_of_token(token))) is not None
        ]
        signed = [thread for thread in signed if thread.entity_id == entity_id]
        # Somebody else may have written this sender's address: then only what we signed ourselves counts.
        proven = message.authentication != "fail" and message.on_behalf_of is None
        # Newest first; the first names the same mail, when it came to another desk of the brand too.
        for reference in (envelope.external_id, message.reply_to, *reversed(message.references)):
            key = (entity_id, reference)
            found = self._by_external.get(key)
            if found is not None and (
                message.echo or found in signed or (proven and self._takes_part(found, key, envelope))
            ):
                return found
        if signed:
            return signed[0]
        numbered = self._by_reference.get(str(message.data.get("reference_number") or ""))
        if numbered is not None and (message.echo or (proven and numbered.contact_id == contact.id)):
            return numbered
        return None

    def _takes_part(self, thread: ThreadRow, key: tuple[UUID, str], envelope: Envelope) -> bool:
        """Whoever did not take part in a conversation cannot join it by naming a message of it."""
        sender = envelope.message.sender.address.lower()
        return thread.contact_id == known_contact(envelope).id or (
            bool(sender) and sender in self._participants[key]
        )


def threads_write(threads: Iterable[ThreadRow], *, channels: dict[UUID, ChannelRef], now: datetime) -> None:
    """Write new and changed conversations: three statements. New ones get their reference number.

    Raises LostRace when another worker opened the same conversation at the same time.
    """
    ordered = sorted(threads, key=lambda thread: thread.id)
    new = [thread for thread in ordered if thread.is_new]
    numbers = fetch_all("SELECT nextval('communication_reference') FROM generate_series(1, %s)", [len(new)])
    for thread, (number,) in zip(new, numbers, strict=True):
        channel = channels[thread.source_channel_id]
        year = now.astimezone(ZoneInfo(channel.timezone)).year
        thread.reference_number = f"{channel.number_prefix}-MSG-{year}-{number:06d}"
    inserted = bulk_insert(
        "communication_threads",
        {**_COLUMNS, "updated_at": "timestamptz", "created_at": "timestamptz"},
        [[*_values(thread, _COLUMNS), now, now] for thread in new],
        on_conflict="DO NOTHING",
        returning="id",
    )
    if len(inserted) < len(new):
        raise LostRace("thread")
    changed = [thread for thread in ordered if thread.changed and not thread.is_new]
    columns = {"id": "uuid", **_CHANGING}
    _, source, arrays = unnest(columns, [_values(thread, columns) for thread in changed])
    casts = {"text[]": "::text[]"}
    assignments = ", ".join(f"{name} = given.{name}{casts.get(kind, '')}" for name, kind in _CHANGING.items())
    fetch_all(
        f"UPDATE communication_threads AS thread SET {assignments}, updated_at = %s "  # noqa: S608 our names
        f"FROM {source} WHERE thread.id = given.id RETURNING thread.id",
        [now, *arrays],
    )
