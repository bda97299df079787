"""What a composer had on screen, so that nobody answers past somebody else without knowing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from channels_app.models import CommunicationMessage, CommunicationThread
from routing.services.desk.errors import News
from routing.services.desk.trail import name_of

Message = CommunicationMessage
PREVIEW_LENGTH = 160
SHOWN_AT_MOST = 20


def seen_token(thread: CommunicationThread, user: Any) -> str:
    """How many messages of others are there and which is the newest; opaque to whoever carries it.

    Both, since a message is numbered when it arrives and becomes visible a little later: one with an
    older number may appear after a newer one was seen.
    """
    ids = list(_messages(thread, user).order_by("-id").values_list("id", flat=True))
    return f"{len(ids)}.{ids[0]}" if ids else "0."


def news_since(thread: CommunicationThread, user: Any, token: str) -> tuple[News, ...]:
    """What was written since that token was made, oldest first; an unreadable token has seen nothing."""
    count, newest = _parsed(token)
    ids = list(_messages(thread, user).order_by("-created_at", "-id").values_list("id", flat=True))
    fresh = [message_id for message_id in ids if newest is None or message_id > newest]
    if len(ids) - count > len(fresh):
        fresh = ids[: len(ids) - count]
    if not fresh:
        return ()
    messages = Message.objects.select_related("author").in_bulk(fresh[:SHOWN_AT_MOST])
    return tuple(_news(messages[message_id]) for message_id in reversed(fresh[:SHOWN_AT_MOST]))


def _messages(thread: CommunicationThread, user: Any) -> QuerySet[Message]:
    """What counts: customers' messages, answers of people, and notes of colleagues. Not what machines say."""
    return Message.objects.filter(thread=thread, automated="").filter(
        Q(direction=Message.Direction.INBOUND)
        | Q(message_type__in=[Message.Type.REPLY, Message.Type.ECHO])
        | (Q(message_type=Message.Type.NOTE) & ~Q(author=user))
    )


def _parsed(token: str) -> tuple[int, UUID | None]:
    count, _, newest = token.partition(".")
    try:
        return int(count), UUID(newest) if newest else None
    except ValueError:
        return 0, None


def _news(message: CommunicationMessage) -> News:
    text = message.new_text if message.new_text is not None else message.body
    author = message.author
    kinds = {Message.Direction.INBOUND.value: "customer", Message.Direction.INTERNAL.value: "note"}
    return News(
        message_id=message.id,
        kind=kinds.get(message.direction, "answer"),  # type: ignore[arg-type]  # one of News.kind
        who=name_of(author) if author is not None else message.sender_name or message.sender,
        at=message.sent_at,
        text=" ".join(text.split())[:PREVIEW_LENGTH],
    )
