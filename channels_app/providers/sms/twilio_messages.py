"""Twilio's messaging webhooks: a message of a customer, or what became of one of ours.

Twilio gives no time of the event, so the time of arrival stands for it.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.providers import telephone
from channels_app.providers.base import (
    JSON,
    Account,
    AccountEvent,
    AttachmentContent,
    Automated,
    DeliveryFailure,
    DeliveryState,
    InboundAttachment,
    InboundMessage,
    MalformedExchange,
    ParsedExchange,
    RawExchange,
    StatusUpdate,
)
from channels_app.providers.sms.keywords import preference
from channels_app.providers.twilio import ERRORS, form_fields, query_fields, query_parameters

MESSAGE_PARAMETER = "message"  # of our StatusCallback URL: our own message id
INBOUND_STATUSES = frozenset({"receiving", "received"})

STATES: Mapping[str, DeliveryState] = {
    # Twilio has it and has not yet handed it over: for us it was sent, and its SID is now known.
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}

# Titles of https://www.twilio.com/docs/api/errors for the codes of undelivered messages, and whether a
# second attempt is pointless.
DELIVERY_FAILURES: Mapping[str, tuple[str, bool]] = {
    "30001": ("Queue overflow", False),
    "30002": ("Account suspended", False),
    "30003": ("Unreachable destination handset", False),
    "30004": ("Message blocked", True),
    "30005": ("Unknown destination handset", True),
    "30006": ("Landline or unreachable carrier", True),
    "30007": ("Message filtered", True),
    "30008": ("Unknown error", False),
    "30009": ("Missing inbound segment", True),
    "30010": ("Message price exceeds max price", True),
    "30022": ("Rate limit exceeded", False),
    "30023": ("Daily cap reached", False),
    "30410": ("Provider timeout", False),
    "30500": ("Provider failure", False),
}


def parse(exchange: RawExchange, account: Account | None) -> ParsedExchange:
    """Read one webhook. Raises MalformedExchange."""
    fields = form_fields(exchange) or query_fields(exchange)
    sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""
    if not sid:
        raise MalformedExchange(
            _("This is not a text message or a delivery report: its id (MessageSid) is missing.")
        )
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if status in INBOUND_STATUSES or (not status and "From" in fields):
        return _inbound(exchange, account, sid, fields)
    if status in STATES:
        return ParsedExchange(statuses=(_status(exchange, sid, status, fields),))
    event = AccountEvent(
        account=telephone.account_of(account),
        kind="other",
        reference=sid,
        text=status,
        data={"status": status},
    )
    return ParsedExchange(events=(event,))


def _inbound(
    exchange: RawExchange, account: Account | None, sid: str, fields: Mapping[str, str]
) -> ParsedExchange:
    own_number = account.address if account else ""
    sender = telephone.party(fields.get("From", ""), own_number=own_number)
    body = fields.get("Body", "").replace("\x00", "")
    data: dict[str, JSON] = {"segments": _number(fields.get("NumSegments", ""), default=1)}
    if asked := preference(body, fields.get("OptOutType", "")):
        data["opt_out"] = asked
    if fields.get("From", "").startswith(("whatsapp:", "rcs:")):
        data["via"] = fields["From"].partition(":")[0]
    message = InboundMessage(
        account=telephone.e164(fields.get("To", "")),
        external_id=sid,
        sent_at=exchange.received_at,
        sender=sender,
        body=body,
        attachments=_attachments(fields),
        data=data,
        recipients=(telephone.party(fields.get("To", ""), own_number=own_number),),
        # A short code or a name ("PostNL") is a machine, and nothing can be answered to it.
        automated=None
        if sender.identifiers or telephone.is_anonymous(fields.get("From", ""))
        else Automated.SYSTEM,
    )
    return ParsedExchange(messages=(message,))


def _attachments(fields: Mapping[str, str]) -> tuple[InboundAttachment, ...]:
    numbers = sorted(int(found[1]) for name in fields if (found := re.fullmatch(r"MediaUrl(\d{1,2})", name)))
    return tuple(
        _attachment(number, fields[f"MediaUrl{number}"], fields.get(f"MediaContentType{number}", ""))
        for number in numbers
        if fields[f"MediaUrl{number}"]
    )


def _attachment(number: int, url: str, content_type: str) -> InboundAttachment:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    name = PurePosixPath(unquote(parts.path)).name or f"media-{number}"
    content_type = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if "." not in name:
        name += mimetypes.guess_extension(content_type) or ""
    fetchable = parts.scheme in ("https", "http") and bool(parts.netloc)
    return InboundAttachment(
        name=name,
        content_type=content_type,
        content=AttachmentContent.REMOTE if fetchable else AttachmentContent.WITHHELD,
        media_id=url,
        note="" if fetchable else "not an address that can be fetched",
    )


def _status(exchange: RawExchange, sid: str, status: str, fields: Mapping[str, str]) -> StatusUpdate:
    state = STATES[status]
    return StatusUpdate(
        account="",
        external_id=sid,
        state=state,
        at=exchange.received_at,
        message_id=_our_message_id(exchange.url),
        failure=_failure(status, fields) if state is DeliveryState.FAILED else None,
        data={"status": status},
    )


def _failure(status: str, fields: Mapping[str, str]) -> DeliveryFailure:
    code = fields.get("ErrorCode", "")
    text, permanent = DELIVERY_FAILURES.get(code, ("", True))
    if not text and code.isascii() and code.isdecimal() and int(code) in ERRORS:
        permanent = ERRORS[int(code)].permanent
    return DeliveryFailure(
        code=code or status, text=fields.get("ErrorMessage") or text or status, permanent=permanent
    )


def _our_message_id(url: str) -> UUID | None:
    try:
        return UUID(dict(query_parameters(url)).get(MESSAGE_PARAMETER, ""))
    except ValueError:
        return None


def _number(text: str, *, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else default
