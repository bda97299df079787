"""Header fields of real mail: encoded words, raw 8-bit text, broken addresses, odd dates.

Works on what the parser kept raw (compat32, surrogate-escaped), never on its decoded views, since these
raise on part of the mail that arrives in practice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.utils import parsedate_tz
from weakref import WeakKeyDictionary

from channels_app.providers.email.charsets import clean_text, decode_text

_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,64})\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_UTF7_RUN = re.compile(rb"\+[A-Za-z0-9+/]{2,}-")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_QUOTED_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_SPACE = re.compile(r"[ \t\r\n]+")
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]+(?:\s[^<>\s]+)*)\s*>")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)
MAX_HEADER_LENGTH = 100_000

# Of the mails being read: some ninety questions are asked of each about its dozen fields.
_fields: WeakKeyDictionary[Message, dict[str, list[str]]] = WeakKeyDictionary()


def raw_bytes(value: object) -> bytes:
    """The bytes of a raw header or payload string as the compat32 parser keeps it."""
    return str(value).encode("utf-8", "surrogateescape") if value is not None else b""


def raw_values(message: Message, name: str) -> list[str]:
    """Every value of a header field, raw, in order of appearance. The mail is not to change afterwards."""
    fields = _fields.get(message)
    if fields is None:
        fields = _fields[message] = {}
        for key, value in message.raw_items():
            fields.setdefault(key.lower().strip(), []).append(str(value)[:MAX_HEADER_LENGTH])
    return fields.get(name.lower(), [])


def text_value(message: Message, name: str, *, fallback: str = "cp1252") -> str:
    """The first non-empty value of a header field, decoded and unfolded, "" when there is none."""
    for raw in raw_values(message, name):
        text = decode_header(raw, fallback=fallback)
        if text:
            return text
    return ""


def decode_header(raw: str, *, fallback: str = "cp1252") -> str:
    """Decode encoded words (RFC 2047, generously) and raw 8-bit text; one line, no control characters.

    fallback: codec for raw 8-bit text that is not UTF-8, from the charset of the mail's own text.
    """
    data = raw_bytes(_FOLD.sub(" ", raw))
    if b"=?" in data:
        text = "".join(_decoded_runs(data, fallback))
    elif fallback == "utf-7" and _UTF7_RUN.search(data):
        text = decode_text(data, "utf-7")
    else:
        text = decode_text(data, fallback=fallback)
    return _SPACE.sub(" ", clean_text(text).replace("\x1b", "")).strip()


def _decoded_runs(data: bytes, fallback: str) -> Iterator[str]:
    """Literal text and decoded words in turn; neighbours of one charset are joined before decoding,
    because many senders cut a multi-byte character in two."""
    position = 0
    pending: bytes = b""
    charset = ""
    for match in _ENCODED_WORD.finditer(data):
        literal = data[position : match.start()]
        label = match[1].decode("ascii", "replace").split("*", 1)[0].lower()
        word = _decoded_word(match[2].lower(), match[3])
        if pending and not literal.strip() and label == charset:
            pending += word
        else:
            if pending:
                yield decode_text(pending, charset)
            if literal.strip() or (literal and not pending):
                yield decode_text(literal, fallback=fallback)
            pending, charset = word, label
        position = match.end()
    if pending:
        yield decode_text(pending, charset)
    if position < len(data):
        yield decode_text(data[position:], fallback=fallback)


def _decoded_word(encoding: bytes, payload: bytes) -> bytes:
    if encoding == b"q":
        return _QUOTED_BYTE.sub(lambda found: bytes([int(found[1], 16)]), payload.replace(b"_", b" "))
    return decode_base64(payload)


def decode_base64(payload: bytes) -> bytes:
    """Base64 as it arrives: stray characters skipped, padding missing, the tail cut off."""
    kept = payload.translate(None, _NOT_BASE64)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except (binascii.Error, ValueError):
        return b""


def message_ids(raw: str) -> tuple[str, ...]:
    """Message ids in a field, each as "<left@right>", oldest first, without repeats."""
    text = decode_header(raw)
    found = [f"<{_SPACE.sub('', inner)}>" for inner in _MESSAGE_ID.findall(text)]
    if not found:
        words = text.split()
        found = [f"<{word.strip('<>,;')}>" for word in words if "@" in word or len(words) == 1]
    return tuple(dict.fromkeys(identifier[:998] for identifier in found if len(identifier) > 2))


_OBSOLETE_ZONE = re.compile(r"\(([^()]*)\)")


def parse_date(raw: str) -> datetime | None:
    """The date of a Date or Received field, aware, in UTC; None when it cannot be read."""
    text = _OBSOLETE_ZONE.sub(" ", decode_header(raw))
    parsed = parsedate_tz(text)
    if parsed is None:
        return None
    year, month, day, hour, minute, second, *_, offset = parsed
    try:
        zone = timezone(timedelta(seconds=offset or 0))
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
