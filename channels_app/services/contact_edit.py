"""Editing a contact and the addresses by which it is recognised."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.models import Contact, ContactIdentifier
from channels_app.schemas import normalise_email, normalise_phone

Kind = ContactIdentifier.Kind


@transaction.atomic
def contact_save(
    *, contact: Contact, emails: Sequence[str] | None = None, phones: Sequence[str] | None = None
) -> Contact:
    """Save a contact; a list of addresses replaces what it had of that kind, None leaves it.

    Raises ValidationError, by field, for what cannot be an address or belongs to another contact.
    """
    contact.full_clean(exclude=["business_entity"])
    contact.save()
    if emails is not None:
        _replace(contact, Kind.EMAIL, "emails", [(email, normalise_email(email)) for email in emails])
    if phones is not None:
        _replace(contact, Kind.PHONE, "phones", [(phone, normalise_phone(phone)) for phone in phones])
    return contact


def _replace(contact: Contact, kind: str, field: str, values: list[tuple[str, str | None]]) -> None:
    wanted = {}
    for given, normal in values:
        if not normal:
            raise ValidationError({field: _("“%(value)s” is not a usable address.") % {"value": given}})
        wanted[normal] = given
    taken = (
        ContactIdentifier.objects.filter(
            business_entity_id=contact.business_entity_id, kind=kind, value__in=wanted
        )
        .exclude(contact=contact)
        .values_list("value", flat=True)
    )
    for value in taken:
        raise ValidationError({field: _("“%(value)s” belongs to another contact.") % {"value": value}})
    mine = contact.identifiers.filter(kind=kind)
    mine.exclude(value__in=wanted).delete()
    present = set(mine.values_list("value", flat=True))
    ContactIdentifier.objects.bulk_create(
        ContactIdentifier(
            business_entity_id=contact.business_entity_id, contact=contact, kind=kind, value=value
        )
        for value in wanted
        if value not in present
    )
