"""Telling a member of staff about a conversation, inside the product."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from channels_app.bulk import clean_text
from channels_app.models import CommunicationThread
from channels_app.scoping import scope
from routing.models import StaffNotice

PREVIEW_LENGTH = 200


def notices_give(
    thread: CommunicationThread,
    users: Iterable[Any],
    *,
    kind: StaffNotice.Kind,
    by: Any,
    now: datetime,
    message_id: UUID | None = None,
    preview: str = "",
) -> int:
    """Leave a notice for each of these people but for whoever caused it; how many were left."""
    given = [
        StaffNotice(
            created_at=now,
            business_entity_id=thread.business_entity_id,
            thread=thread,
            user=user,
            kind=kind,
            actor=by,
            message_id=message_id,
            preview=clean_text(" ".join(preview.split()))[:PREVIEW_LENGTH],
        )
        for user in users
        if by is None or user.pk != by.pk
    ]
    StaffNotice.objects.bulk_create(given)
    return len(given)


def notices_mark_read(
    *, user: Any, now: datetime, notice_ids: Iterable[UUID] | None = None, thread_id: UUID | None = None
) -> int:
    """Mark the user's own notices as read: these, or those of one conversation, or all; how many were new."""
    notices = scope(StaffNotice.objects.filter(user=user, read_at__isnull=True), user)
    if notice_ids is not None:
        notices = notices.filter(id__in=list(notice_ids))
    if thread_id is not None:
        notices = notices.filter(thread_id=thread_id)
    return notices.update(read_at=now)
