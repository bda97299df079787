"""Fetching attachments that a provider keeps: after the message is stored, outside any transaction."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from pydantic import ValidationError

from channels_app.models import Attachment
from channels_app.models.base import new_id
from channels_app.providers.base import AttachmentContent, InboundAttachment, ProviderError
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.services.outbox import retry_delay

logger = structlog.get_logger(__name__)

PER_CLAIM = 20
MAX_ATTEMPTS = 8
CLAIM_EXPIRES = timedelta(minutes=5)


def media_fetch_due(*, now: datetime) -> int:
    """Fetch attachments whose time has come; how many were stored.

    A claim moves the next attempt into the future, so that a dead worker's attachments come up again.
    """
    with transaction.atomic():
        due = list(
            Attachment.objects.filter(state=Attachment.State.PENDING, available_at__lte=now)
            .order_by("available_at")
            .select_for_update(skip_locked=True)[:PER_CLAIM]
        )
        Attachment.objects.filter(id__in=[attachment.id for attachment in due]).update(
            available_at=now + CLAIM_EXPIRES
        )
    attachments = Attachment.objects.filter(id__in=[attachment.id for attachment in due]).select_related(
        "message__channel__business_entity"
    )
    return sum(_fetch(attachment, now) for attachment in attachments)


def _fetch(attachment: Attachment, now: datetime) -> bool:
    channel = attachment.message.channel
    try:
        data = provider_for(channel.channel_type).download(
            InboundAttachment(
                name=attachment.name,
                content_type=attachment.content_type,
                content=AttachmentContent.REMOTE,
                media_id=attachment.media_id,
                sha256=attachment.sha256,
                size=attachment.size,
            ),
            account_for(channel),
        )
    except ProviderError as error:
        _not_fetched(attachment, error, now)
        return False
    except ValidationError:
        _not_fetched(attachment, ProviderError("the channel's settings are incomplete", code="settings"), now)
        return False
    attachment.size = len(data)
    attachment.sha256 = hashlib.sha256(data).hexdigest()
    attachment.state = Attachment.State.STORED
    attachment.available_at = None
    attachment.file.save(f"{new_id().hex}.bin", ContentFile(data), save=False)
    attachment.save(update_fields=["size", "sha256", "state", "available_at", "file"])
    return True


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
