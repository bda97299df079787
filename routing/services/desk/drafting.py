"""Drafts: what somebody was writing survives a reload, a closed laptop and a lost connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied

from channels_app.bulk import bulk_insert, clean_text, json_text
from channels_app.models import CommunicationThread, Contact
from channels_app.models.base import new_id
from channels_app.scoping import Ability, require, scope
from routing.models import StartDraft, ThreadDraft

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


def start_draft_save(
    *,
    entity_id: UUID,
    user: Any,
    contact: Contact | None,
    content: Mapping[str, Sequence[str]],
    now: datetime,
) -> None:
    """Keep the conversation that the user is about to begin in this brand, in place of an earlier one.

    content: the fields of the page by their names. Raises PermissionDenied, also for a contact of another brand.
    """
    require(user, Ability.CONVERSE, entity_id)
    if contact is not None and contact.business_entity_id != entity_id:
        raise PermissionDenied
    kept = {name: [clean_text(text)[:BODY_LENGTH] for text in texts] for name, texts in content.items()}
    StartDraft.objects.update_or_create(
        user=user,
        defaults={"business_entity_id": entity_id, "contact": contact, "content": kept, "updated_at": now},
    )


def start_draft_clear(*, user: Any) -> None:
    """Throw the user's own away."""
    StartDraft.objects.filter(user=user).delete()


def start_draft_of(user: Any) -> StartDraft | None:
    """The user's own, as long as they may still write in its brand."""
    drafts = scope(StartDraft.objects.select_related("contact__business_entity"), user, Ability.CONVERSE)
    return drafts.filter(user=user).first()
