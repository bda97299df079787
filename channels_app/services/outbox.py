"""The durable outbox: claims and outcomes. Sending itself is `delivery`, outside any transaction.

A claim is known by its moment (`claimed_at`). A worker that was taken for dead may come back with an answer after
somebody else claimed the item: what it then says is not about the other's claim, and changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from channels_app.bulk import clean_text, fetch_all, json_text
from channels_app.models import BusinessEntityChannel, CommunicationMessage, Incident, OutboxItem
from channels_app.providers.base import ProviderError, SendReceipt
from channels_app.services.incidents import incident_open
from channels_app.services.statuses import rank_sql, statuses_adopt

State = OutboxItem.State

CLAIM_EXPIRES = timedelta(minutes=2)
SENDING_EXPIRES = timedelta(minutes=5)
MAX_ATTEMPTS = 10
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


def outbox_claim(*, channel_id: UUID, limit: int, now: datetime) -> list[UUID]:
    """Take a channel's next due items, oldest first, at most one per conversation at a time.

    Nothing is taken while the brand's outgoing messages are stopped or the channel is suspended.
    """
    return [
        item_id
        for (item_id,) in fetch_all(
            """
            UPDATE outbox_items AS item SET state = 'claimed', claimed_at = %s
             WHERE item.id IN (
                   SELECT due.id
                     FROM outbox_items AS due
                     JOIN business_entity_channels AS channel ON channel.id = due.channel_id
                     JOIN business_entities AS entity ON entity.id = channel.business_entity_id
                    WHERE due.channel_id = %s AND due.state = 'queued' AND due.available_at <= %s
                      AND NOT entity.outgoing_stopped AND channel.suspended_at IS NULL
                      AND (due.thread_id IS NULL OR NOT EXISTS (
                           SELECT FROM outbox_items AS earlier
                            WHERE earlier.thread_id = due.thread_id AND earlier.id <> due.id
                              AND (earlier.state IN ('claimed', 'sending')
                                   OR (earlier.state = 'queued' AND earlier.id < due.id
                                       AND earlier.available_at <= %s))))
                    ORDER BY due.available_at, due.id
                    LIMIT %s
                      FOR UPDATE OF due SKIP LOCKED)
            RETURNING item.id
            """,
            [now, channel_id, now, now, limit],
        )
    ]


def outbox_start(*, item: OutboxItem, external_id: str, now: datetime) -> bool:
    """Say that this item is about to be handed to the provider. False when it is not ours any more.

    From here on a crash leaves it `unknown`: the provider may have it.
    """
    with transaction.atomic():
        started = _claim(item, State.CLAIMED).update(
            state=State.SENDING, claimed_at=now, attempts=item.attempts + 1
        )
        if started and item.message_id is not None:
            values = {"state": CommunicationMessage.State.SENDING, "sent_at": now}
            if external_id:
                values["external_id"] = external_id
            CommunicationMessage.objects.filter(id=item.message_id, state__in=["queued", "sending"]).update(
                **values
            )
    if started:
        item.claimed_at = now
    return bool(started)


def _claim(item: OutboxItem, *states: str) -> QuerySet[OutboxItem]:
    """This item, as long as the claim that it was read with is still the current one."""
    return OutboxItem.objects.filter(id=item.id, state__in=states, claimed_at=item.claimed_at)


def outbox_postpone(*, items: Iterable[OutboxItem], until: datetime) -> None:
    """Put claimed items back without counting an attempt (a rate limit)."""
    claims = [(item.id, item.claimed_at) for item in items]
    fetch_all(
        """
        UPDATE outbox_items AS item SET state = 'queued', available_at = %s
          FROM unnest(%b::uuid[], %b::timestamptz[]) AS claim(id, moment)
         WHERE item.id = claim.id AND item.claimed_at = claim.moment AND item.state = 'claimed'
        RETURNING item.id
        """,
        [until, [item_id for item_id, _ in claims], [moment for _, moment in claims]],
    )


def outbox_sent(*, item: OutboxItem, receipt: SendReceipt, now: datetime) -> None:
    """The provider accepted it. Statuses that came in meanwhile are applied at once."""
    with transaction.atomic():
        external_id = clean_text(receipt.external_id)
        if item.message_id is not None:
            fetch_all(
                f"""
                UPDATE communication_messages AS message
                   SET external_id = CASE WHEN %s <> '' THEN %s ELSE message.external_id END,
                       state = CASE WHEN {rank_sql("message.state")} < {rank_sql("'sent'")}
                                    THEN 'sent' ELSE message.state END,
                       data = message.data || %s::jsonb
                 WHERE message.id = %s
                RETURNING message.id
                """,  # noqa: S608 the expressions are ours
                [external_id, external_id, json_text(dict(receipt.data)), item.message_id],
            )
            if external_id:
                statuses_adopt(
                    channel_id=item.channel_id, external_id=external_id, message_id=item.message_id, now=now
                )
        OutboxItem.objects.filter(id=item.id, state__in=[State.SENDING, State.UNKNOWN]).update(
            state=State.SENT, finished_at=now, error_code="", error_text=""
        )


def outbox_not_sent(*, item: OutboxItem, error: ProviderError, now: datetime) -> None:
    """The provider refused, could not be reached, or left us in doubt: decide on the error's attributes."""
    if error.ambiguous:
        _settle(item, State.UNKNOWN, error, now)
    elif error.suspends_channel:
        _suspend(item, error, now)
    elif error.permanent or item.attempts + 1 >= MAX_ATTEMPTS:
        _settle(item, State.FAILED, error, now)
    else:
        _retry(item, error, now + retry_delay(item.attempts + 1, error.retry_after))


def retry_delay(attempts: int, retry_after: timedelta | None) -> timedelta:
    """How long to wait after this many attempts: doubling from 5 s to an hour, with jitter, never less
    than the provider asked for."""
    grown = min(FIRST_RETRY * 2 ** min(attempts - 1, 12), LONGEST_RETRY)
    jittered: timedelta = grown * random.uniform(0.75, 1.25)  # noqa: S311 spreads load, guards nothing
    return max(jittered, retry_after) if retry_after is not None else jittered


def outbox_recover(*, now: datetime) -> tuple[int, int]:
    """Items whose worker died: (queued again, unknown). Only what was surely not sent is queued again."""
    with transaction.atomic():
        requeued = OutboxItem.objects.filter(state=State.CLAIMED, claimed_at__lt=now - CLAIM_EXPIRES).update(
            state=State.QUEUED
        )
        lost = list(
            OutboxItem.objects.filter(state=State.SENDING, claimed_at__lt=now - SENDING_EXPIRES)
            .select_for_update(skip_locked=True)
            .order_by("id")
        )
        doubt = ProviderError("the worker stopped while sending", code="interrupted", ambiguous=True)
        for item in lost:
            _settle(item, State.UNKNOWN, doubt, now)
    return requeued, len(lost)


def outbox_release(*, item_ids: Iterable[UUID], now: datetime) -> int:
    """Send again what failed, was held back or is unknown; a person has decided that it should go."""
    with transaction.atomic():
        items = list(
            OutboxItem.objects.filter(
                id__in=list(item_ids), state__in=[State.FAILED, State.UNKNOWN, State.HELD]
            ).select_for_update()
        )
        for item in items:
            if item.message_id is not None:
                # Old statuses told of an attempt that is now history.
                CommunicationMessage.objects.filter(id=item.message_id).update(
                    state=CommunicationMessage.State.QUEUED, external_id="", error_code="", error_text=""
                )
                fetch_all(
                    "UPDATE message_status_events SET message_id = NULL WHERE message_id = %s RETURNING id",
                    [item.message_id],
                )
        return OutboxItem.objects.filter(id__in=[item.id for item in items]).update(
            state=State.QUEUED, attempts=0, available_at=now, finished_at=None, error_code="", error_text=""
        )


def _settle(item: OutboxItem, state: str, error: ProviderError, now: datetime) -> None:
    """End an item as failed or unknown; a status that proves otherwise keeps the upper hand."""
    with transaction.atomic():
        settled = _claim(item, State.CLAIMED, State.SENDING).update(
            state=state, finished_at=now, error_code=error.code[:40], error_text=clean_text(error.text)[:500]
        )
        if settled and item.message_id is not None:
            CommunicationMessage.objects.filter(id=item.message_id, state__in=["queued", "sending"]).update(
                state=state, error_code=error.code[:40], error_text=clean_text(error.text)[:500]
            )


def _retry(item: OutboxItem, error: ProviderError, at: datetime) -> None:
    with transaction.atomic():
        queued = _claim(item, State.SENDING).update(
            state=State.QUEUED,
            available_at=at,
            error_code=error.code[:40],
            error_text=clean_text(error.text)[:500],
        )
        if queued and item.message_id is not None:
            CommunicationMessage.objects.filter(id=item.message_id, state="sending").update(state="queued")


def _suspend(item: OutboxItem, error: ProviderError, now: datetime) -> None:
    """Stop the whole channel and keep the item waiting for whoever mends it."""
    with transaction.atomic():
        BusinessEntityChannel.objects.filter(id=item.channel_id, suspended_at__isnull=True).update(
            suspended_at=now, suspended_reason=clean_text(error.text)[:300]
        )
        incident_open(
            kind=Incident.Kind.SUSPENDED, now=now, detail=clean_text(error.text),
            entity_id=item.business_entity_id, channel_id=item.channel_id,
        )  # fmt: skip
        _retry(item, error, now)


def channel_resume(*, channel_id: UUID, now: datetime) -> None:
    """Let a suspended channel send again and close its incident."""
    with transaction.atomic():
        BusinessEntityChannel.objects.filter(id=channel_id).update(suspended_at=None, suspended_reason="")
        Incident.objects.filter(
            channel_id=channel_id, kind=Incident.Kind.SUSPENDED, closed_at__isnull=True
        ).update(closed_at=now)
