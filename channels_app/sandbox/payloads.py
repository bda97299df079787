"""Bodies of webhook calls as vendors make them, for the demo's sample conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from channels_app.sandbox.graph_callbacks import envelope

Object = dict[str, Any]


def whatsapp_text(
    *,
    account: str,
    number: tuple[str, str],
    external_id: str,
    sender: str,
    name: str,
    text: str,
    at: datetime,
) -> Object:
    """A customer's text. `number`: the brand's phone number id and telephone number."""
    digits = sender.removeprefix("+")
    message = {
        "from": digits,
        "id": external_id,
        "timestamp": _seconds(at),
        "type": "text",
        "text": {"body": text},
    }
    contact = {"profile": {"name": name}, "wa_id": digits}
    return envelope(account, number[0], number[1].removeprefix("+"), contacts=[contact], messages=[message])


def whatsapp_echo(
    *, account: str, number: tuple[str, str], external_id: str, recipient: str, text: str, at: datetime
) -> Object:
    """A text that the brand sent from the WhatsApp Business app on its own telephone."""
    echo = {
        "from": number[1].removeprefix("+"),
        "to": recipient.removeprefix("+"),
        "id": external_id,
        "timestamp": _seconds(at),
        "type": "text",
        "text": {"body": text},
    }
    payload = envelope(account, number[0], number[1].removeprefix("+"), message_echoes=[echo])
    payload["entry"][0]["changes"][0]["field"] = "smb_message_echoes"
    return payload


def whatsapp_statuses(
    *,
    account: str,
    number: tuple[str, str],
    external_id: str,
    recipient: str,
    states: Sequence[tuple[str, datetime]],
    message_id: UUID,
    error_code: int = 0,
) -> Object:
    """What became of a message of ours, in order; `error_code` belongs to "failed"."""
    statuses = [
        {
            "id": external_id,
            "status": state,
            "timestamp": _seconds(at),
            "recipient_id": recipient.removeprefix("+"),
            "biz_opaque_callback_data": str(message_id),
            **({"errors": [_undeliverable(error_code)]} if state == "failed" else {}),
        }
        for state, at in states
    ]
    return envelope(account, number[0], number[1].removeprefix("+"), statuses=statuses)


def _undeliverable(code: int) -> Object:
    return {"code": code, "title": "Message undeliverable", "message": "Message undeliverable"}


def twilio_form(fields: Mapping[str, str]) -> bytes:
    """The body of a form post of Twilio."""
    return urlencode(fields).encode()


def sms_fields(*, account_sid: str, sid: str, sender: str, to: str, text: str) -> dict[str, str]:
    """A customer's text message."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": text,
        "From": sender,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(1 + len(text) // 160),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
    }


def call_fields(*, account_sid: str, sid: str, caller: str, to: str, status: str) -> dict[str, str]:
    """An event of an incoming call; `status` "no-answer" is a missed call."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": status,
        "Called": to,
        "Caller": caller,
        "Direction": "inbound",
        "From": caller,
        "To": to,
    }


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))
