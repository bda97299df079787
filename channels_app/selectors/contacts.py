"""Reading contacts: to compare two of them, and who was merged into one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from channels_app.bulk import fetch_all
from channels_app.models import CommunicationThread, Contact, ContactIdentifier

# What a merged contact takes from the other where it has nothing itself, and what it joins.
FILLED = ("name", "company", "language", "street", "postal_code", "city", "country", "blocked_at")
JOINED = ("customer_numbers", "order_numbers", "charger_serials")
MOST_SUGGESTIONS = 20
MOST_WORDS = 5
LEAST_DIGITS = 4
_NUMBER = re.compile(r"\+?\d[\d\s()/.-]{3,}\d")  # a phone number with blanks, dashes or brackets in it


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What happens when `duplicate` becomes part of `kept`.

    filled: fields that the kept contact gets; lost: (field, kept value, value that goes); joined: what is
    added to its lists; closed: open conversations of the duplicate that end, because a contact has one open
    conversation on their medium.
    """

    kept: Contact
    duplicate: Contact
    addresses: tuple[str, ...]
    conversations: int
    closed: tuple[CommunicationThread, ...]
    filled: tuple[tuple[str, Any], ...]
    lost: tuple[tuple[str, Any, Any], ...]
    joined: tuple[tuple[str, tuple[str, ...]], ...]


def merge_preview(kept: Contact, duplicate: Contact) -> MergePreview:
    """What merging two contacts of one brand would move, fill, join and end."""
    unresolved = CommunicationThread.objects.unresolved().filter(single_open=True)
    open_media = unresolved.filter(contact=kept).values("medium")
    pairs = [(name, getattr(kept, name), getattr(duplicate, name)) for name in FILLED]
    return MergePreview(
        kept=kept,
        duplicate=duplicate,
        addresses=tuple(duplicate.identifiers.values_list("value", flat=True)),
        conversations=duplicate.threads.count(),
        closed=tuple(unresolved.filter(contact=duplicate, medium__in=open_media)),
        filled=tuple((name, theirs) for name, mine, theirs in pairs if theirs and not mine),
        lost=tuple(
            (name, mine, theirs) for name, mine, theirs in pairs if mine and theirs and mine != theirs
        ),
        joined=tuple(
            (name, added)
            for name in JOINED
            if (added := tuple(v for v in getattr(duplicate, name) if v not in getattr(kept, name)))
        ),
    )


def having(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """Those in which every word of a text stands in the name, company or an address, or is a customer, order or
    charger number. A phone number is found as people write it, blanks and a leading zero included."""
    words = [text] if _NUMBER.fullmatch(text.strip()) else text.split()[:MOST_WORDS]
    for word in words:
        digits = re.sub(r"\D", "", word).removeprefix("00").removeprefix("0")
        part = digits if _NUMBER.fullmatch(word.strip()) and len(digits) >= LEAST_DIGITS else word
        whole = list({word.strip(), word.strip().upper()})
        reached = ContactIdentifier.objects.filter(value__icontains=part).values("contact")
        contacts = contacts.filter(
            Q(name__icontains=word) | Q(company__icontains=word) | Q(pk__in=reached)
            | Q(customer_numbers__overlap=whole) | Q(order_numbers__overlap=whole)
            | Q(charger_serials__overlap=whole)
        )  # fmt: skip
    return contacts


def merge_candidates(contact: Contact, others: QuerySet[Contact], words: str = "") -> list[Contact]:
    """Contacts that may be the same person, out of `others`: found by words, else those that look alike."""
    found = others.filter(business_entity_id=contact.business_entity_id).exclude(pk=contact.pk)
    if words:
        found = having(found, words)
    else:
        alike = Q(pk__in=())
        if contact.name:
            alike |= Q(name__iexact=contact.name)
        if contact.postal_code and contact.street:
            alike |= Q(postal_code=contact.postal_code, street__iexact=contact.street)
        for name in JOINED:
            if getattr(contact, name):
                alike |= Q(**{f"{name}__overlap": getattr(contact, name)})
        found = found.filter(alike)
    return list(
        found.annotate(conversations=Count("threads", distinct=True))
        .prefetch_related("identifiers")
        .order_by("name", "id")
        .distinct()[:MOST_SUGGESTIONS]
    )


def merged_into(contact_id: UUID) -> list[UUID]:
    """A contact and everybody who was merged into it, directly or not, as the audit trail tells it."""
    rows = fetch_all(
        """
        WITH RECURSIVE one AS (
            SELECT %s::text AS id
             UNION
            SELECT entry.detail->>'merged'
              FROM one
              JOIN audit_entries AS entry
                ON entry.object_type = 'channels_app.contact' AND entry.object_id = one.id
               AND entry.action = 'merged')
        SELECT id::uuid FROM one WHERE id IS NOT NULL
        """,
        [str(contact_id)],
    )
    return [row[0] for row in rows]
