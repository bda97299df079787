"""Waiting at mailboxes for mail (IDLE, RFC 2177). A hint rings for the mailbox; the sweep reads it anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import close_old_connections
from pydantic import ValidationError

from channels_app.models import BusinessEntityChannel
from channels_app.providers.base import Account, ProviderError
from channels_app.providers.email.imap import open_mailbox
from channels_app.selectors.mailboxes import fetched_channels
from channels_app.services.accounts import account_for

logger = structlog.get_logger(__name__)

WAIT = 5 * 60.0  # seconds of one wait; afterwards the settings are looked at again
PAUSE = 60.0  # seconds before a mailbox that failed is tried again


def watch_mailboxes(
    on_mail: Callable[[UUID], None], *, stop: threading.Event, wait: float = WAIT, pause: float = PAUSE
) -> None:
    """Call `on_mail` with the channel of every mailbox that announces mail, until `stop` is set.

    One thread per mailbox; mailboxes that are added, changed or switched off meanwhile count from the next
    look, every `pause` seconds.
    """
    watched: dict[UUID, threading.Thread] = {}
    while not stop.is_set():
        close_old_connections()
        for channel_id in fetched_channels().values_list("id", flat=True):
            thread = watched.get(channel_id)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(
                    target=_watch, args=(channel_id, on_mail, stop, wait), name=f"mailbox-{channel_id}", daemon=True
                )  # fmt: skip
                watched[channel_id] = thread
                thread.start()
        stop.wait(pause)


def _watch(channel_id: UUID, on_mail: Callable[[UUID], None], stop: threading.Event, wait: float) -> None:
    """Wait at one mailbox until it fails, is switched off, or cannot announce mail."""
    while not stop.is_set():
        account = _account(channel_id)
        if account is None:
            return
        try:
            with open_mailbox(account) as session:
                session.select("INBOX")
                # Mail that came while nobody was waiting is announced to nobody.
                on_mail(channel_id)
                if session.wait_for_mail(timeout=wait):
                    on_mail(channel_id)
        except ProviderError as error:
            logger.warning("mailbox_not_watched", channel=str(channel_id), code=error.code)
            return


def _account(channel_id: UUID) -> Account | None:
    """The mailbox's account, None when it is not to be read any more."""
    close_old_connections()
    try:
        channel = fetched_channels().select_related("business_entity").get(id=channel_id)
        return account_for(channel)
    except (BusinessEntityChannel.DoesNotExist, ValidationError):
        return None
    finally:
        close_old_connections()
