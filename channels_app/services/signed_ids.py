"""A signed token that names a row; it survives mail systems that fold case, and fits in an SMS."""

from __future__ import annotations

from base64 import b32decode, b32encode
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

_MAC_BYTES = 10
_ID_BYTES = 16


def signed_id(row_id: UUID, *, salt: str) -> str:
    """42 lower-case letters and digits: the id and an HMAC-SHA256. salt: what the token is for."""
    return b32encode(row_id.bytes + _mac(row_id, salt)).decode().rstrip("=").lower()


def id_of(token: str, *, salt: str) -> UUID | None:
    """The id that a token names, or None when it was not made by us for this purpose."""
    try:
        raw = b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    row_id = UUID(bytes=raw[:_ID_BYTES])
    # The token itself, not what it decodes to: its last letter carries bits that decoding ignores.
    return row_id if constant_time_compare(token.lower(), signed_id(row_id, salt=salt)) else None


def _mac(row_id: UUID, salt: str) -> bytes:
    return salted_hmac(salt, row_id.hex, algorithm="sha256").digest()[:_MAC_BYTES]
