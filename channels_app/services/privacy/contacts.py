"""One contact: forgetting who it was, and erasing everything it wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from channels_app.models import (
    AuditEntry,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    ContactIdentifier,
    InboundReceipt,
    OutboxItem,
)
from channels_app.models.personal import PersonalData
from channels_app.scoping import Ability, require
from channels_app.selectors.contacts import merged_into
from channels_app.services.audit import audit_record, audit_redact
from channels_app.services.privacy.clearing import (
    clear,
    not_yet_cleared,
    personal_models,
    rows_of_contact,
)

BATCH = 500
# Nothing of these may still leave for somebody who is erased.
_NOT_SENT_YET = (OutboxItem.State.QUEUED, OutboxItem.State.HELD, OutboxItem.State.FAILED)


@transaction.atomic
def contact_forget(*, contact_id: UUID) -> None:
    """Take name, addresses and numbers off a contact, off its messages and out of the audit trail; the rows stay,
    for the figures that hang on them."""
    CommunicationMessage.objects.filter(thread__contact_id=contact_id).exclude(
        sender="", sender_name="", recipients=[]
    ).update(sender="", sender_name="", recipients=[])
    OutboxItem.objects.filter(message__thread__contact_id=contact_id).exclude(recipient="").update(
        recipient=""
    )
    ContactIdentifier.objects.filter(contact_id=contact_id).delete()
    personal: PersonalData = Contact.personal
    now = timezone.now()
    Contact.objects.filter(pk=contact_id).update(**personal.cleared, anonymised_at=now)
    audit_redact(objects={Contact._meta.label_lower: merged_into(contact_id)}, now=now)


def erasure_count(*, contact: Contact) -> dict[str, int]:
    """What erasing this contact would take out, by model label; nothing is changed."""
    counts = {
        model._meta.label: rows_of_contact(model, personal, contact.pk)
        .filter(not_yet_cleared(personal))
        .count()
        for model, personal in personal_models()
    }
    counts[InboundReceipt._meta.label] = len(_receipts(contact))
    return {label: count for label, count in counts.items() if count}


def contact_erase(*, contact: Contact, actor: Any, now: datetime, ip: str | None = None) -> dict[str, int]:
    """Take out everything that this contact wrote, was written, and is; what went, by model label.

    What was to be sent still is cancelled. The audit trail keeps that it happened, by whom and how much,
    not whom. May run twice. Raises PermissionDenied.
    """
    require(actor, Ability.ADMINISTER, contact.business_entity_id)
    _cancel_outgoing(contact, now)
    counts: Counter[str] = Counter()
    receipts = _receipts(contact)
    threads = list(CommunicationThread.objects.filter(contact=contact).values_list("pk", flat=True))
    for model, personal in personal_models():
        if model is Contact or model is ContactIdentifier:
            continue
        rows = rows_of_contact(model, personal, contact.pk).filter(not_yet_cleared(personal))
        counts[model._meta.label] += _in_batches(model, personal, list(rows.values_list("pk", flat=True)))
    counts[InboundReceipt._meta.label] += _in_batches(InboundReceipt, InboundReceipt.personal, receipts)
    with transaction.atomic():
        counts[ContactIdentifier._meta.label] = contact.identifiers.count()
        counts[Contact._meta.label] = Contact.objects.filter(pk=contact.pk, anonymised_at=None).count()
        contact_forget(contact_id=contact.pk)
        audit_redact(objects={CommunicationThread._meta.label_lower: threads}, now=now)
        found = {label: count for label, count in counts.items() if count}
        if found:
            audit_record(
                action=AuditEntry.Action.ERASED,
                brands=[contact.business_entity_id],
                actor=actor,
                object_type=Contact._meta.label_lower,
                object_id=contact.pk,
                detail=found,
                ip=ip,
            )
    return found


def _receipts(contact: Contact) -> list[UUID]:
    """The raw exchanges in which this contact's messages came, and that were dealt with.

    One may hold messages of others too; what they wrote is stored by then, so only its raw form goes.
    """
    keys = CommunicationMessage.objects.filter(thread__contact=contact, receipt_id__isnull=False)
    personal: PersonalData = InboundReceipt.personal
    rows = InboundReceipt.objects.filter(
        not_yet_cleared(personal), pk__in=keys.values("receipt_id")
    ).values_list("pk", flat=True)
    return list(rows)


def _cancel_outgoing(contact: Contact, now: datetime) -> None:
    with transaction.atomic():
        items = OutboxItem.objects.select_for_update().filter(
            message__thread__contact=contact, state__in=_NOT_SENT_YET
        )
        keys = list(items.values_list("pk", flat=True))
        OutboxItem.objects.filter(pk__in=keys).update(state=OutboxItem.State.CANCELLED, finished_at=now)


def _in_batches(model: Any, personal: PersonalData, keys: Sequence[Any]) -> int:
    return sum(clear(model, personal, keys[at : at + BATCH]) for at in range(0, len(keys), BATCH))
