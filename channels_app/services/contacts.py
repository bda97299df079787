"""Senders become contacts: found by any identifier the medium gave, made when nobody has one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from channels_app.bulk import bulk_insert, fetch_all
from channels_app.models import ContactIdentifier
from channels_app.models.base import new_id
from channels_app.providers.base import Identifier, Party
from channels_app.services.contact_merge import contacts_merge
from channels_app.services.intake import Envelope, KnownContact, LostRace

Key = tuple[UUID, str, str]  # business entity, kind, value


def identifier_keys(entity_id: UUID, identifiers: Iterable[Identifier]) -> list[Key]:
    """The identifiers of a person within a brand, in the form in which they are stored."""
    return [
        (entity_id, identifier.kind.value, identifier.value[:320])
        for identifier in identifiers
        if identifier.value
    ]


def counterpart(envelope: Envelope) -> Party:
    """The customer of a message: its sender, or, when the brand sent it from another app, its recipient.

    For mail that a machine wrote for a person (a web form), that person.
    """
    message = envelope.message
    if message.echo:
        return message.recipients[0] if message.recipients else Party(identifiers=())
    return message.on_behalf_of or message.sender


def resolve_contacts(envelopes: list[Envelope], *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Give every envelope its contact, in three statements for the whole batch.

    Returns pairs (kept, duplicate) of contacts that turned out to be one person: a message carried an
    identifier of each. Raises LostRace when another worker made one of the contacts at the same time.
    """
    keys_of = [
        identifier_keys(
            envelope.channel.entity_id,
            (*counterpart(envelope).identifiers, *envelope.message.also_known_as),
        )
        for envelope in envelopes
    ]
    known = _known_by_identifier({key for keys in keys_of for key in keys})
    owner: dict[Key, KnownContact] = dict(known)
    created: dict[UUID, tuple[KnownContact, Envelope]] = {}
    duplicates: list[tuple[UUID, UUID]] = []
    for envelope, keys in zip(envelopes, keys_of, strict=True):
        found = list({id(owner[key]): owner[key] for key in keys if key in owner}.values())
        if found:
            contact = found[0]
            duplicates.extend((contact.id, other.id) for other in found[1:])
        else:
            contact = KnownContact(id=new_id(), name=counterpart(envelope).name[:200])
            created[contact.id] = (contact, envelope)
        for key in keys:
            owner.setdefault(key, contact)
        envelope.contact = contact
    bulk_insert(
        "contacts",
        {"id": "uuid", "business_entity_id": "uuid", "name": "text", "created_at": "timestamptz",
         "updated_at": "timestamptz"},
        [
            (contact.id, envelope.channel.entity_id, contact.name, now, now)
            for contact, envelope in created.values()
        ],
    )  # fmt: skip
    new_keys = sorted(key for key in owner if key not in known)
    inserted = bulk_insert(
        "contact_identifiers",
        {"id": "uuid", "business_entity_id": "uuid", "contact_id": "uuid", "kind": "text", "value": "text"},
        [(new_id(), entity, owner[entity, kind, value].id, kind, value) for entity, kind, value in new_keys],
        on_conflict="(business_entity_id, kind, value) DO NOTHING",
        returning="id",
    )
    if len(inserted) < len(new_keys):
        raise LostRace("contact")
    return duplicates


def _known_by_identifier(keys: Iterable[Key]) -> dict[Key, KnownContact]:
    ordered = sorted(keys)
    rows = fetch_all(
        """
        SELECT given.entity_id, given.kind, given.value, contact.id, contact.kind, contact.name,
               contact.language, contact.blocked_at IS NOT NULL,
               ARRAY(SELECT channel.channel_code
                       FROM communication_threads AS thread
                       JOIN business_entity_channels AS channel ON channel.id = thread.channel_id
                      WHERE thread.contact_id = contact.id AND NOT thread.set_aside
                      ORDER BY thread.last_message_at DESC
                      LIMIT 5),
               ARRAY(SELECT thread.auto_responded_at
                       FROM (SELECT auto_responded_at, single_open
                               FROM communication_threads
                              WHERE contact_id = contact.id
                              ORDER BY last_message_at DESC
                              LIMIT 20) AS thread
                      WHERE NOT thread.single_open AND thread.auto_responded_at IS NOT NULL)
          FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS given(entity_id, kind, value)
          JOIN contact_identifiers AS identifier
            ON identifier.business_entity_id = given.entity_id
           AND identifier.kind = given.kind
           AND identifier.value = given.value
          JOIN contacts AS contact ON contact.id = identifier.contact_id
        """,
        [[key[0] for key in ordered], [key[1] for key in ordered], [key[2] for key in ordered]],
    )
    contacts: dict[UUID, KnownContact] = {}
    known: dict[Key, KnownContact] = {}
    for entity, kind, value, contact_id, contact_kind, name, language, blocked, departments, answered in rows:
        contact = contacts.get(contact_id)
        if contact is None:
            contact = contacts[contact_id] = KnownContact(
                id=contact_id,
                kind=contact_kind,
                name=name,
                language=language,
                blocked=blocked,
                is_new=False,
                recent_departments=tuple(departments),
                answered_at=list(answered),
            )
        known[entity, kind, value] = contact
    return known


def identifiers_join(entity_id: UUID, identifiers: Iterable[Identifier], *, now: datetime) -> None:
    """The medium says that these identifiers are one customer's: whoever has one of them gets all.

    Nothing happens when nobody has one; two contacts that each have one become one contact.
    """
    keys = identifier_keys(entity_id, identifiers)
    known = _known_by_identifier(keys)
    contacts = list(dict.fromkeys(contact.id for contact in known.values()))
    if not contacts:
        return
    ContactIdentifier.objects.bulk_create(
        [
            ContactIdentifier(business_entity_id=entity_id, contact_id=contacts[0], kind=kind, value=value)
            for _, kind, value in sorted(set(keys) - set(known))
        ],
        ignore_conflicts=True,
    )
    contacts_merge(((contacts[0], other) for other in contacts[1:]), now=now)


def known_by_identifier(entity_id: UUID, identifiers: Iterable[Identifier]) -> list[KnownContact]:
    """The contacts of a brand that have one of these identifiers."""
    known = _known_by_identifier(identifier_keys(entity_id, identifiers))
    return list({contact.id: contact for contact in known.values()}.values())
