"""The audit trail: what people do that no row of the configuration shows. Changes of rows write themselves
(`channels_app.models.audited`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from channels_app.models import AuditEntry, Membership

Action = AuditEntry.Action


def audit_record(
    *,
    action: str,
    brands: Iterable[UUID | None],
    actor: Any = None,
    actor_name: str = "",
    object_type: str = "",
    object_id: object = "",
    object_name: str = "",
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    ip: str | None = None,
) -> None:
    """Write an entry for each brand that it concerns; without any, one that only superusers see.

    actor: the member of staff, None or nobody signed in for the system itself. changes and detail must
    hold no secret: the trail is shown, exported and never changed.
    """
    person = actor if getattr(actor, "pk", None) is not None else None
    name = person.get_username() if person is not None else actor_name
    AuditEntry.objects.bulk_create(
        AuditEntry(
            business_entity_id=brand,
            action=action,
            object_type=object_type,
            object_id=str(object_id)[:64],
            object_name=object_name[:300],
            changes=dict(changes or {}),
            detail=dict(detail or {}),
            actor_id=person.pk if person is not None else None,
            actor_name=name[:150],
            ip_address=ip,
        )
        for brand in (dict.fromkeys(brands) or {None: None})
    )


def audit_export(
    *, brands: Iterable[UUID | None], name: str, actor: Any = None, object_type: str = "",
    detail: Mapping[str, Any] | None = None, ip: str | None = None,
) -> None:  # fmt: skip
    """A table or file with more than one row left the house."""
    audit_record(
        action=Action.EXPORTED, brands=brands, actor=actor, object_type=object_type, object_name=name,
        detail=detail, ip=ip,
    )  # fmt: skip


def brands_of_person(user: Any) -> list[UUID]:
    """The brands that somebody works for; what they do to their own account stands in the trail of each."""
    return list(Membership.objects.filter(user_id=user.pk).values_list("business_entity_id", flat=True))


def audit_person(
    *, action: str, person: Any, actor: Any = None, detail: Mapping[str, Any] | None = None, ip: str | None = None
) -> None:  # fmt: skip
    """An entry about somebody's account; they are the actor themselves unless another is given."""
    audit_record(
        action=action,
        brands=brands_of_person(person),
        actor=actor or person,
        object_type="auth.user",
        object_id=person.pk,
        object_name=person.get_username(),
        detail=detail,
        ip=ip,
    )


@transaction.atomic
def audit_redact(*, objects: Mapping[str, Iterable[object]], now: datetime) -> int:
    """Empty what the trail says of these objects ({object type: ids}); how many entries were emptied.

    For an erasure. Who, when and what kind of thing it was stay; the database itself adds an entry for
    each that was emptied.
    """
    emptied = 0
    for kind, ids in objects.items():
        emptied += AuditEntry.objects.filter(
            object_type=kind, object_id__in=[str(key) for key in ids], redacted_at__isnull=True
        ).update(changes={}, detail={}, object_name="", redacted_at=now)
    return emptied
