"""Retention: what is older than a brand keeps it loses its words, files and names. Counts stay.

Works in small transactions from the oldest on, and remembers per brand and kind how far it came, so that a
run that is killed is taken up by the next, and a run without work reads next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from channels_app.bulk import batches
from channels_app.models import AuditEntry, Contact, RetentionPolicy
from channels_app.models.personal import DataKind, PersonalData
from channels_app.scoping import brand_lookup
from channels_app.services.audit import audit_record
from channels_app.services.privacy.clearing import clear, not_yet_cleared, personal_models
from channels_app.services.privacy.contacts import contact_forget

logger = structlog.get_logger(__name__)

BATCH = 500
# Looking for what is due reads past all that was cleared before: once for many batches.
KEYS_AT_ONCE = 10_000
# What could not be touched when its time came (it waited to be sent, say) is looked for this long afterwards.
LOOKS_BACK = timedelta(days=30)
Progress = Callable[[str, int], None]


def retention_count(*, policy: RetentionPolicy, now: datetime) -> dict[str, int]:
    """What a run would take out now, by model label; nothing is changed."""
    counts = {
        model._meta.label: rows.count()
        for kind in DataKind
        if (days := policy.days(kind)) is not None
        for model, _personal, rows in _due(policy, kind, now - timedelta(days=days))
    }
    return {label: count for label, count in counts.items() if count}


def retention_run(
    *, policy: RetentionPolicy, now: datetime, most: int | None = None, progress: Progress | None = None
) -> dict[str, int]:
    """Take out what is due, at most about `most` rows; what went, by model label.

    Twice in a row does nothing the second time. The run leaves one entry in the audit trail, with counts.
    """
    counts: Counter[str] = Counter()
    for kind in DataKind:
        days = policy.days(kind)
        if days is None:
            continue
        until = now - timedelta(days=days)
        complete = True
        for model, personal, rows in _due(policy, kind, until):
            complete &= _clear_in_batches(model, personal, rows, counts, most, progress)
        if complete and kind is not DataKind.IDENTITY:
            policy.done_until = {**policy.done_until, kind.value: until.isoformat()}
            policy.save(update_fields=["done_until"])
        if most is not None and counts.total() >= most:
            break
    if counts:
        policy.last_run_at, policy.last_counts = now, dict(counts)
        policy.save(update_fields=["last_run_at", "last_counts"])
        audit_record(
            action=AuditEntry.Action.PURGED,
            brands=[policy.business_entity_id],
            object_type=RetentionPolicy._meta.label_lower,
            object_id=policy.pk,
            object_name=str(policy.business_entity),
            detail=dict(counts),
        )
        logger.info("retention_run", entity=str(policy.business_entity_id), rows=counts.total())
    return dict(counts)


def _due(
    policy: RetentionPolicy, kind: DataKind, until: datetime
) -> Iterator[tuple[type[Model], PersonalData, QuerySet[Any]]]:
    if kind is DataKind.IDENTITY:
        yield Contact, Contact.personal, _silent_contacts(policy, until)
        return
    done = parse_datetime(str(policy.done_until.get(kind.value, ""))) or datetime(1971, 1, 1, tzinfo=UTC)
    for model, personal in personal_models(kind):
        rows = model._base_manager.filter(
            not_yet_cleared(personal),
            **{
                str(brand_lookup(model)): policy.business_entity_id,
                f"{personal.age}__gte": min(done, until) - LOOKS_BACK,
                f"{personal.age}__lt": until,
            },
        )
        yield model, personal, rows


def _silent_contacts(policy: RetentionPolicy, until: datetime) -> QuerySet[Contact]:
    """Contacts with whom nothing happened since, and whom nobody edited since."""
    spoke = Q(threads__last_message_at__gte=until) | Q(threads__created_at__gte=until)
    recent = Contact.objects.filter(spoke, business_entity_id=policy.business_entity_id).values("pk")
    return Contact.objects.filter(
        business_entity_id=policy.business_entity_id, anonymised_at__isnull=True, updated_at__lt=until,
        created_at__lt=until,
    ).exclude(pk__in=recent)  # fmt: skip


def _clear_in_batches(
    model: type[Model],
    personal: PersonalData,
    rows: QuerySet[Any],
    counts: Counter[str],
    most: int | None,
    progress: Progress | None,
) -> bool:
    """True when nothing is left of these rows."""
    while True:
        room = KEYS_AT_ONCE if most is None else min(KEYS_AT_ONCE, most - counts.total())
        if room <= 0:
            return not rows.exists()
        keys = list(rows.order_by(personal.age, "pk").values_list("pk", flat=True)[:room])
        if not keys:
            return True
        for batch in batches(keys, BATCH):
            if model is Contact:
                for key in batch:
                    contact_forget(contact_id=key)
            else:
                clear(model, personal, batch)
            counts[model._meta.label] += len(batch)
            if progress is not None:
                progress(model._meta.label, len(batch))
