"""A signed token that names a conversation; it travels in our outgoing mail and comes back in answers."""

from __future__ import annotations

from uuid import UUID

from channels_app.services.signed_ids import id_of, signed_id

_SALT = "channels_app.thread_token"


def thread_token(thread_id: UUID) -> str:
    """42 lower-case letters and digits, since some mail systems fold case."""
    return signed_id(thread_id, salt=_SALT)


def thread_of_token(token: str) -> UUID | None:
    """The conversation a token names, or None when it was not made by us."""
    return id_of(token, salt=_SALT)
