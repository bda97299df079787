"""The audit trail in words: columns by their names, values as the forms show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from channels_app.models import AuditEntry
from channels_app.selectors.audit_names import name_of, value_of

LONGEST = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changed, in words; before and after are None where only the fact may be told."""

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return _("%(name)s changed") % {"name": self.name}
        return f"{self.name}: {self.before} → {self.after}"


def model_of(entry: AuditEntry) -> type[Model] | None:
    try:
        return apps.get_model(entry.object_type)
    except (LookupError, ValueError):
        return None


def kind_in_words(object_type: str) -> str:
    """What an object is called: the name of its model, or the type itself when that is gone."""
    try:
        return capfirst(str(apps.get_model(object_type)._meta.verbose_name))
    except (LookupError, ValueError):
        return object_type


def differences(entry: AuditEntry) -> list[Difference]:
    """What an entry says has changed, in the order of the form."""
    found: list[Difference] = []
    for column, name, field in _changed_columns(entry):
        change = entry.changes[column]
        if not isinstance(change, list) or len(change) != 2:
            found.append(Difference(name, None, None))
        else:
            found += _compared(name, change[0], change[1], field)
    return found


def detail_in_words(entry: AuditEntry) -> str:
    """What else an entry says: "bestandsvorm: xlsx, regels: 12"."""
    return ", ".join(f"{name_of(key)}: {_plain(value)}" for key, value in entry.detail.items())


def names_of_changes(entry: AuditEntry, most: int = 3) -> str:
    """The names of the first columns that changed, for a list: without their values, no row is looked up."""
    names = [name for _column, name, _field in _changed_columns(entry)]
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _changed_columns(entry: AuditEntry) -> list[tuple[str, str, Field[Any, Any] | None]]:
    """(column, its name in words, its field) of every column that changed, in the order of the form."""
    model = model_of(entry)
    concrete = model._meta.concrete_fields if model else ()
    fields: dict[str, Any] = {str(field.column): field for field in concrete}
    order = {column: place for place, column in enumerate(fields)}
    columns = sorted(entry.changes, key=lambda name: (order.get(name, len(order)), name))
    return [
        (
            column,
            str(capfirst(str(fields[column].verbose_name)) if column in fields else name_of(column)),
            fields.get(column),
        )
        for column in columns
    ]


def _compared(
    name: str, before: Any, after: Any, field: Field[Any, Any] | None, within: str = ""
) -> Iterator[Difference]:
    """Settings within a settings column are compared one by one, so that what stayed is not repeated."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        new = after if isinstance(after, Mapping) else {}
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) != new.get(key):
                part = f"{name} › {name_of(key, within)}"
                yield from _compared(part, old.get(key), new.get(key), None, key)
        return
    yield Difference(name, _in_words(before, field), _in_words(after, field))


def _in_words(value: Any, field: Field[Any, Any] | None) -> str:
    if value in (None, "", [], {}):
        return _("empty")
    if field is not None and field.is_relation:
        return _name_of_related(value, field)
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, DateTimeField) and (moment := parse_datetime(str(value))):
        return _moment(moment)
    return _plain(value)


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "j F Y H:i")


def _name_of_related(value: Any, field: Any) -> str:
    """The row's name today; its key when it is gone. The brand was checked with the entry: what a row
    refers to is of the same brand."""
    try:
        row = field.related_model._base_manager.filter(pk=value).first()
    except (ValidationError, ValueError):
        row = None
    return str(row) if row is not None else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        text = ", ".join(str(item) for item in value)
    elif isinstance(value, str):
        text = value_of(value)
    elif isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
