"""Signed tokens by which an answer finds its thread, and the Message-ID that carries them.

A token is "t" + base32 of the thread's UUID and the first 10 bytes of an HMAC-SHA256 over it: 43 characters,
lower case, safe in a local part, and unchanged by servers that fold the case of addresses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from uuid import UUID

_MAC_BYTES = 10
_TOKEN = r"t[a-z2-7]{42}"
_MESSAGE_ID = re.compile(rf"<?cc\.([0-9a-f]{{32}})\.({_TOKEN}|[a-z2-7]{{16}})@[\w.-]{{1,255}}>?", re.IGNORECASE)
_PLUS_ADDRESS = re.compile(rf"\+({_TOKEN})@", re.IGNORECASE)
_REFERENCE_NUMBER = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{0,9}-MSG-\d{4}-\d{4,12})(?![\w-])", re.IGNORECASE)


def thread_token(thread_id: UUID, key: bytes) -> str:
    """The token of a thread, always the same for the same key."""
    signed = thread_id.bytes + _mac(b"thread", thread_id.bytes, key)
    return "t" + base64.b32encode(signed).decode("ascii").rstrip("=").lower()


def verify_thread_token(token: str, key: bytes, *old_keys: bytes) -> UUID | None:
    """The thread a token names, None when it is malformed or not signed with one of the keys."""
    if not re.fullmatch(_TOKEN, token.lower()):
        return None
    encoded = token[1:].upper()
    signed = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    identifier, mac = signed[:16], signed[16:]
    # Every key is tried, so that the time taken does not tell which one signed.
    genuine = [hmac.compare_digest(_mac(b"thread", identifier, each), mac) for each in (key, *old_keys)]
    return UUID(bytes=identifier) if any(genuine) else None


def message_id(message: UUID, token: str, domain: str, key: bytes) -> str:
    """The Message-ID of an outgoing mail: "<cc.{message}.{token}@{domain}>", the same at every attempt.

    token: of the thread; with "" a signature over the message's own id takes its place.
    """
    signature = token or _short(_mac(b"message", message.bytes, key))
    return f"<cc.{message.hex}.{signature}@{domain}>"


def own_message(identifier: str, key: bytes, *old_keys: bytes) -> UUID | None:
    """Our message's id from a Message-ID that we made; None when it is foreign or forged."""
    match = _MESSAGE_ID.fullmatch(identifier.strip())
    if match is None:
        return None
    message, signature = UUID(hex=match[1]), match[2].lower()
    if len(signature) > 16:
        return message if verify_thread_token(signature, key, *old_keys) else None
    genuine = [
        hmac.compare_digest(_short(_mac(b"message", message.bytes, each)), signature) for each in (key, *old_keys)
    ]
    return message if any(genuine) else None


def plus_address(address: str, token: str) -> str:
    """"support@x.nl" with a token in it, "support+t...@x.nl"; an answer comes back with the token."""
    local, _, domain = address.rpartition("@")
    return f"{local.split('+', 1)[0]}+{token}@{domain}"


def find_thread_tokens(texts: Iterable[str]) -> tuple[str, ...]:
    """Thread tokens in Message-IDs and plus-addresses, unverified, without repeats."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _MESSAGE_ID.finditer(text):
            if len(match[2]) > 16:
                found[match[2].lower()] = None
        for match in _PLUS_ADDRESS.finditer(text):
            found[match[1].lower()] = None
    return tuple(found)


def find_own_message_ids(text: str) -> tuple[str, ...]:
    """Everything in a text that has the form of our Message-IDs, unverified, in angle brackets."""
    return tuple(dict.fromkeys(f"<{match[0].strip('<>')}>" for match in _MESSAGE_ID.finditer(text)))


def find_reference_number(subject: str) -> str:
    """The thread's reference number in a subject ("CC-MSG-2026-000123"), "" when there is none."""
    match = _REFERENCE_NUMBER.search(subject)
    return match[1].upper() if match else ""


def _mac(purpose: bytes, payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"channels.email." + purpose + b":" + payload, hashlib.sha256).digest()[:_MAC_BYTES]


def _short(mac: bytes) -> str:
    return base64.b32encode(mac).decode("ascii").lower()
