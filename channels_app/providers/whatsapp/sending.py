"""Sending: one outgoing message becomes one or more calls to `/messages`.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages. WhatsApp carries one file a
message and short captions, so a reply with several files or a long text goes out in parts. Files are
uploaded first, because until the first part is accepted a failure can still be retried whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from channels_app.providers.base import (
    JSON,
    Account,
    Identifier,
    IdentifierKind,
    OutboundAttachment,
    OutboundMessage,
    ProviderError,
    SendReceipt,
    TemplateCall,
)
from channels_app.providers.whatsapp.content import text_of
from channels_app.providers.whatsapp.graph import Graph
from channels_app.providers.whatsapp.media import media_type_of, upload

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
CAPTIONED = frozenset({"image", "video", "document"})
# Placeholders may hold no line breaks, tabs or more than four spaces in a row.
TEMPLATE_SPACE = re.compile(r"\s*[\r\n\t]\s*| {5,}")

Part = dict[str, Any]


def send_message(message: OutboundMessage, account: Account) -> SendReceipt:
    """Hand a message to WhatsApp. Raises ProviderError, ambiguous when a part of it may be out."""
    graph = Graph(account)
    envelope = _envelope(message)
    parts = parts_of(message, account)
    if message.reply_to and message.reaction is None:
        parts[0]["context"] = {"message_id": message.reply_to}
    external_ids: list[str] = []
    data: dict[str, JSON] = {}
    for part in parts:
        try:
            answer = graph.post(graph.config.phone_number_id, "messages", json=envelope | part)
            external_ids.append(_external_id(answer))
        except ProviderError as error:
            # The customer has the first parts already: sending all of it again would repeat them.
            error.ambiguous = error.ambiguous or bool(external_ids)
            raise
        data = data or _about(answer)
    if len(external_ids) > 1:
        data["external_ids"] = external_ids
    return SendReceipt(external_id=external_ids[0], data=data)


def _envelope(message: OutboundMessage) -> Part:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(message.recipient.identifiers),
        # Every status repeats it, which identifies a message even when its id never reached us.
        "biz_opaque_callback_data": str(message.message_id),
    }


def _recipient(identifiers: tuple[Identifier, ...]) -> Mapping[str, str]:
    by_kind = {identifier.kind: identifier.value for identifier in reversed(identifiers)}
    if IdentifierKind.PHONE in by_kind:
        return {"to": by_kind[IdentifierKind.PHONE].removeprefix("+")}
    if IdentifierKind.WHATSAPP_USER in by_kind:
        return {"recipient": by_kind[IdentifierKind.WHATSAPP_USER]}
    raise ProviderError(
        "the recipient has no phone number and no user id", code="no_recipient", permanent=True
    )


def parts_of(message: OutboundMessage, account: Account) -> list[Part]:
    """The `/messages` objects for a message, at least one; uploads its files. Raises ProviderError."""
    if message.reaction is not None:
        if not message.reply_to:
            raise ProviderError("a reaction needs a message", code="no_reply_to", permanent=True)
        return [_part("reaction", {"message_id": message.reply_to, "emoji": message.reaction})]
    if message.template is not None:
        return [_part("template", _template(message.template, message.attachments, account))]
    if message.interactive is not None:
        return [_part("interactive", _interactive(message.interactive, message.body))]
    if message.attachments:
        return _with_files(message, account)
    if not message.body.strip():
        raise ProviderError("the message is empty", code="empty", permanent=True)
    return _texts(message.body)


def _part(kind: str, content: Mapping[str, JSON]) -> Part:
    return {"type": kind, kind: content}


def _texts(body: str) -> list[Part]:
    return [
        _part("text", {"body": piece, "preview_url": "https://" in piece})
        for piece in split_text(body, LONGEST_TEXT)
    ]


def split_text(text: str, longest: int) -> list[str]:
    """A text in pieces of at most `longest` characters, broken at a paragraph, line or word if possible."""
    pieces = []
    while len(text) > longest:
        window = text[: longest + 1]
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := window.rfind(mark)) > longest // 2), longest)
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _with_files(message: OutboundMessage, account: Account) -> list[Part]:
    parts = []
    caption = message.body
    for attachment in message.attachments:
        kind = media_type_of(attachment)
        media: Part = {"id": upload(attachment, account)}
        if kind == "document":
            media["filename"] = attachment.name
        if caption and kind in CAPTIONED and len(caption) <= LONGEST_CAPTION:
            media["caption"] = caption
            caption = ""
        parts.append(_part(kind, media))
    return (_texts(caption) if caption.strip() else []) + parts


def _interactive(interactive: Mapping[str, JSON], body: str) -> Mapping[str, JSON]:
    if "body" in interactive or not body:
        return interactive
    return {**interactive, "body": {"text": body[:LONGEST_CAPTION]}}


def _template(
    call: TemplateCall, attachments: tuple[OutboundAttachment, ...], account: Account
) -> Mapping[str, JSON]:
    components: list[Part] = []
    header = _text_parameters(call.header_values)
    for attachment in attachments[:1]:
        kind = media_type_of(attachment)
        header.append({"type": kind, kind: {"id": upload(attachment, account)}})
    if header:
        components.append({"type": "header", "parameters": header})
    if call.body_values:
        components.append({"type": "body", "parameters": _text_parameters(call.body_values)})
    components.extend(
        {
            "type": "button",
            "sub_type": "url",
            "index": str(index),
            "parameters": [{"type": "text", "text": value}],
        }
        for index, value in enumerate(call.button_values)
        if value
    )
    return {"name": call.name, "language": {"code": call.language}, "components": components}


def _text_parameters(values: tuple[str, ...]) -> list[Part]:
    return [{"type": "text", "text": TEMPLATE_SPACE.sub(" ", value)} for value in values]


def _external_id(answer: Mapping[str, JSON]) -> str:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    external_id = text_of(first.get("id")) if isinstance(first, dict) else ""
    if not external_id:
        raise ProviderError("WhatsApp gave the message no id", code="unreadable_answer", ambiguous=True)
    return external_id


def _about(answer: Mapping[str, JSON]) -> dict[str, JSON]:
    data: dict[str, JSON] = {}
    for group, names in (("contacts", ("wa_id", "user_id")), ("messages", ("message_status",))):
        items = answer.get(group)
        first = items[0] if isinstance(items, list) and items else None
        if isinstance(first, dict):
            data.update({name: first[name] for name in names if first.get(name)})
    return data
