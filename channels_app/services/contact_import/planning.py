"""What an import would do: which contacts are new, which change and how, which rows are refused and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.bulk import batches
from channels_app.models import Contact, ContactIdentifier
from channels_app.services.contact_import.rows import LISTS, TEXTS, ContactRow

BATCH = 500
Key = tuple[str, str]


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a contact that gets another value; for a list, what is added to it."""

    field: str
    before: str
    after: str


@dataclass(slots=True)
class PlannedContact:
    """What happens with the rows of one contact."""

    action: Action
    lines: tuple[int, ...]
    title: str
    contact: Contact | None = None  # as it will be; not saved
    identifiers: list[Key] = field(default_factory=list)  # to be added
    changes: list[Change] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ImportPlan:
    contacts: list[PlannedContact] = field(default_factory=list)

    def of(self, action: Action) -> list[PlannedContact]:
        return [planned for planned in self.contacts if planned.action is action]

    def count(self, action: Action) -> int:
        return sum(planned.action is action for planned in self.contacts)

    @property
    def created(self) -> int:
        return self.count(Action.CREATE)

    @property
    def changed(self) -> int:
        return self.count(Action.CHANGE)

    @property
    def unchanged(self) -> int:
        return self.count(Action.SAME)

    @property
    def refused(self) -> list[PlannedContact]:
        return self.of(Action.REFUSE)

    @property
    def rows_refused(self) -> int:
        return sum(len(planned.lines) for planned in self.refused)


def import_plan(
    *, entity_id: UUID, rows: Sequence[ContactRow], kind: str, overwrite: bool, lock: bool = False
) -> ImportPlan:
    """Compare rows with the contacts of a brand; nothing is written.

    Rows that share an address or customer number are one contact. kind: of whoever has none yet.
    overwrite: whether the rows win where a contact says something else; lists are always joined.
    lock: hold the contacts that may change until the transaction ends.
    """
    plan = ImportPlan(
        [
            PlannedContact(Action.REFUSE, (row.line,), _title(row), reasons=list(row.problems))
            for row in rows
            if row.problems
        ]
    )
    groups = _groups(row for row in rows if not row.problems)
    known = _Known(entity_id, {key for group in groups for row in group for key in row.keys}, lock=lock)
    for group in groups:
        plan.contacts.append(_planned(entity_id, group, known, kind=kind, overwrite=overwrite))
    plan.contacts.sort(key=lambda planned: planned.lines)
    return plan


def _groups(rows: Iterable[ContactRow]) -> list[list[ContactRow]]:
    """Rows that are one contact, by what they share, in order."""
    group_of: dict[Key, list[ContactRow]] = {}
    groups: dict[int, list[ContactRow]] = {}
    for row in rows:
        found = list({id(group_of[key]): group_of[key] for key in row.keys if key in group_of}.values())
        mine = found[0] if found else []
        groups[id(mine)] = mine
        for other in found[1:]:
            mine.extend(other)
            for joined in other:
                group_of.update(dict.fromkeys(joined.keys, mine))
            del groups[id(other)]
        mine.append(row)
        group_of.update(dict.fromkeys(row.keys, mine))
    return list(groups.values())


class _Known:
    """The contacts of a brand that have one of these keys."""

    def __init__(self, entity_id: UUID, keys: set[Key], *, lock: bool) -> None:
        self.owners: dict[Key, set[UUID]] = {}
        self.contacts: dict[UUID, Contact] = {}
        for kind, value, contact_id in self._identifiers(entity_id, keys):
            self.owners.setdefault((kind, value), set()).add(contact_id)
        numbers = sorted(value for kind, value in keys if kind == "number")
        for some in batches(numbers, BATCH):
            with_number = Contact.objects.filter(business_entity_id=entity_id, customer_numbers__overlap=some)
            for contact_id, theirs in with_number.values_list("id", "customer_numbers"):
                for number in theirs:
                    self.owners.setdefault(("number", number), set()).add(contact_id)
        ids = sorted(set().union(*self.owners.values())) if self.owners else []
        for some_ids in batches(ids, BATCH):
            contacts = Contact.objects.filter(id__in=some_ids).order_by("id")
            if lock:
                contacts = contacts.select_for_update(no_key=True)
            self.contacts.update((contact.id, contact) for contact in contacts)

    def _identifiers(self, entity_id: UUID, keys: set[Key]) -> Iterator[tuple[str, str, UUID]]:
        for kind in ("email", "phone"):
            values = sorted(value for given, value in keys if given == kind)
            for some in batches(values, BATCH):
                yield from ContactIdentifier.objects.filter(
                    business_entity_id=entity_id, kind=kind, value__in=some
                ).values_list("kind", "value", "contact_id")

    def owners_of(self, rows: Iterable[ContactRow]) -> list[Contact]:
        ids = {owner for row in rows for key in row.keys for owner in self.owners.get(key, ())}
        return [self.contacts[contact_id] for contact_id in sorted(ids) if contact_id in self.contacts]


def _planned(
    entity_id: UUID, group: list[ContactRow], known: _Known, *, kind: str, overwrite: bool
) -> PlannedContact:
    lines = tuple(sorted(row.line for row in group))
    owners = known.owners_of(group)
    if len(owners) > 1:
        names = ", ".join(str(owner) for owner in owners)
        reason = _("Belongs to more than one contact: %(names)s. Merge them first.") % {"names": names}
        return PlannedContact(Action.REFUSE, lines, _title(group[0]), reasons=[reason])
    contact = owners[0] if owners else _new_contact(entity_id)
    changes = [change for name in TEXTS if (change := _text(contact, name, group, kind, overwrite))]
    changes += [change for name in LISTS if (change := _list(contact, name, group))]
    notes = [row.notes for row in group if row.notes and row.notes not in contact.notes]
    if notes:
        added = "\n".join(dict.fromkeys(notes))
        changes.append(Change("notes", contact.notes, added))
        contact.notes = "\n".join(part for part in (contact.notes, added) if part)
    keys = dict.fromkeys(key for row in group for key in row.keys if key[0] != "number")
    new = [key for key in keys if key not in known.owners]
    for field_name, of_kind in (("emails", "email"), ("phones", "phone")):
        values = ", ".join(value for given, value in new if given == of_kind)
        if values:
            changes.append(Change(field_name, "", values))
    action = Action.CREATE if not owners else Action.CHANGE if changes else Action.SAME
    return PlannedContact(action, lines, str(contact), contact, new, changes)


def _new_contact(entity_id: UUID) -> Contact:
    """A contact whose empty columns are texts already: they are compared before they are written."""
    empty = dict.fromkeys((*TEXTS, "notes"), "")
    return Contact(business_entity_id=entity_id, **(empty | {"kind": Contact.Kind.UNKNOWN.value}))


def _text(contact: Contact, name: str, group: list[ContactRow], kind: str, overwrite: bool) -> Change | None:
    wanted = next((row.texts[name] for row in group if row.texts.get(name)), "")
    before: Any = getattr(contact, name)
    empty = not before or before == Contact.Kind.UNKNOWN
    if name == "kind" and not wanted and empty:
        wanted = kind
    if not wanted or wanted == before or not (empty or overwrite):
        return None
    setattr(contact, name, wanted)
    return Change(name, str(before), wanted)


def _list(contact: Contact, name: str, group: list[ContactRow]) -> Change | None:
    before: list[str] = getattr(contact, name)
    added = [value for row in group for value in row.lists.get(name, ()) if value not in before]
    if not added:
        return None
    added = list(dict.fromkeys(added))
    setattr(contact, name, [*before, *added])
    return Change(name, ", ".join(before), ", ".join(added))


def _title(row: ContactRow) -> str:
    return row.texts.get("name") or row.texts.get("company") or next((value for _, value in row.keys), "")
