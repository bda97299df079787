"""Background work of this app. Tasks take ids, are thin, and may run twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from channels_app.selectors.mailboxes import mailboxes_due
from channels_app.selectors.outbox import channels_with_outgoing
from channels_app.services.bells import answered, ring
from channels_app.services.delivery import deliver_channel as deliver_channel_now
from channels_app.services.mailboxes import poll_mailbox as poll_mailbox_now
from channels_app.services.media import media_fetch_due
from channels_app.services.outbox import outbox_recover

logger = structlog.get_logger(__name__)

CLAIMS_PER_TASK = 10


@shared_task
def deliver_channel(*, channel_id: str) -> int:
    """Send what a channel has to send; how many items were sent. A hung provider holds up only this task."""
    answered(f"deliver:{channel_id}")
    sent = 0
    for _ in range(CLAIMS_PER_TASK):
        outcome = deliver_channel_now(UUID(channel_id))
        sent += outcome.sent
        if not outcome.taken:
            return sent
    outgoing_waiting([UUID(channel_id)])
    return sent


@shared_task
def deliver_outbox() -> int:
    """The sweep: recover what dead workers left, and ring for every channel with something to send."""
    now = timezone.now()
    requeued, unknown = outbox_recover(now=now)
    if requeued or unknown:
        logger.warning("outbox_recovered", requeued=requeued, unknown=unknown)
    channels = channels_with_outgoing(now)
    outgoing_waiting(channels)
    return len(channels)


@shared_task
def fetch_media() -> int:
    """Download attachments that providers keep for us; how many were stored."""
    answered("media")
    return media_fetch_due(now=timezone.now())


@shared_task
def poll_mailbox(*, channel_id: str) -> int:
    """Read a channel's mailbox; how many mails were imported. A hung server holds up only this task."""
    answered(f"mailbox:{channel_id}")
    outcome = poll_mailbox_now(UUID(channel_id))
    if outcome.more:
        mail_waiting(UUID(channel_id))
    return outcome.tally.imported


@shared_task
def poll_mailboxes() -> int:
    """The sweep: ring for every mailbox that is to be read now."""
    channels = mailboxes_due(timezone.now())
    for channel_id in channels:
        mail_waiting(channel_id)
    return len(channels)


def mail_waiting(channel_id: UUID) -> None:
    """Ring for a mailbox that may have new mail."""
    ring(poll_mailbox, key=f"mailbox:{channel_id}", channel_id=str(channel_id))


def outgoing_waiting(channel_ids: Iterable[UUID], *, at: datetime | None = None) -> None:
    """Ring for channels that have something to send, once the transaction has been committed.

    at: when it may leave, if that is a few seconds from now.
    """
    wait = max(0.0, (at - timezone.now()).total_seconds()) if at is not None else 0.0
    for channel_id in channel_ids:
        transaction.on_commit(
            partial(
                ring,
                deliver_channel,
                key=f"deliver:{channel_id}",
                after_seconds=wait,
                channel_id=str(channel_id),
            )
        )


def media_waiting() -> None:
    """Ring for attachments to download, once the transaction has been committed."""
    transaction.on_commit(lambda: ring(fetch_media, key="media"))
