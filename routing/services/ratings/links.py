"""The permission to rate one conversation: a token in a link, or in the id of a choice in WhatsApp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from channels_app.services.signed_ids import id_of, signed_id

_SALT = "routing.rating"
_CHOICE = "rating:"
SCORES = range(1, 6)


def rating_url(request_id: UUID) -> str:
    """The address of the page on which a customer rates."""
    path = reverse("rating", args=[signed_id(request_id, salt=_SALT)])
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{path}"


def request_of_token(token: str) -> UUID | None:
    """The request that a token of ours belongs to; None for any other."""
    return id_of(token, salt=_SALT)


def choice_id(request_id: UUID, score: int) -> str:
    """The id under which WhatsApp tells us that the customer chose this score."""
    return f"{_CHOICE}{signed_id(request_id, salt=_SALT)}:{score}"


def chosen(data: Mapping[str, Any]) -> tuple[UUID, int] | None:
    """(request, score) when the structured part of a message is a choice that we offered."""
    interactive = data.get("interactive")
    reply = interactive.get("list_reply") if isinstance(interactive, Mapping) else None
    given = reply.get("id") if isinstance(reply, Mapping) else None
    if not isinstance(given, str) or not given.startswith(_CHOICE):
        return None
    token, _colon, score = given.removeprefix(_CHOICE).partition(":")
    request_id = request_of_token(token)
    if request_id is None or score not in {str(known) for known in SCORES}:
        return None
    return request_id, int(score)
