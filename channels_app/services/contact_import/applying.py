"""Imports of contacts: a file is kept as a draft, looked at, and applied in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from channels_app.bulk import array_text, batches, bulk_insert, fetch_all, unnest
from channels_app.models import BusinessEntity, Contact, ContactImport
from channels_app.models.base import new_id
from channels_app.scoping import Ability, require
from channels_app.services.contact_import.columns import TARGETS, guess_columns
from channels_app.services.contact_import.planning import BATCH, Action, ImportPlan, import_plan
from channels_app.services.contact_import.reading import read_sheet
from channels_app.services.contact_import.rows import LISTS, TEXTS, ContactRow, sheet_rows
from channels_app.services.intake import LostRace

DRAFTS_LIVE = timedelta(days=1)
REFUSALS_KEPT = 1_000
TRIES = 3

_COLUMNS = {
    "id": "uuid", **dict.fromkeys(TEXTS, "text"), **dict.fromkeys(LISTS, "text[]"), "notes": "text",
}  # fmt: skip


def contact_import_begin(
    *, user: Any, entity: BusinessEntity, file_name: str, content: bytes, kind: str, overwrite: bool,
    now: datetime,
) -> ContactImport:  # fmt: skip
    """Keep a file as a draft with its columns guessed. Raises ValidationError when it cannot be read.

    Drafts that were left lying, with their customers' data, go.
    """
    require(user, Ability.CONFIGURE, entity.id)
    sheet = read_sheet(content)
    ContactImport.objects.filter(state=ContactImport.State.DRAFT, created_at__lt=now - DRAFTS_LIVE).delete()
    return ContactImport.objects.create(
        business_entity=entity, file_name=file_name[:255], content=content, kind=kind, overwrite=overwrite,
        columns=guess_columns(sheet.headers), created_by=user, created_at=now,
    )  # fmt: skip


def contact_import_map(
    *, user: Any, draft: ContactImport, columns: Sequence[str], kind: str, overwrite: bool
) -> None:
    """Say what the columns of a draft hold. Raises ValidationError for something no column can hold."""
    require(user, Ability.CONFIGURE, draft.business_entity_id)
    if any(column and column not in TARGETS for column in columns):
        raise ValidationError(_("There is no such column."))
    draft.columns, draft.kind, draft.overwrite = list(columns), kind, overwrite
    draft.save(update_fields=["columns", "kind", "overwrite"])


def contact_import_plan(draft: ContactImport, *, lock: bool = False) -> ImportPlan:
    """What a draft would do to the contacts as they are now."""
    return import_plan(
        entity_id=draft.business_entity_id,
        rows=sheet_rows(read_sheet(bytes(draft.content)), draft.columns),
        kind=draft.kind,
        overwrite=draft.overwrite,
        lock=lock,
    )


def contact_import_apply(*, user: Any, import_id: UUID, now: datetime) -> ContactImport:
    """Write what the draft would do, in one transaction; applied once, however often it is asked for."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _apply(user, import_id, now)
        except LostRace:  # one of the new contacts just wrote to us
            if attempt == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _apply(user: Any, import_id: UUID, now: datetime) -> ContactImport:
    draft = ContactImport.objects.select_for_update().get(id=import_id)
    require(user, Ability.CONFIGURE, draft.business_entity_id)
    if draft.state == ContactImport.State.DONE:
        return draft
    plan = contact_import_plan(draft, lock=True)
    _write(draft.business_entity_id, plan, now)
    draft.state, draft.applied_at, draft.content = ContactImport.State.DONE, now, b""
    draft.contacts_created, draft.contacts_changed = plan.created, plan.changed
    draft.contacts_unchanged, draft.rows_refused = plan.unchanged, plan.rows_refused
    draft.refusals = [
        {"lines": planned.lines, "title": planned.title, "reasons": planned.reasons}
        for planned in plan.refused[:REFUSALS_KEPT]
    ]
    draft.save()
    return draft


def contacts_import(
    *, user: Any, entity: BusinessEntity, rows: Sequence[ContactRow], kind: str, overwrite: bool,
    now: datetime, dry_run: bool = False,
) -> ImportPlan:  # fmt: skip
    """Bring rows of another system in, in one transaction; rows that are refused leave the rest alone."""
    require(user, Ability.CONFIGURE, entity.id)
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                plan = import_plan(
                    entity_id=entity.id, rows=rows, kind=kind, overwrite=overwrite, lock=not dry_run
                )
                if not dry_run:
                    _write(entity.id, plan, now)
                return plan
        except LostRace:
            if attempt == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def _write(entity_id: UUID, plan: ImportPlan, now: datetime) -> None:
    """Statements of at most BATCH rows; identifiers in the order of their key, as the inbox makes them."""
    new = [planned.contact for planned in plan.of(Action.CREATE) if planned.contact is not None]
    changed = [planned.contact for planned in plan.of(Action.CHANGE) if planned.contact is not None]
    for some in batches(new, BATCH):
        bulk_insert(
            "contacts",
            {
                **_COLUMNS,
                "business_entity_id": "uuid",
                "created_at": "timestamptz",
                "updated_at": "timestamptz",
            },
            [[*_values(contact), entity_id, now, now] for contact in some],
        )
    for some in batches(changed, BATCH):
        _update(some, now)
    keys = sorted(
        (kind, value, planned.contact.id)
        for planned in plan.contacts
        if planned.contact is not None
        for kind, value in planned.identifiers
    )
    for some_keys in batches(keys, BATCH):
        inserted = bulk_insert(
            "contact_identifiers",
            {
                "id": "uuid",
                "business_entity_id": "uuid",
                "contact_id": "uuid",
                "kind": "text",
                "value": "text",
            },
            [(new_id(), entity_id, contact_id, kind, value) for kind, value, contact_id in some_keys],
            on_conflict="(business_entity_id, kind, value) DO NOTHING",
            returning="id",
        )
        if len(inserted) < len(some_keys):
            raise LostRace("contact")


def _update(contacts: Sequence[Contact], now: datetime) -> None:
    _select, source, arrays = unnest(_COLUMNS, [_values(contact) for contact in contacts])
    casts = {"text[]": "::text[]"}
    assignments = ", ".join(
        f"{name} = given.{name}{casts.get(kind, '')}" for name, kind in _COLUMNS.items() if name != "id"
    )
    fetch_all(
        f"UPDATE contacts AS contact SET {assignments}, updated_at = %s "  # noqa: S608 our names
        f"FROM {source} WHERE contact.id = given.id RETURNING contact.id",
        [now, *arrays],
    )


def _values(contact: Contact) -> list[Any]:
    values = (getattr(contact, name) for name in _COLUMNS)
    return [array_text(value) if isinstance(value, list) else value for value in values]
