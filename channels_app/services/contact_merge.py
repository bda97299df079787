"""Two contacts turn out to be one person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from channels_app.models import CommunicationThread, Contact, ContactIdentifier

Status = CommunicationThread.Status


def contacts_merge(pairs: Iterable[tuple[UUID, UUID]], *, now: datetime) -> None:
    """Make each (kept, duplicate) pair one contact: addresses, conversations and data move to the kept.

    Where both have an open conversation on a medium that allows one, the duplicate's is resolved with a
    link from the kept one, so that no message is lost and the constraint holds.
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
        open_media = set(
            CommunicationThread.objects.unresolved()
            .filter(contact=kept, single_open=True)
            .values_list("medium", flat=True)
        )
        CommunicationThread.objects.unresolved().filter(
            contact=duplicate, single_open=True, medium__in=open_media
        ).update(status=Status.RESOLVED, resolved_at=now, response_due_at=None, waiting_since=None)
        CommunicationThread.objects.filter(contact=duplicate).update(contact=kept)
        _take_over(kept, duplicate)
        duplicate.delete()


def _take_over(kept: Contact, duplicate: Contact) -> None:
    """Fill what the kept contact lacks from the duplicate; lists are joined."""
    for name in ("name", "company", "language", "street", "postal_code", "city", "country", "blocked_at"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(duplicate, name))
    if kept.kind == Contact.Kind.UNKNOWN:
        kept.kind = duplicate.kind
    for name in ("customer_numbers", "order_numbers", "charger_serials"):
        joined = dict.fromkeys([*getattr(kept, name), *getattr(duplicate, name)])
        setattr(kept, name, list(joined))
    kept.notes = "\n".join(note for note in (kept.notes, duplicate.notes) if note)
    kept.save()
