"""One conversation with everything that is shown beside it; the same number of queries however long it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils import timezone

from channels_app.models import (
    Attachment,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    ContactIdentifier,
    FiledDocument,
)
from routing.engine.highlights import highlights
from routing.models import Escalation, MessageRoutingLog, SlaTimer

MESSAGES_SHOWN = 300
DECISIONS_SHOWN = 20
OTHER_THREADS_SHOWN = 8
_NUMBERS = ArraySubquery(
    FiledDocument.objects.filter(attachment=OuterRef("pk"))
    .exclude(kind=FiledDocument.Kind.NONE)
    .order_by("kind", "number")
    .values("number")
)


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of a message's text; `department` is the one whose word it is, "" for the rest."""

    text: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the timeline. `quoted`: what it repeats of earlier mail. `day` is set at a day's first."""

    message: CommunicationMessage
    parts: tuple[TextPart, ...]
    quoted: str
    attachments: tuple[Attachment, ...]
    answers_to: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """decisions: newest first; the first is why the conversation is where it is."""

    thread: CommunicationThread
    contact: Contact
    identifiers: tuple[ContactIdentifier, ...]
    entries: tuple[Entry, ...]
    earlier: int  # older messages that are not shown
    decisions: tuple[MessageRoutingLog, ...]
    timers: tuple[SlaTimer, ...]
    escalations: tuple[Escalation, ...]
    other_threads: tuple[CommunicationThread, ...]
    filed: tuple[Attachment, ...]  # those with numbers, each with them as `filed_under`


def conversation(thread: CommunicationThread) -> Conversation:
    """Everything about a thread (loaded with its contact, brand and channels)."""
    messages = list(
        CommunicationMessage.objects.filter(thread=thread)
        .select_related("author", "template", "channel__business_entity", "outbox_item")
        .order_by("-sent_at", "-id")[: MESSAGES_SHOWN + 1]
    )
    earlier = max(0, len(messages) - MESSAGES_SHOWN)
    messages = messages[:MESSAGES_SHOWN][::-1]
    files: dict[UUID, list[Attachment]] = defaultdict(list)
    for attachment in Attachment.objects.filter(message__thread=thread).annotate(filed_under=_NUMBERS):
        files[attachment.message_id].append(attachment)
    decisions = tuple(
        MessageRoutingLog.objects.filter(thread=thread)
        .select_related("source_channel__business_entity", "target_channel__business_entity", "overridden_by")
        .order_by("-id")[:DECISIONS_SHOWN]
    )
    words = {log.communication_message_id: log.keyword_matches or {} for log in decisions}
    return Conversation(
        thread=thread,
        contact=thread.contact,
        identifiers=tuple(thread.contact.identifiers.all()),
        entries=_entries(messages, files, words),
        earlier=earlier,
        decisions=decisions,
        timers=tuple(SlaTimer.objects.filter(thread=thread).select_related("channel").order_by("-id")[:10]),
        escalations=tuple(
            Escalation.objects.filter(thread=thread)
            .select_related("channel__business_entity", "raised_by")
            .prefetch_related("steps")
            .order_by("-id")
        ),
        other_threads=tuple(
            CommunicationThread.objects.filter(contact_id=thread.contact_id)
            .exclude(pk=thread.pk)
            .order_by("-last_message_at")[:OTHER_THREADS_SHOWN]
        ),
        filed=tuple(file for group in files.values() for file in group if file.filed_under),  # type: ignore[attr-defined]
    )


def _entries(
    messages: Sequence[CommunicationMessage],
    files: Mapping[UUID, list[Attachment]],
    words: Mapping[Any, Mapping[str, Sequence[str]]],
) -> tuple[Entry, ...]:
    by_external_id = {message.external_id: message for message in messages if message.external_id}
    entries, last_day, before = [], None, None
    for message in messages:
        day = timezone.localtime(message.sent_at).date()
        new, quoted = _new_and_quoted(message)
        answered = by_external_id.get(message.reply_to) if message.reply_to else None
        if answered is before:  # what stands right above needs no repeating
            answered = None
        entries.append(
            Entry(
                message=message,
                parts=marked(new, words.get(message.pk, {})),
                quoted=quoted,
                attachments=tuple(files.get(message.pk, ())),
                answers_to=" ".join((answered.new_text or answered.body).split())[:80] if answered else "",
                day=day if day != last_day else None,
            )
        )
        last_day, before = day, message
    return tuple(entries)


def _new_and_quoted(message: CommunicationMessage) -> tuple[str, str]:
    """What was written this time, and the rest of the body."""
    if message.new_text is None:
        return message.body.strip(), ""
    new = message.new_text.strip()
    before, found, after = message.body.partition(new) if new else ("", "", message.body)
    rest = "\n".join(filter(None, (before.strip(), after.strip()))) if found or not new else message.body
    return new, rest.strip()


def marked(text: str, words: Mapping[str, Sequence[str]]) -> tuple[TextPart, ...]:
    """The text in stretches, the deciding words apart."""
    if not words:
        return (TextPart(text),)
    parts, position = [], 0
    for start, end, department in highlights(text, words):
        if start > position:
            parts.append(TextPart(text[position:start]))
        parts.append(TextPart(text[start:end], department))
        position = end
    if position < len(text) or not parts:
        parts.append(TextPart(text[position:]))
    return tuple(parts)
