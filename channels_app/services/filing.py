"""Filing: attachments of mail under the invoice and order numbers they are about.

Runs beside the path of incoming mail, over what came in lately, so that storing a message costs nothing more.
Twice over the same attachments files nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import Attachment, BusinessEntityChannel, FiledDocument
from channels_app.schemas.document_numbers import document_numbers

BATCH = 500
# A conversation that is moved to the mailbox within these days is filed too.
LOOKS_BACK = timedelta(days=7)


def documents_file(*, now: datetime, limit: int = BATCH) -> int:
    """File at most `limit` attachments of conversations that belong to a mailbox with `auto_filing`; how many
    were filed. Three statements, however many there are."""
    channels = list(
        BusinessEntityChannel.objects.filter(
            channel_type="email", integration_config__auto_filing=True
        ).values_list("pk", "business_entity_id")
    )
    if not channels:
        return 0
    waiting = list(_waiting(dict(channels), now)[:limit])
    FiledDocument.objects.bulk_create(
        [document for attachment in waiting for document in _filed(attachment)], ignore_conflicts=True
    )
    return len(waiting)


def _waiting(channels: Mapping[UUID, UUID], now: datetime) -> QuerySet[Attachment]:
    """Attachments in customers' mail that are in no file yet. Pictures within the text are no documents."""
    return (
        Attachment.objects.filter(
            ~Exists(FiledDocument.objects.filter(attachment=OuterRef("pk"))),
            message__thread__channel__in=list(channels),
            # The brand too: its conversations of late come from an index.
            message__thread__business_entity__in=set(channels.values()),
            message__thread__last_message_at__gte=now - LOOKS_BACK,
            message__direction="inbound",
            message__channel__channel_type="email",
        )
        .exclude(state=Attachment.State.REMOVED)
        .exclude(content_type="text/calendar")
        .exclude(~Q(content_id=""), content_type__startswith="image/")
        .select_related("message__thread__contact")
        .order_by("pk")
    )


def _filed(attachment: Attachment) -> Iterator[FiledDocument]:
    message = attachment.message
    contact = message.thread.contact
    numbers = document_numbers(
        file_name=attachment.name,
        texts=(message.subject, message.body if message.new_text is None else message.new_text),
        orders=contact.order_numbers,
        customers=contact.customer_numbers,
    )
    found = [(entry.kind, entry.number) for entry in numbers] or [(FiledDocument.Kind.NONE.value, "")]
    for kind, number in found:
        yield FiledDocument(
            business_entity_id=attachment.business_entity_id, attachment=attachment, kind=kind, number=number
        )
