"""A signed token that names a conversation; it travels in our outgoing mail and comes back in answers."""

from __future__ import annotations

from base64 import b32decode, b32encode
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "channels_app.thread_token"
_MAC_BYTES = 10
_ID_BYTES = 16


def thread_token(thread_id: UUID) -> str:
    """42 lower-case letters and digits, since some mail systems fold case: the id and an HMAC-SHA256."""
    return b32encode(thread_id.bytes + _mac(thread_id)).decode().rstrip("=").lower()


def thread_of_token(token: str) -> UUID | None:
    """The conversation a token names, or None when it was not made by us."""
    try:
        raw = b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    thread_id = UUID(bytes=raw[:_ID_BYTES])
    return thread_id if constant_time_compare(raw[_ID_BYTES:], _mac(thread_id)) else None


def _mac(thread_id: UUID) -> bytes:
    return salted_hmac(_SALT, thread_id.hex, algorithm="sha256").digest()[:_MAC_BYTES]
