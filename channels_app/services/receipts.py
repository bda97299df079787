"""The durable inbox: keep the raw exchange first, understand it later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from channels_app.bulk import clean_text, json_text
from channels_app.models import InboundReceipt
from channels_app.models.base import new_id
from channels_app.providers.base import RawExchange
from channels_app.signals import receipts_waiting

# Headers that later stages may need. The others (cookies, proxies, tokens) are not kept.
KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-forwarded-for"})
_COLUMNS = (
    "id", "created_at", "provider", "channel_id", "method", "url", "headers", "body", "received_at",
)  # fmt: skip
# Values, not arrays as elsewhere: nearly always it is one exchange, and the arrays cost more than the row.
_ROW = f"({', '.join(['%s'] * len(_COLUMNS))})"
_INSERT = f"INSERT INTO inbound_receipts ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 names are ours
# A statement that is sent again may have been carried out the first time.
_ONCE = " ON CONFLICT (id) DO NOTHING"


def receipt_record(*, provider: str, exchange: RawExchange, channel_id: UUID | None = None) -> UUID:
    """Keep one verified exchange and say, once it is committed, that it waits. Returns its id."""
    (receipt_id,) = receipts_record(provider=provider, exchanges=[exchange], channel_id=channel_id)
    return receipt_id


def receipts_record(
    *, provider: str, exchanges: Iterable[RawExchange], channel_id: UUID | None = None
) -> list[UUID]:
    """The same for several exchanges, in one statement; their ids in order."""
    now = timezone.now()
    rows = [
        (
            new_id(), now, provider, channel_id, exchange.method, clean_text(exchange.url),
            json_text(_kept(exchange.headers)), exchange.body, exchange.received_at,
        )
        for exchange in exchanges
    ]  # fmt: skip
    if rows:
        _insert(rows)
        transaction.on_commit(lambda: receipts_waiting.send(sender=InboundReceipt))
    return [row[0] for row in rows]


def _insert(rows: Sequence[Sequence[Any]]) -> None:
    """On the connection as it is; when that has died meanwhile, once more on a new one.

    This takes the place of Django's health check: it survives more, and costs no round trip per call.
    """
    statement = _INSERT + ", ".join([_ROW] * len(rows)) + _ONCE
    values = [value for row in rows for value in row]
    connection.ensure_connection()
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    try:
        _execute(statement, values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        _execute(statement, values)


def _execute(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def receipt_quarantine(*, provider: str, exchange: RawExchange, channel_id: UUID | None, reason: str) -> UUID:
    """Keep what is left of an exchange that could not be received, for people to see."""
    return InboundReceipt.objects.create(
        provider=provider,
        channel_id=channel_id,
        method=exchange.method,
        url=exchange.url,
        headers=_kept(exchange.headers),
        body=exchange.body,
        state=InboundReceipt.State.QUARANTINED,
        reason=clean_text(reason),
        received_at=exchange.received_at,
        processed_at=exchange.received_at,
    ).id


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name in KEPT_HEADERS or name.startswith("x-fetch-")
    }


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
            [now, [r.id for r in receipts], [clean_text(reasons.get(r.id, "")) for r in receipts]],
        )


def receipts_replay(*, receipt_ids: Iterable[UUID]) -> int:
    """Put quarantined receipts back in line; what was already stored of them is not stored again."""
    count = InboundReceipt.objects.filter(
        id__in=list(receipt_ids), state=InboundReceipt.State.QUARANTINED
    ).update(state=InboundReceipt.State.PENDING, reason="", processed_at=None)
    if count:
        transaction.on_commit(lambda: receipts_waiting.send(sender=InboundReceipt))
    return count
