"""What one message of the Cloud API says: body for people, attachments, and the structured part.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples

`body` is the customer's own text wherever there is one. `data` is Meta's element under Meta's names,
without the fields that have a place of their own, plus what is easier to use when spelled out:

    new_phone, new_user_id    a customer moved to another number or user id ("+31...", "NL...")
    flow                      the decoded answers of a flow (`nfm_reply`)
    voice                     true for a voice message
    removed                   true when a reaction was taken away
    parent_user_id, username, wa_id   more of who the sender is, when Meta tells
    claimed_timestamp         what the message said about its time, when that was impossible
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from string import hexdigits

from channels_app.providers.base import JSON, AttachmentContent, InboundAttachment, MalformedExchange
from channels_app.providers.json_body import read_json

LONGEST_NAME = 255
MEDIA_KINDS = frozenset({"image", "audio", "video", "document", "sticker", "voice"})

# What WhatsApp carries (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media).
EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "application/pdf": ".pdf",
}


def text_of(value: JSON) -> str:
    """A scalar as text, "" for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def body_of(kind: str, content: JSON) -> str:
    """What staff read and routing understands of a message; `content` is the object named after `kind`."""
    read = _BODIES.get(kind)
    if read is not None:
        return read(content)
    # A kind that Meta adds later usually names its text in one of the usual ways.
    return _first(content, "body", "text", "caption", "title")


def attachments_of(kind: str, content: JSON) -> tuple[InboundAttachment, ...]:
    """The media of a message, to be downloaded by id."""
    if kind not in MEDIA_KINDS or not isinstance(content, dict):
        return ()
    media_id = text_of(content.get("id"))
    content_type = text_of(content.get("mime_type")).partition(";")[0].strip().lower()
    filename = text_of(content.get("filename"))
    return (
        InboundAttachment(
            name=filename[-LONGEST_NAME:] or kind + EXTENSIONS.get(content_type, ""),
            content_type=content_type[:100] or "application/octet-stream",
            content=AttachmentContent.REMOTE if media_id else AttachmentContent.WITHHELD,
            media_id=media_id,
            sha256=sha256_hex(content.get("sha256")),
            note="" if media_id else "no_media_id",
        ),
    )


def sha256_hex(value: JSON) -> str:
    """Meta's checksum, sent as base64 in webhooks and as hex elsewhere, in hex; "" when it is neither."""
    text = text_of(value)
    if len(text) == 64 and all(character in hexdigits for character in text):
        return text.lower()
    try:
        digest = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return ""
    return digest.hex() if len(digest) == 32 else ""


def flow_answers(content: JSON) -> dict[str, JSON] | None:
    """The answers of a completed flow: `response_json` is JSON inside JSON."""
    reply = content.get("nfm_reply") if isinstance(content, dict) else None
    if not isinstance(reply, dict):
        return None
    answers = reply.get("response_json")
    if isinstance(answers, str):
        try:
            answers = read_json(answers)
        except MalformedExchange:
            return None
    return answers if isinstance(answers, dict) else None


def phone_of(value: JSON) -> str:
    """A WhatsApp id that is a phone number as E.164, else ""."""
    text = value.removeprefix("+") if isinstance(value, str) else text_of(value)
    return "+" + text if text.isdigit() and len(text) <= 15 and text.isascii() else ""


def _first(content: JSON, *names: str) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        for name in names:
            text = text_of(content.get(name))
            if text:
                return text
    return ""


def _text(content: JSON) -> str:
    return _first(content, "body")


def _caption(content: JSON) -> str:
    return text_of(content.get("caption")) if isinstance(content, dict) else ""


def _button(content: JSON) -> str:
    return _first(content, "text", "payload")


def _emoji(content: JSON) -> str:
    return text_of(content.get("emoji")) if isinstance(content, dict) else ""


def _interactive(content: JSON) -> str:
    answers = flow_answers(content)
    if answers:
        lines = [
            f"{name}: {text_of(answer) or json.dumps(answer, ensure_ascii=False)}"
            for name, answer in answers.items()
            if name != "flow_token" and answer not in ("", None, [], {})
        ]
        if lines:
            return "\n".join(lines)
    kind = content.get("type") if isinstance(content, dict) else None
    return _first(content.get(kind), "title", "body", "text") if isinstance(kind, str) else ""


def _location(content: JSON) -> str:
    if not isinstance(content, dict):
        return ""
    position = [text_of(content.get("latitude")), text_of(content.get("longitude"))]
    parts = [text_of(content.get("name")), text_of(content.get("address")), ", ".join(filter(None, position))]
    return "\n".join(filter(None, parts))


def _contacts(content: JSON) -> str:
    if not isinstance(content, list):
        return ""
    return "\n".join(filter(None, (_card(card) for card in content)))


def _card(card: JSON) -> str:
    if not isinstance(card, dict):
        return ""
    name = _first(card.get("name"), "formatted_name", "first_name", "last_name")
    reachable: list[str] = []
    for group, key in (("phones", "phone"), ("emails", "email")):
        items = card.get(group)
        reachable.extend(_first(item, key) for item in (items if isinstance(items, list) else ()))
    where = ", ".join(filter(None, reachable))
    return f"{name}: {where}" if name and where else name or where


def _order(content: JSON) -> str:
    said = _first(content, "text")
    items = content.get("product_items") if isinstance(content, dict) else None
    if said or not isinstance(items, list):
        return said
    return "\n".join(
        f"{text_of(item.get('quantity'))} x {text_of(item.get('product_retailer_id'))}"
        f" ({text_of(item.get('item_price'))} {text_of(item.get('currency'))})"
        for item in items
        if isinstance(item, dict)
    )


def _edited(content: JSON) -> str:
    inner = content.get("message") if isinstance(content, dict) else None
    if not isinstance(inner, dict):
        return ""
    kind = text_of(inner.get("type"))
    return "" if kind == "edit" else body_of(kind, inner.get(kind))


def _nothing(content: JSON) -> str:
    return ""


_BODIES: Mapping[str, Callable[[JSON], str]] = {
    "text": _text,
    **dict.fromkeys(MEDIA_KINDS, _caption),
    "button": _button,
    "interactive": _interactive,
    "reaction": _emoji,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "system": _text,
    "edit": _edited,
    "revoke": _nothing,
    "unsupported": _nothing,
}
