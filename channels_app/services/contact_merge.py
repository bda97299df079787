"""Two contacts turn out to be one person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import AuditEntry, CommunicationThread, Contact, ContactIdentifier
from channels_app.scoping import Ability, require
from channels_app.selectors.contacts import FILLED, JOINED
from channels_app.services.audit import audit_record

Status = CommunicationThread.Status


@transaction.atomic
def contact_merge(*, user: Any, kept: Contact, duplicate: Contact, now: datetime) -> None:
    """A member of staff says that two contacts are one; `duplicate` goes.

    Raises PermissionDenied in a brand that is not theirs, ValidationError for contacts of two brands.
    """
    for contact in (kept, duplicate):
        require(user, Ability.CONVERSE, contact.business_entity_id)
    if kept.business_entity_id != duplicate.business_entity_id or kept.pk == duplicate.pk:
        raise ValidationError(_("Choose two contacts of the same brand."))
    contacts_merge([(kept.pk, duplicate.pk)], now=now, actor=user)


def contacts_merge(pairs: Iterable[tuple[UUID, UUID]], *, now: datetime, actor: Any = None) -> None:
    """Make each (kept, duplicate) pair one contact: addresses, conversations and data move to the kept.

    Where both have an open conversation on a medium that allows one, the duplicate's is resolved with a
    link from the kept one, so that no message is lost and the constraint holds. The trail says who did it
    (None: what a message carried) and keeps the duplicate's id, so that an erasure finds what is said of both.
    """
    for kept_id, duplicate_id in dict.fromkeys(pairs):
        contacts = {
            c.id: c
            for c in Contact.objects.filter(id__in=[kept_id, duplicate_id]).order_by("id").select_for_update()
        }
        kept, duplicate = contacts.get(kept_id), contacts.get(duplicate_id)
        if kept is None or duplicate is None or kept.business_entity_id != duplicate.business_entity_id:
            continue
        ContactIdentifier.objects.filter(contact=duplicate).update(contact=kept)
        _close_doubles(kept, duplicate, now)
        CommunicationThread.objects.filter(contact=duplicate).update(contact=kept)
        _take_over(kept, duplicate)
        audit_record(
            action=AuditEntry.Action.MERGED,
            brands=[kept.business_entity_id],
            actor=actor,
            object_type=Contact._meta.label_lower,
            object_id=kept.pk,
            object_name=kept.name,
            detail={"merged": str(duplicate.pk)},
        )
        duplicate.delete()


def _close_doubles(kept: Contact, duplicate: Contact, now: datetime) -> None:
    single = CommunicationThread.objects.unresolved().filter(single_open=True)
    staying = {thread.medium: thread for thread in single.filter(contact=kept)}
    for thread in single.filter(contact=duplicate, medium__in=staying):
        CommunicationThread.objects.filter(pk=thread.pk).update(
            status=Status.RESOLVED, resolved_at=now, response_due_at=None, waiting_since=None, updated_at=now
        )
        CommunicationThread.objects.filter(pk=staying[thread.medium].pk, previous_thread__isnull=True).update(
            previous_thread=thread, updated_at=now
        )


def _take_over(kept: Contact, duplicate: Contact) -> None:
    """Fill what the kept contact lacks from the duplicate; lists are joined."""
    for name in FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(duplicate, name))
    if kept.kind == Contact.Kind.UNKNOWN:
        kept.kind = duplicate.kind
    for name in JOINED:
        joined = dict.fromkeys([*getattr(kept, name), *getattr(duplicate, name)])
        setattr(kept, name, list(joined))
    kept.notes = "\n".join(note for note in (kept.notes, duplicate.notes) if note)
    kept.save()
