"""The durable inbox: keep the raw exchange first, understand it later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from channels_app.bulk import clean_text
from channels_app.models import InboundReceipt
from channels_app.providers.base import RawExchange
from channels_app.signals import receipts_waiting

# Headers that later stages may need. The others (cookies, proxies, tokens) are not kept.
KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-forwarded-for"})


def receipt_record(*, provider: str, exchange: RawExchange, channel_id: UUID | None = None) -> UUID:
    """Keep one verified exchange and say, once it is committed, that it waits. Returns its id."""
    receipt = _receipt(provider, exchange, channel_id)
    receipt.save(force_insert=True)
    transaction.on_commit(lambda: receipts_waiting.send(sender=InboundReceipt))
    return receipt.id


def receipts_record(
    *, provider: str, exchanges: Iterable[RawExchange], channel_id: UUID | None = None
) -> list[UUID]:
    """The same for several exchanges, in one statement; their ids in order."""
    receipts = InboundReceipt.objects.bulk_create(
        [_receipt(provider, exchange, channel_id) for exchange in exchanges]
    )
    if receipts:
        transaction.on_commit(lambda: receipts_waiting.send(sender=InboundReceipt))
    return [receipt.id for receipt in receipts]


def receipt_quarantine(*, provider: str, exchange: RawExchange, channel_id: UUID | None, reason: str) -> UUID:
    """Keep what is left of an exchange that could not be received, for people to see."""
    receipt = _receipt(provider, exchange, channel_id)
    receipt.state, receipt.reason = InboundReceipt.State.QUARANTINED, clean_text(reason)
    receipt.processed_at = exchange.received_at
    receipt.save(force_insert=True)
    return receipt.id


def _receipt(provider: str, exchange: RawExchange, channel_id: UUID | None) -> InboundReceipt:
    return InboundReceipt(
        provider=provider,
        channel_id=channel_id,
        method=exchange.method,
        url=exchange.url,
        headers={
            name: value
            for name, value in exchange.headers.items()
            if name in KEPT_HEADERS or name.startswith("x-fetch-")
        },
        body=exchange.body,
        received_at=exchange.received_at,
    )


def receipts_claim(*, limit: int, max_bytes: int) -> list[InboundReceipt]:
    """The oldest waiting receipts, locked until the transaction ends; other workers skip them.

    max_bytes: of raw exchanges together; the first comes whatever its size.
    """
    return list(
        InboundReceipt.objects.raw(
            """
            SELECT receipt.*
              FROM (SELECT locked.id,
                           sum(locked.bytes) OVER (ORDER BY locked.received_at, locked.id) - locked.bytes
                               AS before
                      FROM (SELECT id, received_at, octet_length(body) AS bytes
                              FROM inbound_receipts
                             WHERE state = 'pending'
                             ORDER BY received_at, id
                             LIMIT %s
                               FOR UPDATE SKIP LOCKED) AS locked) AS claimed
              JOIN inbound_receipts AS receipt ON receipt.id = claimed.id
             WHERE claimed.before < %s
             ORDER BY receipt.received_at, receipt.id
            """,
            [limit, max_bytes],
        )
    )


def exchange_of(receipt: InboundReceipt) -> RawExchange:
    return RawExchange(
        body=bytes(receipt.body),
        received_at=receipt.received_at,
        method=receipt.method,
        url=receipt.url,
        headers=receipt.headers,
    )


def receipts_close(*, receipts: Sequence[InboundReceipt], reasons: dict[UUID, str], now: datetime) -> None:
    """Mark receipts as processed, or as quarantined for the reason given; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inbound_receipts AS receipt
               SET state = CASE WHEN outcome.reason = '' THEN 'done' ELSE 'quarantined' END,
                   reason = outcome.reason,
                   attempts = receipt.attempts + 1,
                   processed_at = %s
              FROM unnest(%b::uuid[], %b::text[]) AS outcome(id, reason)
             WHERE receipt.id = outcome.id
            """,
            [now, [r.id for r in receipts], [reasons.get(r.id, "") for r in receipts]],
        )


def receipts_replay(*, receipt_ids: Iterable[UUID]) -> int:
    """Put quarantined receipts back in line; what was already stored of them is not stored again."""
    count = InboundReceipt.objects.filter(
        id__in=list(receipt_ids), state=InboundReceipt.State.QUARANTINED
    ).update(state=InboundReceipt.State.PENDING, reason="", processed_at=None)
    if count:
        transaction.on_commit(lambda: receipts_waiting.send(sender=InboundReceipt))
    return count
