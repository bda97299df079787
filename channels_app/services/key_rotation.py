"""Changing the encryption key: every encrypted column is read with any of the keys and written with the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from fernet_fields import EncryptedField

from channels_app.models import AuditEntry
from channels_app.services.audit import audit_record

BATCH = 200


def encrypted_columns() -> list[tuple[type[Model], str]]:
    """Every encrypted column of every table."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedField)
    ]


def keys_rotate(*, model: type[Model], column: str) -> Iterator[tuple[int, int]]:
    """Write a column anew in small transactions; yields (rows done, rows there are) after each.

    A row that no key can read stops it with the library's error, and what was done stays done. A row that
    is changed meanwhile is waited for, so that no secret entered during a rotation is lost. The audit
    trail says that keys were rotated, not that secrets changed.
    """
    field: Any = model._meta.get_field(column)
    of, done, last = model._base_manager.count(), 0, None
    while True:
        with transaction.atomic():
            rows = model._base_manager.order_by("pk").select_for_update()
            if last is not None:
                rows = rows.filter(pk__gt=last)
            batch = list(rows.values_list("pk", column)[:BATCH])
            for key, value in batch:
                model._base_manager.filter(pk=key).update(**{column: value})
        if not batch:
            break
        done, last = done + len(batch), batch[-1][0]
        yield done, max(of, done)
    if done:
        audit_record(
            action=AuditEntry.Action.KEYS_ROTATED,
            brands=[],
            object_type=model._meta.label_lower,
            object_name=str(field.verbose_name),
            detail={"rows": done},
        )
