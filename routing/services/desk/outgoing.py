"""What every message by a person has in common: its row, its place in the outbox, and that it is sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from channels_app.bulk import clean_text
from channels_app.models import CommunicationMessage, CommunicationTemplate, CommunicationThread, OutboxItem
from routing.services.desk.composing import ReplyWay
from routing.services.desk.errors import DeskRefused

Message = CommunicationMessage
KEY_LENGTH = 64
CC_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is on its way.

    leaves_at: until then it can be taken back. outgoing: the channels to ring for. repeated: this very
    submission was sent before, and nothing happened now.
    """

    message: CommunicationMessage
    item: OutboxItem
    thread: CommunicationThread
    leaves_at: datetime
    outgoing: tuple[UUID, ...]
    repeated: bool = False

    @classmethod
    def of(
        cls,
        message: CommunicationMessage,
        item: OutboxItem,
        thread: CommunicationThread,
        *,
        repeated: bool = False,
    ) -> Sent:
        held = item.state == OutboxItem.State.HELD
        return cls(message, item, thread, item.available_at, () if held else (item.channel_id,), repeated)


def submission_key(action: str, about: UUID, user: Any, key: str) -> str:
    """The outbox's key of one submission about a conversation or, for a new one, a brand.

    Raises DeskRefused for a key that is missing or too long.
    """
    if not 0 < len(key) <= KEY_LENGTH:
        raise DeskRefused(_("This form is too old; reload the page."))
    return f"{action}:{about.hex}:{user.pk}:{key}"


def already_sent(key: str) -> Sent | None:
    """What this submission has sent already; asked under the conversation's lock."""
    item = OutboxItem.objects.filter(dedupe_key=key).select_related("message__thread").first()
    if item is None or item.message is None:
        return None
    return Sent.of(item.message, item, item.message.thread, repeated=True)


def check_addresses(addresses: Sequence[str], way: ReplyWay) -> tuple[str, ...]:
    """Mail addresses for a cc, each once. Raises DeskRefused for what is none, or on a medium without cc."""
    if not addresses:
        return ()
    if not way.can_cc:
        raise DeskRefused(_("A copy can be sent by email only."))
    if len(addresses) > CC_AT_MOST:
        raise DeskRefused(_("At most %(count)d people get a copy.") % {"count": CC_AT_MOST})
    return tuple(dict.fromkeys(mail_address(address) for address in addresses))


def mail_address(address: str) -> str:
    """A mail address as it was given, without stray spaces. Raises DeskRefused for what is none."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise DeskRefused(_("“%(address)s” is not a mail address.") % {"address": address}) from error
    return address


def message_queue(
    *,
    thread: CommunicationThread,
    way: ReplyWay,
    message_type: Message.Type,
    user: Any,
    key: str,
    now: datetime,
    leaves_at: datetime,
    subject: str,
    body: str,
    recipient: str,
    new_text: str | None = None,
    cc: Sequence[str] = (),
    template: CommunicationTemplate | None = None,
    data: Mapping[str, Any] | None = None,
) -> tuple[CommunicationMessage, OutboxItem]:
    """Store a message and queue it; in shadow mode it is held back. A mail names the one it answers."""
    answers = way.answers if way.capabilities.native_threads else None
    in_reply_to = answers.external_id if answers is not None else ""
    held = way.channel.business_entity.shadow_mode
    message = Message.objects.create(
        created_at=now,
        sent_at=now,
        business_entity_id=thread.business_entity_id,
        thread=thread,
        channel=way.channel,
        direction=Message.Direction.OUTBOUND,
        message_type=message_type,
        state=Message.State.HELD if held else Message.State.QUEUED,
        sender=way.channel.channel_address,
        sender_name=way.sender_name[:200],
        recipients=[recipient],
        subject=subject,
        body=body,
        new_text=new_text,
        data={
            **(data or {}),
            **({"cc": list(cc)} if cc else {}),
            "recipient_name": clean_text(way.recipient_name),
        },
        reply_to=in_reply_to,
        references=[*answers.references, in_reply_to] if answers is not None and in_reply_to else [],
        author=user,
        template=template,
    )
    item = OutboxItem.objects.create(
        created_at=now,
        business_entity_id=thread.business_entity_id,
        channel=way.channel,
        message=message,
        thread_id=thread.id,
        recipient=clean_text(recipient)[:320],
        dedupe_key=key,
        state=OutboxItem.State.HELD if held else OutboxItem.State.QUEUED,
        available_at=leaves_at,
    )
    return message, item
