"""Handing outgoing items to their provider: claim, one call with a time limit, record what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.models import (
    Attachment,
    BusinessEntityChannel,
    CommunicationMessage,
    MentionGroup,
    OutboxItem,
)
from channels_app.providers.base import (
    Account,
    Alert,
    Capabilities,
    Identifier,
    Notification,
    OutboundAttachment,
    OutboundMessage,
    Party,
    Provider,
    ProviderError,
    SendReceipt,
    TemplateCall,
)
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.services.mail_layout import mail_html
from channels_app.services.outbox import (
    outbox_claim,
    outbox_not_sent,
    outbox_postpone,
    outbox_sent,
    outbox_start,
)
from channels_app.services.rate_limits import place_or_wait
from channels_app.services.thread_tokens import thread_token
from channels_app.stages import reached

logger = structlog.get_logger(__name__)

ITEMS_PER_CLAIM = 20
NEVER_KEPT_BACK = frozenset({"emergency", "escalation"})
"""Events that are told in quiet hours too."""
URGENT = "Spoed"
"""The priority of cards that are told in quiet hours too, whatever their event."""
_BY_PEOPLE = frozenset({CommunicationMessage.Type.REPLY, CommunicationMessage.Type.FORWARD})


@dataclass(slots=True)
class DeliveryOutcome:
    """How many items were taken, and how many of them were sent.

    resume_after: the channel is at its provider's ceiling; how long until it may go on.
    """

    taken: int = 0
    sent: int = 0
    resume_after: timedelta | None = None


def deliver_channel(
    channel_id: UUID, *, limit: int = ITEMS_PER_CLAIM, clock: Callable[[], datetime] = timezone.now
) -> DeliveryOutcome:
    """Send a channel's next due items. Every item ends in a recorded state, whatever happens to it."""
    now = clock()
    claimed = outbox_claim(channel_id=channel_id, limit=limit, now=now)
    outcome = DeliveryOutcome(taken=len(claimed))
    if not claimed:
        return outcome
    reached("outbox_claimed")
    channel = BusinessEntityChannel.objects.select_related("business_entity").get(id=channel_id)
    limits = provider_for(channel.channel_type).capabilities.limits
    items = list(
        OutboxItem.objects.filter(id__in=claimed, claimed_at=now)
        .select_related("message__template", "message__thread__channel", "message__thread__contact")
        .order_by("available_at", "id")
    )
    for place, item in enumerate(items):
        wait = place_or_wait(limits, account=str(channel.id), recipient=item.recipient)
        if wait is None:
            outcome.sent += _deliver(item, channel, clock)
        elif wait.whole_account:
            outbox_postpone(items=items[place:], until=clock() + wait.duration)
            outcome.resume_after = wait.duration
            break
        else:
            outbox_postpone(items=[item], until=clock() + wait.duration)
    return outcome


def _deliver(item: OutboxItem, channel: BusinessEntityChannel, clock: Callable[[], datetime]) -> bool:
    provider = provider_for(channel.channel_type)
    try:
        account = account_for(channel)
    except ValidationError as error:
        refusal = ProviderError(
            _("The channel's settings are incomplete: %(fields)s.")
            % {"fields": ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])},
            code="settings",
            suspends_channel=True,
        )
        if outbox_start(item=item, external_id="", now=clock()):
            outbox_not_sent(item=item, error=refusal, now=clock())
        return False
    quiet_until = _quiet_until(item, provider, account, clock())
    if quiet_until is not None:
        outbox_postpone(items=[item], until=quiet_until)
        return False
    external_id = ""
    if item.message is not None:
        external_id = provider.outbound_id(item.message.id, thread_token(item.message.thread_id), account)
    if not outbox_start(item=item, external_id=external_id, now=clock()):
        return False
    reached("before_provider_call")
    try:
        receipt = _send(item, channel, provider, account, clock())
    except ProviderError as error:
        logger.warning(
            "send_failed", outbox_item=str(item.id), channel=str(channel.id), code=error.code,
            permanent=error.permanent, ambiguous=error.ambiguous,
        )  # fmt: skip
        outbox_not_sent(item=item, error=error, now=clock())
        return False
    reached("after_provider_call")
    outbox_sent(item=item, receipt=receipt, now=clock())
    return True


def _quiet_until(item: OutboxItem, provider: Provider, account: Account, now: datetime) -> datetime | None:
    """Until when a card is kept back; one that is urgent never is."""
    payload = item.payload or {}
    urgent = payload.get("event") in NEVER_KEPT_BACK or payload.get("priority") == URGENT
    if item.message_id is not None or payload.get("alert") or urgent:
        return None
    return provider.quiet_until(account, now)


def _send(
    item: OutboxItem, channel: BusinessEntityChannel, provider: Provider, account: Account, now: datetime
) -> SendReceipt:
    if item.message is None and item.payload.get("alert"):
        return provider.alert(_alert(item), account)
    if item.message is None:
        return provider.notify(_notification(item, channel), account)
    _check_window(item.message, provider.capabilities, now)
    return provider.send(_outbound(item.message, channel, provider), account)


def _check_window(message: CommunicationMessage, capabilities: Capabilities, now: datetime) -> None:
    """Refuse free text outside the medium's window; only approved templates may be sent there."""
    window = capabilities.reply_window
    if window is None or (message.template is not None and message.template.provider_name):
        return
    last = (
        CommunicationMessage.objects.filter(
            thread__contact_id=message.thread.contact_id,
            thread__medium=message.thread.medium,
            channel_id=message.channel_id,
            direction=CommunicationMessage.Direction.INBOUND,
        )
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)
        .first()
    )
    if last is None or now - last >= window:
        raise ProviderError(
            _("The customer last wrote more than 24 hours ago; send an approved template instead."),
            code="window_closed",
            permanent=True,
        )


def _outbound(
    message: CommunicationMessage, channel: BusinessEntityChannel, provider: Provider
) -> OutboundMessage:
    thread = message.thread
    template = message.template
    call = None
    if template is not None and template.provider_name:
        call = TemplateCall(
            name=template.provider_name,
            language=template.language,
            body_values=tuple(message.data.get("template_values", ())),
        )
    html = message.html
    if provider.capabilities.rich_text:
        html = mail_html(message=message, channel=channel)
    recipients = [Identifier.of(address) for address in message.recipients]
    return OutboundMessage(
        message_id=message.id,
        recipient=Party(
            identifiers=tuple(recipients[:1]), name=message.data.get("recipient_name", thread.contact.name)
        ),
        body=message.body,
        subject=message.subject,
        html=html,
        attachments=tuple(_attachment(file) for file in message.attachments.all()),
        template=call,
        interactive=message.data.get("interactive"),
        reply_to=message.reply_to,
        references=tuple(message.references),
        thread_token=thread_token(thread.id),
        sender_name=message.sender_name or channel.sender_name,
        sender_address=channel.channel_address,
        cc=tuple(message.data.get("cc", ())),
        automated=message.message_type not in _BY_PEOPLE,
        reaction=message.data.get("reaction"),
    )


def _attachment(attachment: Attachment) -> OutboundAttachment:
    return OutboundAttachment(
        name=attachment.name,
        content_type=attachment.content_type or "application/octet-stream",
        size=attachment.size or 0,
        open=partial(_open, attachment),
    )


def _open(attachment: Attachment) -> BinaryIO:
    return attachment.file.open("rb")  # type: ignore[return-value]


def _alert(item: OutboxItem) -> Alert:
    payload = item.payload
    return Alert(
        alert_id=item.id,
        recipient=Party((Identifier.of(item.recipient),), payload.get("person", "")),
        title=payload["title"],
        text=payload["preview"],
        url=payload.get("url", ""),
    )


def _notification(item: OutboxItem, channel: BusinessEntityChannel) -> Notification:
    payload = item.payload
    mentions: list[tuple[str, str]] = []
    if payload.get("mention"):
        names = payload.get("mention_groups") or channel.integration_config.get("mention_groups") or []
        groups = MentionGroup.objects.filter(
            business_entity_id=channel.business_entity_id, name__in=[name.lstrip("@") for name in names]
        )
        mentions = [(member, member) for group in groups for member in group.members]
    return Notification(
        notification_id=item.id,
        event=payload["event"],
        title=payload["title"],
        entity_name=payload["entity_name"],
        channel_name=payload["channel_name"],
        priority=payload["priority"],
        occurred_at=item.created_at.astimezone(ZoneInfo(channel.business_entity.timezone)),
        preview=payload.get("preview", ""),
        facts=tuple((label, value) for label, value in payload.get("facts", ())),
        actions=tuple((label, url) for label, url in payload.get("actions", ())),
        mentions=tuple(dict.fromkeys(mentions)),
    )
