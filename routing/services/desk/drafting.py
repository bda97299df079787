"""Drafts: what somebody was writing survives a reload, a closed laptop and a lost connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels_app.bulk import bulk_insert, clean_text, json_text
from channels_app.models import CommunicationThread
from channels_app.models.base import new_id
from channels_app.scoping import Ability, require
from routing.models import ThreadDraft

BODY_LENGTH = 100_000


def draft_save(
    *,
    thread: CommunicationThread,
    user: Any,
    body: str,
    now: datetime,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Keep what the user is writing; nothing at all clears it. One statement, safe to repeat.

    content: the composer's other fields as plain JSON, e.g. {"mode": "reply", "subject": "", "cc": []}.
    Raises PermissionDenied.
    """
    require(user, Ability.CONVERSE, thread.business_entity_id)
    if not body.strip() and not (content or {}).get("attachments"):
        draft_clear(thread=thread, user=user)
        return
    bulk_insert(
        "thread_drafts",
        {
            "id": "uuid", "created_at": "timestamptz", "updated_at": "timestamptz", "business_entity_id": "uuid",
            "thread_id": "uuid", "user_id": "integer", "body": "text", "content": "jsonb",
        },
        [
            (
                new_id(), now, now, thread.business_entity_id, thread.id, user.pk,
                clean_text(body)[:BODY_LENGTH], json_text(dict(content or {})),
            )
        ],
        on_conflict="(thread_id, user_id) DO UPDATE SET body = EXCLUDED.body, content = EXCLUDED.content, "
        "updated_at = EXCLUDED.updated_at",
    )  # fmt: skip


def draft_clear(*, thread: CommunicationThread, user: Any) -> None:
    """Throw the user's own draft away."""
    ThreadDraft.objects.filter(thread=thread, user=user).delete()


def draft_of(thread: CommunicationThread, user: Any) -> ThreadDraft | None:
    """The user's own draft in this conversation."""
    return ThreadDraft.objects.filter(thread=thread, user=user).first()
