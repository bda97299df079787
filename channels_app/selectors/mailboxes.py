"""Which mailboxes there are to read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from channels_app.models import BusinessEntityChannel
from channels_app.providers.registry import PROVIDERS


def fetched_channels() -> QuerySet[BusinessEntityChannel]:
    """Active channels whose messages wait in a mailbox that has an address to be read at."""
    media = [code for code, provider in PROVIDERS.items() if provider.capabilities.fetched]
    return (
        BusinessEntityChannel.objects.active()
        .filter(channel_type__in=media)
        .exclude(Q(integration_config__imap_host="") | Q(integration_config__imap_host__isnull=True))
        .order_by("id")
    )


def mailboxes_due(now: datetime) -> list[UUID]:
    """The channels whose mailbox is to be read now: its pause is over, or somebody changed its settings."""
    return list(
        fetched_channels()
        .filter(
            Q(mailbox__isnull=True)
            | Q(mailbox__next_attempt_at__isnull=True)
            | Q(mailbox__next_attempt_at__lte=now)
            | Q(updated_at__gt=F("mailbox__attempted_at"))
        )
        .values_list("id", flat=True)
    )
