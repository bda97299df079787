"""Reading the mailbox of a channel: the inbox, then the Sent folder; nothing in it is changed.

Two workers at one mailbox would do no harm (see `mailbox_folders`), but fetch everything twice: a lock that
ends with the connection keeps the second one away. A pooler of connections may keep such a lock for ever, so
that it counts for no longer than reading can take.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntityChannel, Mailbox
from channels_app.providers.base import Account, ProviderError
from channels_app.providers.email.check import explain
from channels_app.providers.email.config import EmailConfig, config_of
from channels_app.providers.email.imap import open_mailbox
from channels_app.providers.email.parsing import DEFAULT_MAX_MAIL
from channels_app.services.accounts import account_for
from channels_app.services.mailbox_folders import FolderReader, Overtaken
from channels_app.services.mailbox_ledger import (
    Tally,
    expiry_watched,
    mailbox_of,
    reading_failed,
    reading_not_possible,
    reading_succeeded,
)

logger = structlog.get_logger(__name__)

INBOX = "INBOX"
TIME_PER_POLL = timedelta(seconds=150)
LONGEST_LOCK = timedelta(minutes=5)


@dataclass(slots=True)
class PollOutcome:
    """What reading a mailbox brought. busy: another worker reads it. more: the time was up before the end.

    error: why it failed, in words for staff, "" when it did not.
    """

    tally: Tally = field(default_factory=Tally)
    busy: bool = False
    more: bool = False
    error: str = ""


def poll_mailbox(
    channel_id: UUID, *, clock: Callable[[], datetime] = timezone.now, max_size: int = DEFAULT_MAX_MAIL
) -> PollOutcome:
    """Import what is new in a channel's mailbox. Raises nothing but errors of the database.

    max_size: bytes; of a larger mail only the headers are kept, with a note.
    """
    channel = BusinessEntityChannel.objects.select_related("business_entity").get(id=channel_id)
    mailbox = mailbox_of(channel)
    mailbox.channel = channel
    with _alone(channel_id) as alone:
        attempted_at = mailbox.attempted_at or mailbox.created_at
        if not alone and clock() - attempted_at < LONGEST_LOCK:
            return PollOutcome(busy=True)
        return _poll(mailbox, channel, clock, max_size)


def _poll(
    mailbox: Mailbox, channel: BusinessEntityChannel, clock: Callable[[], datetime], max_size: int
) -> PollOutcome:
    outcome = PollOutcome()
    try:
        account = account_for(channel)
    except ValidationError:
        outcome.error = _("The channel's settings are incomplete.")
        reading_failed(mailbox, outcome.error, now=clock())
        return outcome
    config = config_of(account)
    if not config.has_credentials:
        outcome.error = _("No log-in has been entered yet.")
        reading_not_possible(mailbox, outcome.error, now=clock())
        return outcome
    _watch_expiry(mailbox, config, clock())
    try:
        outcome.more = _read(mailbox, account, config, outcome.tally, clock, max_size)
    except Overtaken:
        outcome.busy = True
    except ProviderError as error:
        outcome.error = explain(error, config)
        logger.warning("mailbox_failed", channel=str(channel.id), code=error.code)
        reading_failed(mailbox, outcome.error, now=clock())
    else:
        reading_succeeded(mailbox, now=clock())
    return outcome


def _read(
    mailbox: Mailbox,
    account: Account,
    config: EmailConfig,
    tally: Tally,
    clock: Callable[[], datetime],
    max_size: int,
) -> bool:
    until = clock() + TIME_PER_POLL
    with open_mailbox(account) as session:
        for name, echo in ((INBOX, False), (session.sent_folder(), True)):
            reader = FolderReader(
                session=session,
                mailbox=mailbox,
                provider=mailbox.channel.channel_type,
                echo=echo,
                import_history=config.import_history,
                max_size=max_size,
                clock=clock,
                until=until,
                tally=tally,
            )
            if name and reader.read(name):
                return True
    return False


def _watch_expiry(mailbox: Mailbox, config: EmailConfig, now: datetime) -> None:
    if mailbox.expires_on != config.expires_on:
        mailbox.expires_on = config.expires_on
        mailbox.save(update_fields=["expires_on"])
    explanation = _("The app registration expires on %(date)s; make a new client secret.") % {
        "date": config.expires_on
    }
    expiry_watched(mailbox, now=now, explanation=explanation)


@contextmanager
def _alone(channel_id: UUID) -> Iterator[bool]:
    """Whether we are the only reader of this mailbox, until the end of the block or of the process."""
    digest = hashlib.blake2b(b"mailbox" + channel_id.bytes, digest_size=8).digest()
    key = int.from_bytes(digest, signed=True)
    ((alone,),) = fetch_all("SELECT pg_try_advisory_lock(%s::bigint)", [key])
    try:
        yield alone
    finally:
        # A connection that broke has given the lock back by itself.
        if alone and connection.is_usable():
            fetch_all("SELECT pg_advisory_unlock(%s::bigint)", [key])
