"""What a row says of a customer, and what becomes of it when it must go.

A model that hangs on a contact carries `personal = PersonalData(...)`. Retention, erasure and the export for
a customer read these and nothing else, so that a new table takes part by saying so (a test finds one that
says nothing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, Q, TextField, Value


class DataKind(Enum):
    """Each has a period of its own in a brand's retention."""

    TEXT = "text"  # words: messages, subjects, notes, explanations
    FILES = "files"  # attachments, with the files themselves
    RAW = "raw"  # the providers' raw exchanges
    IDENTITY = "identity"  # name, addresses and numbers of the contact


@dataclass(frozen=True, slots=True)
class PersonalData:
    """contact: the path to the contact, "self" on the contact; None for what cannot be told by contact.

    cleared: column -> what it becomes. files: file columns whose files are deleted. removed: whole rows go.
    age: the column that says how old a row is. only: rows that may be touched at all.
    """

    contact: str | None
    kind: DataKind
    cleared: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    removed: bool = False
    age: str = "created_at"
    only: Q = field(default_factory=Q)


def without(column: str, *keys: str) -> Func:
    """A JSON column without these keys; what it becomes where only part of it is somebody's words."""
    return Func(
        F(column),
        Value(list(keys), output_field=ArrayField(TextField())),
        template="(%(expressions)s)",
        arg_joiner=" - ",
        output_field=JSONField(),
    )
