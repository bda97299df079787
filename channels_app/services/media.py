"""Fetching attachments that a provider keeps: after the message is stored, outside any transaction."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from pydantic import ValidationError

from channels_app.models import Attachment, InboundReceipt
from channels_app.providers.base import AttachmentContent, InboundAttachment, MalformedExchange, ProviderError
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.services.files import StorageUnavailable, file_keep, storage_trouble, storage_well
from channels_app.services.messages import state_of
from channels_app.services.outbox import retry_delay
from channels_app.services.receipts import exchange_of

logger = structlog.get_logger(__name__)

PER_CLAIM = 20
MAX_ATTEMPTS = 8
CLAIM_EXPIRES = timedelta(minutes=5)
STORAGE_PAUSE = timedelta(minutes=1)


def media_fetch_due(*, now: datetime) -> int:
    """Fetch attachments whose time has come; how many were stored.

    A claim moves the next attempt into the future, so that a dead worker's attachments come up again. When
    our own storage takes nothing, all of them wait, and none comes nearer to being given up.
    """
    with transaction.atomic():
        due = list(
            Attachment.objects.filter(state=Attachment.State.PENDING, available_at__lte=now)
            .order_by("available_at")
            .select_for_update(skip_locked=True)[:PER_CLAIM]
        )
        claimed = Attachment.objects.filter(id__in=[attachment.id for attachment in due])
        claimed.update(available_at=now + CLAIM_EXPIRES)
    stored = 0
    try:
        for attachment in claimed.select_related("message__channel__business_entity"):
            stored += _fetch(attachment, now)
    except StorageUnavailable:
        storage_trouble(now=now)
        claimed.filter(state=Attachment.State.PENDING).update(available_at=now + STORAGE_PAUSE)
    else:
        if stored:
            storage_well(now=now)
    return stored


def _fetch(attachment: Attachment, now: datetime) -> bool:
    try:
        found = _from_provider(attachment) if attachment.media_id else _from_receipt(attachment)
    except ProviderError as error:
        _not_fetched(attachment, error, now)
        return False
    except ValidationError:
        _not_fetched(attachment, ProviderError("the channel's settings are incomplete", code="settings"), now)
        return False
    attachment.file = file_keep(found.data)
    attachment.size = len(found.data)
    attachment.sha256 = hashlib.sha256(found.data).hexdigest()
    attachment.state = state_of(found)
    attachment.available_at = None
    attachment.save(update_fields=["size", "sha256", "state", "available_at", "file"])
    return True


def _from_provider(attachment: Attachment) -> InboundAttachment:
    """Raises ProviderError or pydantic.ValidationError."""
    channel = attachment.message.channel
    wanted = InboundAttachment(
        name=attachment.name,
        content_type=attachment.content_type,
        content=AttachmentContent.REMOTE,
        media_id=attachment.media_id,
        sha256=attachment.sha256,
        size=attachment.size,
    )
    return replace(wanted, data=provider_for(channel.channel_type).download(wanted, account_for(channel)))


def _from_receipt(attachment: Attachment) -> InboundAttachment:
    """What came along with the message when the storage took nothing. Raises like `_from_provider`."""
    channel = attachment.message.channel
    # The row may be gone, since nothing in the database ties the two together.
    receipt_id = attachment.message.receipt_id
    receipt = InboundReceipt.objects.filter(id=receipt_id).first() if receipt_id else None
    if receipt is not None:
        try:
            parsed = provider_for(channel.channel_type).parse(exchange_of(receipt), account_for(channel))
        except MalformedExchange as error:
            raise ProviderError(str(error), code="malformed", permanent=True) from error
        for message in parsed.messages:
            for candidate in message.attachments:
                if candidate.sha256 == attachment.sha256 and candidate.data:
                    return candidate
    raise ProviderError("the raw message is no longer kept", code="gone", permanent=True)


def _not_fetched(attachment: Attachment, error: ProviderError, now: datetime) -> None:
    attachment.attempts += 1
    attachment.note = error.text[:300]
    if error.permanent or attachment.attempts >= MAX_ATTEMPTS:
        attachment.state = Attachment.State.FAILED
        attachment.available_at = None
    else:
        attachment.available_at = now + retry_delay(attachment.attempts, error.retry_after)
    attachment.save(update_fields=["attempts", "note", "state", "available_at"])
    logger.warning("media_not_fetched", attachment=str(attachment.id), code=error.code)
