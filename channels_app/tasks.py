"""Background work of this app. Tasks take ids, are thin, and may run twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from celery import shared_task
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from channels_app.models import RetentionPolicy
from channels_app.selectors.mailboxes import mailboxes_due
from channels_app.selectors.outbox import channels_with_outgoing
from channels_app.services.bells import answered, ring
from channels_app.services.channel_watch import channels_watch
from channels_app.services.delivery import deliver_channel as deliver_channel_now
from channels_app.services.filing import documents_file
from channels_app.services.mailboxes import poll_mailbox as poll_mailbox_now
from channels_app.services.media import media_fetch_due
from channels_app.services.outbox import outbox_recover
from channels_app.services.privacy.raw_exchanges import (
    processed_receipts_due,
    receipts_clear,
    shared_receipts_due,
)
from channels_app.services.privacy.retention import retention_run
from channels_app.services.search_index import search_index_all
from channels_app.services.slots import channel_slot
from channels_app.services.staff.passwords import password_reset_mail

logger = structlog.get_logger(__name__)

CLAIMS_PER_TASK = 10
# After this long at its ceiling a channel may send about as many as its ceiling allows in a second.
SHORTEST_PAUSE = timedelta(seconds=1)


@shared_task
def deliver_channel(*, channel_id: str, resumed: bool = False) -> int:
    """Send what a channel has to send; how many items were sent. A hung provider holds up only its channel.

    resumed: the channel was at its provider's ceiling, and this is the ring for going on.
    """
    answered(f"resume:{channel_id}" if resumed else f"deliver:{channel_id}")
    with channel_slot(channel_id) as free:
        return _deliver(UUID(channel_id)) if free else 0


def _deliver(channel_id: UUID) -> int:
    sent = 0
    for _ in range(CLAIMS_PER_TASK):
        outcome = deliver_channel_now(channel_id)
        sent += outcome.sent
        if outcome.resume_after is not None:
            # Seconds, so the broker may keep it; what is lost there, the sweep finds.
            ring(
                deliver_channel, key=f"resume:{channel_id}",
                after_seconds=max(outcome.resume_after, SHORTEST_PAUSE).total_seconds(),
                channel_id=str(channel_id), resumed=True,
            )  # fmt: skip
            return sent
        if not outcome.taken:
            return sent
    outgoing_waiting([channel_id])
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


PURGED_PER_TASK = 200_000  # of each brand: some ten seconds


@shared_task
def purge_expired() -> int:
    """Take out what brands no longer keep, a bounded part at a time; how many rows."""
    now = timezone.now()
    count = receipts_clear(shared_receipts_due(now=now), most=PURGED_PER_TASK)
    count += receipts_clear(processed_receipts_due(now=now), most=PURGED_PER_TASK)
    for policy in RetentionPolicy.objects.select_related("business_entity"):
        count += sum(retention_run(policy=policy, now=now, most=PURGED_PER_TASK).values())
    return count


@shared_task
def end_sessions() -> None:
    """Remove sessions that are over."""
    call_command("clearsessions")


@shared_task
def send_password_reset(*, user_id: str) -> bool:
    """Mail the link for a new password; whether it left."""
    return password_reset_mail(user_id=int(user_id)) == ""


def password_reset_waiting(user_id: int) -> None:
    """Ring for a password mail. Without a broker nothing is sent, and the person asks again."""
    ring(send_password_reset, key=f"password-reset:{user_id}", user_id=str(user_id))


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
                key="" if wait else f"deliver:{channel_id}",
                after_seconds=wait,
                channel_id=str(channel_id),
            )
        )


def media_waiting() -> None:
    """Ring for attachments to download, once the transaction has been committed."""
    transaction.on_commit(lambda: ring(fetch_media, key="media"))


@shared_task
def index_search() -> int:
    """Make what changed findable; how many notes of changes there were."""
    return search_index_all()


@shared_task
def file_documents() -> int:
    """File the attachments of mailboxes that want it; how many there were."""
    return documents_file(now=timezone.now())


@shared_task
def watch_channels() -> int:
    """Ask providers about channels that were not checked for a day; how many were tried."""
    return channels_watch(now=timezone.now())
