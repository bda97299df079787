"""What somebody has read: per person and conversation, up to the customer's newest message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from channels_app.bulk import bulk_insert
from channels_app.models import CommunicationThread
from channels_app.models.base import new_id
from channels_app.scoping import Ability, require
from routing.models import ReadMark
from routing.services.desk.notices import notices_mark_read


def thread_mark_read(*, thread: CommunicationThread, user: Any, now: datetime) -> None:
    """Everything in this conversation, as it was loaded, has been seen by the user, notices included.

    A message that came in after `thread` was loaded stays unread. Raises PermissionDenied.
    """
    require(user, Ability.VIEW, thread.business_entity_id)
    if thread.last_inbound_at is not None:
        bulk_insert(
            "thread_read_marks",
            {
                "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "thread_id": "uuid",
                "user_id": "integer", "seen_inbound_at": "timestamptz",
            },
            [(new_id(), now, thread.business_entity_id, thread.id, user.pk, thread.last_inbound_at)],
            on_conflict="(thread_id, user_id) DO UPDATE SET seen_inbound_at = "
            "greatest(thread_read_marks.seen_inbound_at, EXCLUDED.seen_inbound_at)",
        )  # fmt: skip
    notices_mark_read(user=user, now=now, thread_id=thread.id)


def thread_mark_unread(*, thread: CommunicationThread, user: Any) -> None:
    """The user wants to look at it again. Raises PermissionDenied."""
    require(user, Ability.VIEW, thread.business_entity_id)
    ReadMark.objects.filter(thread=thread, user=user).delete()
