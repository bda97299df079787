"""What a person decides about outgoing items that ended in doubt or failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from channels_app.models import CommunicationMessage, OutboxItem

State = OutboxItem.State


def outbox_mark_sent(*, item_ids: Iterable[UUID], now: datetime) -> int:
    """Record that items left by another way, or that a person saw them arrive; nothing is sent.

    Only what failed, is unknown or was held back; how many there were.
    """
    with transaction.atomic():
        items = list(
            OutboxItem.objects.filter(
                id__in=list(item_ids), state__in=[State.FAILED, State.UNKNOWN, State.HELD]
            ).select_for_update()
        )
        CommunicationMessage.objects.filter(
            id__in=[item.message_id for item in items if item.message_id is not None],
            state__in=["failed", "unknown", "held"],
        ).update(state=CommunicationMessage.State.SENT, error_code="", error_text="")
        return OutboxItem.objects.filter(id__in=[item.id for item in items]).update(
            state=State.SENT, finished_at=now, error_code="", error_text=""
        )
