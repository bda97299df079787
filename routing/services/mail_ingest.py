"""Mails from files, by the same way as mails from a mailbox: receipt, drain, conversation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from channels_app.bulk import clean_record
from channels_app.models import BusinessEntityChannel, CommunicationMessage, InboundReceipt
from channels_app.providers.base import MalformedExchange, RawExchange
from channels_app.providers.email.parsing import DEFAULT_MAX_MAIL
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import account_for
from channels_app.services.duplicates import id_of_contents
from channels_app.services.receipts import exchange_of, receipts_record
from routing.models import MessageRoutingLog
from routing.services.drain import DrainOutcome, drain_batch

BYTES_AT_ONCE = 32 * 1024 * 1024
FILES_AT_ONCE = 100
HEADER_BYTES = 1024 * 1024  # read of a file that is larger than a mail may be
PATIENCE = 60.0  # seconds to wait for another worker that took our receipts


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file: a stored message, or the reason why it is quarantined."""

    path: Path
    message: CommunicationMessage | None
    log: MessageRoutingLog | None
    quarantined: str = ""
    duplicate: bool = False

    def as_json(self) -> dict[str, Any]:
        if self.message is None:
            return {"file": str(self.path), "quarantined": self.quarantined}
        message, thread = self.message, self.message.thread
        owner = thread.channel
        return {
            "file": str(self.path),
            "message_id": message.data.get("headers", {}).get("message-id") or message.external_id,
            "from": message.sender,
            "subject": message.subject,
            "text": message.body,
            "new_text": message.body if message.new_text is None else message.new_text,
            "attachments": [attachment.name for attachment in message.attachments.all()],
            "classification": message.automated or (self.log.sender_classification if self.log else ""),
            "automated": message.automated,
            "thread": str(thread.id),
            "reference_number": thread.reference_number,
            "target": owner.channel_code if owner is not None else None,
            "target_address": owner.channel_address if owner is not None else None,
            "action": self.log.action if self.log else None,
            "duplicate": self.duplicate,
        }


def ingest_files(
    channel: BusinessEntityChannel,
    paths: Sequence[Path],
    *,
    drain: Callable[[], DrainOutcome] = drain_batch,
    clock: Callable[[], datetime] = timezone.now,
) -> Iterator[Ingested]:
    """Receive files as mails of a channel and say of each, in order, what became of it.

    drain: processes one batch of the inbox. Raises OSError for a file that cannot be read.
    """
    waiting: list[Path] = []
    exchanges: list[RawExchange] = []
    size = 0
    for path in paths:
        exchange = _exchange(path, clock())
        waiting.append(path)
        exchanges.append(exchange)
        size += len(exchange.body)
        if size >= BYTES_AT_ONCE or len(waiting) >= FILES_AT_ONCE:
            yield from _ingest(channel, waiting, exchanges, drain)
            waiting, exchanges, size = [], [], 0
    yield from _ingest(channel, waiting, exchanges, drain)


def _exchange(path: Path, now: datetime) -> RawExchange:
    size = path.stat().st_size
    headers = {}
    if size <= DEFAULT_MAX_MAIL:
        body = path.read_bytes()
    else:
        with path.open("rb") as file:
            body = file.read(HEADER_BYTES)
        headers["x-fetch-truncated"] = str(size)
    return RawExchange(body=body, received_at=now, method="FILE", headers=headers)


def _ingest(
    channel: BusinessEntityChannel,
    paths: Sequence[Path],
    exchanges: Sequence[RawExchange],
    drain: Callable[[], DrainOutcome],
) -> Iterator[Ingested]:
    if not paths:
        return
    began = timezone.now()
    ids = receipts_record(provider=channel.channel_type, exchanges=exchanges, channel_id=channel.id)
    _drained(ids, drain)
    reasons = dict(
        InboundReceipt.objects.filter(id__in=ids, state=InboundReceipt.State.QUARANTINED).values_list(
            "id", "reason"
        )
    )
    messages = {
        message.receipt_id: message
        for message in _with_all(
            CommunicationMessage.objects.filter(created_at__gte=began, receipt_id__in=ids)
        )
    }
    logs = {
        log.communication_message_id: log
        for log in MessageRoutingLog.objects.filter(
            communication_message__in=[message.id for message in messages.values()]
        )
    }
    for path, receipt_id in zip(paths, ids, strict=True):
        if receipt_id in reasons:
            yield Ingested(path, None, None, quarantined=reasons[receipt_id])
        elif receipt_id in messages:
            message = messages[receipt_id]
            yield Ingested(path, message, logs.get(message.id))
        else:
            yield _duplicate(channel, path, receipt_id)


def _drained(ids: Sequence[UUID], drain: Callable[[], DrainOutcome]) -> None:
    """Drain until these receipts are processed, by us or by a worker that was faster."""
    patience = time.monotonic() + PATIENCE
    while InboundReceipt.objects.filter(id__in=ids, state=InboundReceipt.State.PENDING).exists():
        if not drain().receipts:
            if time.monotonic() > patience:
                raise TimeoutError("another worker holds these receipts and does not finish")
            time.sleep(0.05)


def _duplicate(channel: BusinessEntityChannel, path: Path, receipt_id: UUID) -> Ingested:
    """A mail that is stored already, under its own id or, where another mail has that, one of its contents."""
    receipt = InboundReceipt.objects.get(id=receipt_id)
    try:
        parsed = provider_for(channel.channel_type).parse(exchange_of(receipt), account_for(channel))
    except MalformedExchange as error:
        return Ingested(path, None, None, quarantined=str(error))
    mail = clean_record(parsed.messages[0])
    identifiers = (id_of_contents(mail), mail.external_id)
    stored = {
        message.external_id: message
        for message in _with_all(
            CommunicationMessage.objects.filter(
                channel__business_entity=channel.business_entity_id, external_id__in=identifiers
            )
        )
    }
    found = next((stored[identifier] for identifier in identifiers if identifier in stored), None)
    log = MessageRoutingLog.objects.filter(communication_message=found).first() if found else None
    return Ingested(path, found, log, duplicate=True)


def _with_all(messages: Any) -> Any:
    return messages.select_related("thread__channel").prefetch_related("attachments")
