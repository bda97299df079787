"""Letting the demo's sample conversations happen: signed webhooks through the real path, at their time.

Nothing is written to the database beside that path. What leaves goes to the stand-ins; where none runs
yet, some are served for as long as it takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from channels_app.demo.conversations import (
    CONVERSATIONS,
    UNREACHABLE,
    Conversation,
    Customer,
    MissedCall,
    Staff,
    Step,
)
from channels_app.demo.seeding import STAND_IN_TOKEN, TWILIO_ACCOUNT
from channels_app.models import BusinessEntityChannel, CommunicationMessage, InboundReceipt
from channels_app.providers.base import RawExchange
from channels_app.providers.registry import PROVIDERS
from channels_app.sandbox import payloads
from channels_app.sandbox.graph_callbacks import envelope, signed
from channels_app.sandbox.stand_ins import demo_stand_ins, serving, stays_here
from channels_app.sandbox.twilio_api import signature
from channels_app.services.accounts import account_for
from channels_app.services.delivery import deliver_channel
from channels_app.services.receipts import receipt_record
from routing.selectors.brands import channel_calendar
from routing.services.drain import drain_batch

SENT_AFTER = timedelta(seconds=2)
DELIVERED_AFTER = timedelta(seconds=4)
READ_AFTER = timedelta(minutes=1)
UNDELIVERABLE = 131026
LONGEST_DELIVERY = 20  # claims per channel and step


class NoStandIn(Exception):
    """What would be sent here would go to the real world."""


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    conversation: Conversation
    number: int
    step: Step
    channel: BusinessEntityChannel

    @property
    def external_id(self) -> str:
        return external_id(self.conversation, self.number)


def external_id(conversation: Conversation, number: int) -> str:
    """The provider's id of one step; always the same, so that it happens once."""
    digest = hashlib.sha256(f"{conversation.key}/{number}".encode()).hexdigest()[:32]
    return {
        "whatsapp": f"wamid.{digest}",
        "email": f"<{digest}@demo.example>",
        "sms": f"SM{digest}",
        "phone": f"CA{digest}",
    }[conversation.medium]


def conversations_play(*, now: datetime) -> int:
    """Play the conversations that have not happened yet, in order of time; how many there were.

    Raises NoStandIn when WhatsApp messages would not stay on this machine.
    """
    if not stays_here(settings.WHATSAPP_API_BASE):
        raise NoStandIn(f"WHATSAPP_API_BASE is {settings.WHATSAPP_API_BASE}, not a stand-in on this machine")
    channels = {
        (channel.business_entity.entity_code, channel.channel_type, channel.channel_code): channel
        for channel in BusinessEntityChannel.objects.active().select_related("business_entity")
    }
    happened = set(
        CommunicationMessage.objects.filter(
            external_id__in=[external_id(conversation, 0) for conversation in CONVERSATIONS]
        ).values_list("external_id", flat=True)
    )
    new = [
        conversation
        for conversation in CONVERSATIONS
        if external_id(conversation, 0) not in happened
        and (conversation.brand, conversation.medium, conversation.code) in channels
    ]
    moments = [
        moment
        for conversation in new
        for moment in _moments(
            conversation, channels[conversation.brand, conversation.medium, conversation.code], now
        )
    ]
    with serving(demo_stand_ins(callbacks_to="") if moments else []):
        for moment in sorted(moments, key=lambda moment: (moment.at, moment.external_id)):
            _happen(moment)
    _odd_exchanges_record(now)
    return len(new)


def _moments(conversation: Conversation, channel: BusinessEntityChannel, now: datetime) -> Iterable[_Moment]:
    """When each step happens, all of it in the past."""
    start = _start(conversation, channel, now)
    for number, step in enumerate(conversation.steps):
        yield _Moment(start + timedelta(minutes=step.after), conversation, number, step, channel)


def _start(conversation: Conversation, channel: BusinessEntityChannel, now: datetime) -> datetime:
    if not conversation.open_days_ago:
        return now - timedelta(hours=conversation.at.hour, minutes=conversation.at.minute)
    zone = ZoneInfo(channel.business_entity.timezone)
    calendar = channel_calendar(channel)
    day = now.astimezone(zone).date()
    left = conversation.open_days_ago
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_open(datetime.combine(day, time(12), zone))
    return datetime.combine(day, conversation.at, zone)


def _happen(moment: _Moment) -> None:
    _record(moment.conversation.medium, moment.channel, _exchange(moment))
    sending = _drain(moment.at)
    for channel_id in sorted(sending):
        _deliver(channel_id, moment.at)
    if moment.conversation.medium == "whatsapp" and isinstance(moment.step, Customer):
        _report(moment)


def _drain(at: datetime) -> set[UUID]:
    sending: set[UUID] = set()
    while (outcome := drain_batch(clock=lambda: at)).receipts:
        sending |= outcome.batch.sending_channels
    return sending


def _deliver(channel_id: UUID, at: datetime) -> None:
    for _ in range(LONGEST_DELIVERY):
        if not deliver_channel(channel_id, clock=lambda: at + SENT_AFTER).taken:
            return


def _exchange(moment: _Moment) -> RawExchange:
    conversation, step, channel = moment.conversation, moment.step, moment.channel
    if conversation.medium == "whatsapp":
        return _meta_exchange(_whatsapp_payload(moment), moment.at)
    if conversation.medium == "email":
        return _mail_exchange(moment)
    sender, to = conversation.address, channel.channel_address
    if isinstance(step, Customer):
        fields = payloads.sms_fields(
            account_sid=TWILIO_ACCOUNT, sid=moment.external_id, sender=sender, to=to, text=step.text
        )
    else:
        fields = payloads.call_fields(
            account_sid=TWILIO_ACCOUNT, sid=moment.external_id, caller=sender, to=to, status="no-answer"
        )
    url = f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/{conversation.medium}/{channel.id}/"
    return RawExchange(
        body=payloads.twilio_form(fields),
        received_at=moment.at,
        url=url,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signature(STAND_IN_TOKEN, url, fields),
        },
    )


def _whatsapp_payload(moment: _Moment) -> payloads.Object:
    conversation, step = moment.conversation, moment.step
    account, number = _numbers(moment.channel)
    if isinstance(step, Staff):
        return payloads.whatsapp_echo(
            account=account,
            number=number,
            external_id=moment.external_id,
            recipient=conversation.address,
            text=step.text,
            at=moment.at,
        )
    return payloads.whatsapp_text(
        account=account,
        number=number,
        external_id=moment.external_id,
        sender=conversation.address,
        name=conversation.name,
        text=step.text if isinstance(step, Customer) else "",
        at=moment.at,
    )


def _numbers(channel: BusinessEntityChannel) -> tuple[str, tuple[str, str]]:
    account = channel.business_entity.whatsapp_business_account_id
    return account, (channel.provider_account, channel.channel_address)


def _meta_exchange(payload: object, at: datetime) -> RawExchange:
    body, headers = signed(payload, settings.WHATSAPP_APP_SECRET)
    return RawExchange(
        body=body,
        received_at=at,
        url=f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/whatsapp/",
        headers={name.lower(): value for name, value in headers.items()},
    )


def _mail_exchange(moment: _Moment) -> RawExchange:
    """A mail as the fetcher hands it over; one of the brand's own comes from its Sent folder."""
    conversation, step, channel = moment.conversation, moment.step, moment.channel
    customer = formataddr((conversation.name, conversation.address))
    own = formataddr((channel.sender_name, channel.channel_address))
    by_staff = isinstance(step, Staff)
    mail = EmailMessage()
    mail["From"], mail["To"] = (own, customer) if by_staff else (customer, own)
    mail["Subject"] = conversation.subject if not moment.number else f"Re: {conversation.subject}"
    mail["Date"] = format_datetime(moment.at)
    mail["Message-ID"] = moment.external_id
    if moment.number:
        earlier = [external_id(conversation, number) for number in range(moment.number)]
        mail["In-Reply-To"], mail["References"] = earlier[-1], " ".join(earlier)
    for name, value in () if by_staff else conversation.headers:
        mail[name] = value
    mail.set_content("" if isinstance(step, MissedCall) else step.text)
    return RawExchange(
        body=mail.as_bytes(), received_at=moment.at, headers={"x-fetch-echo": "1"} if by_staff else {}
    )


def _record(medium: str, channel: BusinessEntityChannel | None, exchange: RawExchange) -> None:
    """What the webhook view and the mail fetcher do: prove that it is genuine, keep it."""
    provider = PROVIDERS[medium]
    shared = provider.capabilities.shared_webhook
    if provider.capabilities.webhook:
        provider.verify(exchange, [] if shared or channel is None else [account_for(channel)])
    receipt_record(
        provider=medium, exchange=exchange, channel_id=None if shared or channel is None else channel.id
    )


def _report(moment: _Moment) -> None:
    """Meta reports on the automatic answer to a message, if there was one."""
    answer = CommunicationMessage.objects.filter(
        answers__external_id=moment.external_id, answers__channel=moment.channel
    ).first()
    if answer is None or not answer.external_id:
        return
    reports = [("sent", SENT_AFTER), ("delivered", DELIVERED_AFTER)]
    if moment.conversation.address == UNREACHABLE:
        reports = [("failed", DELIVERED_AFTER)]
    elif moment.conversation.reads:
        reports.append(("read", READ_AFTER))
    account, number = _numbers(moment.channel)
    payload = payloads.whatsapp_statuses(
        account=account,
        number=number,
        external_id=answer.external_id,
        recipient=moment.conversation.address,
        states=[(state, moment.at + after) for state, after in reports],
        message_id=answer.id,
        error_code=UNDELIVERABLE,
    )
    at = moment.at + reports[-1][1]
    _record("whatsapp", None, _meta_exchange(payload, at))
    _drain(at)


def _odd_exchanges_record(now: datetime) -> None:
    """Two genuine exchanges that nobody can place: they wait in quarantine for a person."""
    at = now - timedelta(hours=3)
    message = {
        "from": "31655512399",
        "id": "wamid.demo-unknown-number",
        "timestamp": "1760000000",
        "type": "text",
        "text": {"body": "Hallo, is dit het nieuwe nummer van de storingsdienst?"},
    }
    contact = {"profile": {"name": "Olaf Prins"}, "wa_id": "31655512399"}
    unknown_number = envelope(
        "100000000000001", "123456789012399", "31612345099", contacts=[contact], messages=[message]
    )
    for payload in (unknown_number, {"object": "page", "entry": []}):
        exchange = _meta_exchange(payload, at)
        if not InboundReceipt.objects.filter(body=exchange.body).exists():
            _record("whatsapp", None, exchange)
            _drain(at)
