"""Raw exchanges that no single brand decides about: those of the shared address, and those that nobody set a
period for. They are the heaviest rows and the least used, so an installation keeps them for a while only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from channels_app.bulk import batches
from channels_app.models import InboundReceipt, RetentionPolicy
from channels_app.models.receipt import PROCESSED_WITH_CONTENTS
from channels_app.services.privacy.clearing import clear, not_yet_cleared

BATCH = 500
# Looking for what is due reads past rows that were just cleared: once for many batches.
KEYS_AT_ONCE = 10_000


def shared_receipts_due(*, now: datetime) -> QuerySet[InboundReceipt]:
    """Raw exchanges of the address that brands share: they go with the shortest period of any brand,
    since any brand's customers may stand in them."""
    periods = RetentionPolicy.objects.exclude(raw_days=None).values_list("raw_days", flat=True)
    shortest = min((days for days in periods if days is not None), default=None)
    if shortest is None:
        return InboundReceipt.objects.none()
    return InboundReceipt.objects.filter(
        not_yet_cleared(InboundReceipt.personal),
        channel__isnull=True,
        received_at__lt=now - timedelta(days=shortest),
    )


def processed_receipts_due(*, now: datetime) -> QuerySet[InboundReceipt]:
    """Processed exchanges older than RAW_EXCHANGE_DAYS, but for brands with a period of their own.

    What is quarantined waits for a person and stays.
    """
    if not settings.RAW_EXCHANGE_DAYS:
        return InboundReceipt.objects.none()
    own = RetentionPolicy.objects.exclude(raw_days=None).values("business_entity_id")
    return InboundReceipt.objects.filter(
        PROCESSED_WITH_CONTENTS, received_at__lt=now - timedelta(days=settings.RAW_EXCHANGE_DAYS)
    ).exclude(channel__business_entity__in=own)


def receipts_clear(rows: QuerySet[InboundReceipt], *, most: int | None = None) -> int:
    """Empty these exchanges, in small transactions from the oldest on, at most about `most`; how many."""
    done = 0
    while room := KEYS_AT_ONCE if most is None else min(KEYS_AT_ONCE, most - done):
        keys = list(rows.order_by("received_at").values_list("pk", flat=True)[:room])
        for batch in batches(keys, BATCH):
            clear(InboundReceipt, InboundReceipt.personal, batch)
        done += len(keys)
        if len(keys) < room:
            break
    return done
