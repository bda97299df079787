"""Passing a conversation on to a subcontractor, whose answer comes back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from channels_app.bulk import clean_text
from channels_app.models import BusinessEntityChannel, CommunicationMessage, CommunicationThread
from channels_app.providers.registry import provider_for
from channels_app.services.rendering import moment_in_words, render
from routing.models import ThreadEvent
from routing.selectors.brands import BrandProfile
from routing.services.desk.brand_guard import Outgoing, refuse_leaks
from routing.services.desk.composing import ReplyWay, Voice, voice_of
from routing.services.desk.drafting import draft_clear
from routing.services.desk.errors import DeskRefused
from routing.services.desk.files import attach, sendable_files
from routing.services.desk.outgoing import (
    Sent,
    already_sent,
    check_addresses,
    mail_address,
    message_queue,
    submission_key,
)
from routing.services.desk.replying import BODY_LENGTH, signed_body
from routing.services.desk.trail import locked, refuse_merged, written

Message = CommunicationMessage
Status = CommunicationThread.Status
MESSAGES_AT_MOST = 50
# What people said to each other: no notes, no automatic answers, nothing that was forwarded before.
_SAID = (Message.Type.CUSTOMER, Message.Type.REPLY, Message.Type.ECHO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """to: a mail address outside. body: what is said about it. include: how much of the conversation goes
    along, notes never. attachments: ids of the files to send, of the conversation or uploaded; none by
    itself. key, confirmed_leaks: as in `Reply`."""

    to: str
    body: str
    key: str
    subject: str = ""
    cc: tuple[str, ...] = ()
    attachments: tuple[UUID, ...] = ()
    include: Literal["last", "conversation", "nothing"] = "last"
    confirmed_leaks: bool = False


@transaction.atomic
def forward_send(*, thread: CommunicationThread, user: Any, forward: Forward, now: datetime) -> Sent:
    """Mail a conversation to somebody outside, in the brand's name and look.

    It leaves from the department's mailbox, whatever medium the customer uses, and an answer to it joins
    the conversation by its signed token. The customer still waits: the clock runs on. Raises LeakRefused,
    DeskRefused, PermissionDenied.
    """
    thread = locked(thread, user)
    key = submission_key("forward", thread.id, user, forward.key)
    if (sent := already_sent(key)) is not None:
        return sent
    refuse_merged(thread)
    voice = voice_of(thread, user, now)
    way = _way(thread, voice.brand, mail_address(forward.to), clean_text(" ".join(forward.subject.split())))
    cc = check_addresses(forward.cc, way)
    text = clean_text(render(forward.body.replace("\r\n", "\n"), voice.variables))[:BODY_LENGTH]
    if not text:
        raise DeskRefused(_("Say what this is about: the original alone tells too little."))
    files = sendable_files(forward.attachments, user=user, thread=thread)
    signed, with_signature = signed_body(text, voice, way, wanted=True)
    refuse_leaks(
        Outgoing(
            entity_id=thread.business_entity_id,
            channel=way.channel,
            signature=voice.signature_template if with_signature else None,
            files=[(file.name, file.business_entity_id) for file in files],
            to=(way.recipient,),
            cc=cc,
            text=f"{forward.subject}\n{text}",
        ),
        confirmed=forward.confirmed_leaks,
    )
    original = _original(thread, forward.include, voice)
    message, item = message_queue(
        thread=thread, way=way, message_type=Message.Type.FORWARD, user=user, key=key, now=now,
        subject=way.subject, body="\n\n".join(filter(None, (signed, original))), new_text=text,
        recipient=way.recipient, cc=cc, data={"language": voice.language},
        leaves_at=now + timedelta(seconds=settings.REPLY_UNDO_SECONDS),
    )  # fmt: skip
    attach(message, files)
    if thread.status == Status.NEW:
        thread.status = Status.OPEN
    thread.assignee = thread.assignee or user
    thread.last_message_at = max(thread.last_message_at, now)
    thread.updated_at = now
    thread.save(update_fields=["status", "assignee", "last_message_at", "updated_at"])
    draft_clear(thread=thread, user=user)
    written(
        thread, ThreadEvent.Kind.FORWARDED, user=user, now=now, message_id=message.id, to=way.recipient, cc=list(cc)
    )  # fmt: skip
    return Sent.of(message, item, thread)


def mailbox_of(brand: BrandProfile, owner_id: UUID | None) -> BusinessEntityChannel:
    """The brand's mailbox for a department: its own, else the brand's first. Raises DeskRefused."""
    boxes = [
        profile.channel
        for profile in brand.channels.values()
        if profile.channel.business_entity_id == brand.entity.id
        and profile.channel.is_active
        and provider_for(profile.channel.channel_type).capabilities.rich_text
    ]
    owner = brand.channels.get(owner_id) if owner_id is not None else None
    code = owner.channel.channel_code if owner is not None else ""
    best = min(
        boxes, key=lambda box: (box.channel_code != code, not box.is_primary, box.channel_code), default=None
    )
    if best is None:
        raise DeskRefused(_("This brand has no mailbox to send from."))
    return best


def _way(thread: CommunicationThread, brand: BrandProfile, to: str, subject: str) -> ReplyWay:
    channel = mailbox_of(brand, thread.channel_id)
    original = subject or f"Fwd: {thread.subject}".strip()
    if thread.reference_number not in original:
        original = f"{original} [{thread.reference_number}]"
    return ReplyWay(
        channel=channel,
        sender_name=channel.sender_name,
        recipient=to,
        recipient_name="",
        subject=original[:300],
        capabilities=provider_for(channel.channel_type).capabilities,
    )


def _original(thread: CommunicationThread, include: str, voice: Voice) -> str:
    """What was said, oldest first, each under who said it and when; in the brand's language."""
    if include == "nothing":
        return ""
    messages = Message.objects.filter(thread=thread, message_type__in=_SAID)
    if include == "last":
        messages = messages.filter(direction=Message.Direction.INBOUND)
    newest = list(messages.order_by("-sent_at", "-id")[: 1 if include == "last" else MESSAGES_AT_MOST])
    return "\n\n".join(_quoted(newest[::-1], voice))


def _quoted(messages: Sequence[CommunicationMessage], voice: Voice) -> list[str]:
    zone = ZoneInfo(voice.brand.entity.timezone)
    with override(voice.language):
        rule = _("Forwarded message")
    quoted = []
    for message in messages:
        text = message.body if message.new_text is None else message.new_text
        who = message.sender_name or message.sender
        moment = moment_in_words(message.sent_at.astimezone(zone), voice.language)
        quoted.append(f"---------- {rule} ----------\n{who}, {moment}\n\n{text.strip()}")
    return quoted
