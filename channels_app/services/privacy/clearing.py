"""Taking personal data out of rows, as their models say (`channels_app.models.personal`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

import pgtrigger
import structlog
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from channels_app.models.personal import DataKind, PersonalData

logger = structlog.get_logger(__name__)


def personal_models(*kinds: DataKind) -> Iterator[tuple[type[Model], PersonalData]]:
    """Every model that says something of customers, files before the texts that they hang on."""
    order = list(DataKind)
    found = [
        (model, personal)
        for model in apps.get_models()
        if (personal := getattr(model, "personal", None)) is not None
        and not model._meta.proxy
        and (not kinds or personal.kind in kinds)
    ]
    yield from sorted(found, key=lambda each: (-order.index(each[1].kind), each[0]._meta.label))


def not_yet_cleared(personal: PersonalData) -> Q:
    """Rows in which there is still something; what was cleared before is not looked at again."""
    if personal.removed:
        return personal.only
    left = Q()
    for column, value in personal.cleared.items():
        left |= Q(**{f"{column}__isnull": False}) if value is None else ~Q(**{column: value})
    for column in personal.files:
        left |= ~Q(**{column: ""})
    return personal.only & left


def rows_of_contact(model: type[Model], personal: PersonalData, contact_id: UUID) -> QuerySet[Any]:
    """The rows that say something of this contact."""
    if personal.contact is None:
        return model._base_manager.none()
    path = "pk" if personal.contact == "self" else personal.contact
    return model._base_manager.filter(**{path: contact_id})


def clear(model: type[Model], personal: PersonalData, keys: Sequence[Any]) -> int:
    """Clear or remove these rows; how many. May run twice.

    Files go first: a run that is killed between the two finds the row again and the file gone, which is
    no error; the other way round the file would stay behind, nameless.
    """
    rows = model._base_manager.filter(pk__in=keys)
    for column in personal.files:
        _delete_files(rows.exclude(**{column: ""}).values_list(column, flat=True))
    with transaction.atomic(), _final_rows_may_change(model):
        if personal.removed:
            return rows.delete()[1].get(model._meta.label, 0)
        return rows.update(**personal.cleared, **dict.fromkeys(personal.files, ""))


def _delete_files(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _final_rows_may_change(model: type[Model]) -> AbstractContextManager[Any]:
    """Rows that the database keeps as they were written give way to an erasure, and only to that."""
    final = [
        f"{model._meta.label}:{trigger.name}"
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, pgtrigger.ReadOnly)
    ]
    guard: AbstractContextManager[Any] = pgtrigger.ignore(*final) if final else nullcontext()
    return guard
