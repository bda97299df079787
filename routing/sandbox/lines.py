"""The sandbox customer's telephone and mail program: one line per medium.

A line makes the call that the vendor would make, signed, to the real endpoint, and reads from the stand-in
what the customer gets back. It knows nothing of conversations.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import SecretStr, ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers import http
from channels_app.providers.base import ProviderError, RawExchange
from channels_app.sandbox import payloads
from channels_app.sandbox.stand_ins import HOST
from channels_app.schemas import normalise_email, normalise_phone
from channels_app.services.accounts import channel_config
from channels_app.services.receipts import receipt_record


class LineDown(Exception):
    """The message did not reach the brand; the text says why, for the person at the sandbox page."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who writes: a telephone number or a mail address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Received:
    """What the customer got. `external_id` is the provider's; `via` says how, where there is a choice."""

    external_id: str
    text: str
    at: datetime
    subject: str = ""
    via: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # (id, title) of what the customer may press


class Line(ABC):
    """One medium as the customer has it."""

    label: ClassVar[str]
    writes: ClassVar[bool] = True  # False: the customer can only call
    has_subject: ClassVar[bool] = False
    address_type: ClassVar[str] = "tel"

    def customer_address(self, typed: str) -> str:
        """The address in the product's spelling, "" when it is none."""
        return normalise_phone(typed)

    @abstractmethod
    def write(self, channel: BusinessEntityChannel, customer: Customer, text: str, subject: str) -> str:
        """Send a message (or call); the external id under which the product will know it. Raises LineDown."""

    def choose(self, channel: BusinessEntityChannel, customer: Customer, choice: str, title: str) -> str:
        """Press one of the choices that came with a message; where there are none, the title is written."""
        return self.write(channel, customer, title, "")

    @abstractmethod
    def received(self, channel: BusinessEntityChannel, address: str) -> list[Received]:
        """What came back, oldest first. Raises LineDown."""


class WhatsAppLine(Line):
    label = "WhatsApp"

    def write(self, channel: BusinessEntityChannel, customer: Customer, text: str, subject: str) -> str:
        return self._send(channel, customer, {"type": "text", "text": {"body": text}})

    def choose(self, channel: BusinessEntityChannel, customer: Customer, choice: str, title: str) -> str:
        reply = {"type": "list_reply", "list_reply": {"id": choice, "title": title}}
        return self._send(channel, customer, {"type": "interactive", "interactive": reply})

    def _send(self, channel: BusinessEntityChannel, customer: Customer, message: Mapping[str, Any]) -> str:
        answer = _call(
            "POST",
            f"{settings.WHATSAPP_API_BASE.rstrip('/')}/sandbox/inbound",
            {
                "phone_number_id": channel.provider_account,
                "name": customer.name,
                "message": {"from": customer.address.removeprefix("+"), **message},
            },
        )
        _expect_ok(answer["status"])
        return str(answer["id"])

    def received(self, channel: BusinessEntityChannel, address: str) -> list[Received]:
        return [
            Received(
                sent["id"],
                _whatsapp_text(sent["request"]),
                _moment(sent["at"]),
                choices=_whatsapp_choices(sent["request"]),
            )
            for sent in _outbox(settings.WHATSAPP_API_BASE, address)
            if sent["phone_number_id"] == channel.provider_account
        ]


class SmsLine(Line):
    label = "SMS"

    def write(self, channel: BusinessEntityChannel, customer: Customer, text: str, subject: str) -> str:
        sid = "SM" + secrets.token_hex(16)
        fields = payloads.sms_fields(
            account_sid=_setting(channel, "account_sid"),
            sid=sid,
            sender=customer.address,
            to=channel.channel_address,
            text=text,
        )
        _twilio_calls(channel, fields)
        return sid

    def received(self, channel: BusinessEntityChannel, address: str) -> list[Received]:
        return [
            Received(sent["sid"], sent["request"].get("Body", ""), _moment(sent["at"]))
            for sent in _outbox(settings.TWILIO_API_BASE, address)
            if sent["request"].get("From") == channel.channel_address
        ]


class PhoneLine(Line):
    """The customer calls and nobody picks up; an answer may come by SMS or WhatsApp."""

    label = "Phone"
    writes = False

    def write(self, channel: BusinessEntityChannel, customer: Customer, text: str, subject: str) -> str:
        sid = "CA" + secrets.token_hex(16)
        for status in ("ringing", "no-answer"):
            fields = payloads.call_fields(
                account_sid=_setting(channel, "account_sid"),
                sid=sid,
                caller=customer.address,
                to=channel.channel_address,
                status=status,
            )
            _twilio_calls(channel, fields)
        return sid

    def received(self, channel: BusinessEntityChannel, address: str) -> list[Received]:
        brand = BusinessEntityChannel.objects.filter(business_entity=channel.business_entity_id)
        numbers = set(brand.values_list("channel_address", flat=True))
        accounts = set(brand.exclude(provider_account="").values_list("provider_account", flat=True))
        answers = [
            Received(sent["sid"], sent["request"].get("Body", ""), _moment(sent["at"]), via=SmsLine.label)
            for sent in _outbox(settings.TWILIO_API_BASE, address)
            if sent["request"].get("From") in numbers
        ]
        answers += [
            Received(sent["id"], _whatsapp_text(sent["request"]), _moment(sent["at"]), via=WhatsAppLine.label)
            for sent in _outbox(settings.WHATSAPP_API_BASE, address)
            if sent["phone_number_id"] in accounts
        ]
        return sorted(answers, key=lambda answer: answer.at)


class EmailLine(Line):
    """A mail lands in the mailbox as if it had just been fetched; answers arrive at the mail stand-in."""

    label = "Email"
    has_subject = True
    address_type = "email"

    def customer_address(self, typed: str) -> str:
        return normalise_email(typed)

    def write(self, channel: BusinessEntityChannel, customer: Customer, text: str, subject: str) -> str:
        mail = EmailMessage()
        mail["From"] = formataddr((customer.name, customer.address))
        mail["To"] = channel.channel_address
        mail["Subject"] = subject or _("Question")
        mail["Date"] = format_datetime(timezone.now())
        mail["Message-ID"] = make_msgid(domain=customer.address.partition("@")[2])
        mail.set_content(text)
        receipt_record(
            provider=channel.channel_type,
            channel_id=channel.id,
            exchange=RawExchange(body=mail.as_bytes(), received_at=timezone.now()),
        )
        return str(mail["Message-ID"])

    def received(self, channel: BusinessEntityChannel, address: str) -> list[Received]:
        domain = channel.channel_address.partition("@")[2]
        return [
            Received(sent["message_id"], sent["text"].strip(), _moment(sent["at"]), sent["subject"])
            for sent in _outbox(f"http://{HOST}:{settings.SANDBOX_MAIL_PORT}", address)
            if f"@{domain}" in sent["sender"]
        ]


LINES: Mapping[str, Line] = {
    "whatsapp": WhatsAppLine(),
    "sms": SmsLine(),
    "phone": PhoneLine(),
    "email": EmailLine(),
}


def _twilio_calls(channel: BusinessEntityChannel, fields: Mapping[str, str]) -> None:
    answer = _call(
        "POST",
        f"{settings.TWILIO_API_BASE.rstrip('/')}/sandbox/callback",
        {
            "url": f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/{channel.channel_type}/{channel.id}/",
            "auth_token": _setting(channel, "auth_token"),
            "fields": dict(fields),
        },
    )
    _expect_ok(answer["status"])


def _setting(channel: BusinessEntityChannel, name: str) -> str:
    try:
        value = getattr(channel_config(channel), name, "")
    except ValidationError as error:
        raise LineDown(_("The settings of this channel are incomplete.")) from error
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _outbox(base: str, address: str) -> list[dict[str, Any]]:
    found = _call("GET", f"{base.rstrip('/')}/sandbox/outbox", parameters={"to": address})
    messages: list[dict[str, Any]] = found["messages"]
    return messages


def _call(
    method: str, url: str, body: object = None, *, parameters: Mapping[str, str] | None = None
) -> dict[str, Any]:
    try:
        response = http.request(method, url, json=body, params=parameters, configured=True)
    except ProviderError as error:
        raise LineDown(_("The stand-in of the provider does not answer. Does “up --demo” run?")) from error
    answer = response.json()
    if not response.ok or not isinstance(answer, dict):
        raise LineDown(_("The stand-in of the provider refused: %(status)d.") % {"status": response.status})
    return answer


def _expect_ok(status: int) -> None:
    if status == 0:
        raise LineDown(_("The webhook of this product does not answer."))
    if status != 200:
        raise LineDown(_("The webhook of this product answered %(status)d.") % {"status": status})


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _whatsapp_text(request: Mapping[str, Any]) -> str:
    """What the customer reads of a request to Meta's `/messages`."""
    kind = request.get("type", "text")
    content = request.get(kind) or {}
    if kind == "text":
        return str(content.get("body", ""))
    if kind == "template":
        values = [
            part.get("text", "")
            for component in content.get("components", ())
            for part in component.get("parameters", ())
        ]
        return " · ".join([str(content.get("name", "")), *values])
    if kind == "interactive":
        buttons = [button["reply"]["title"] for button in content.get("action", {}).get("buttons", ())]
        return "\n".join([str(content.get("body", {}).get("text", "")), *(f"▢ {title}" for title in buttons)])
    if kind == "reaction":
        return str(content.get("emoji", ""))
    return str(content.get("caption") or content.get("filename") or kind)


def _whatsapp_choices(request: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    sections = (request.get("interactive") or {}).get("action", {}).get("sections", ())
    return tuple((row["id"], row["title"]) for section in sections for row in section.get("rows", ()))
