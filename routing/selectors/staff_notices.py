"""What members of staff are told within the product: mentions, work given to them, answers that failed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from channels_app.scoping import scope
from routing.models import StaffNotice

NOTICES_SHOWN = 100


def unread_notices(user: Any) -> QuerySet[StaffNotice]:
    """The user's own notices that they have not read, of brands they (still) work for."""
    return scope(StaffNotice.objects.filter(user=user.pk, read_at__isnull=True), user)


def newest_notices(user: Any) -> list[StaffNotice]:
    """The user's own notices, newest first, read or not."""
    notices = scope(StaffNotice.objects.filter(user=user.pk), user).select_related(
        "thread__contact", "business_entity", "actor"
    )
    return list(notices.order_by("-id")[:NOTICES_SHOWN])
