"""How often rules had a say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q, Sum

from channels_app.models import RuleUse

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Uses:
    """recent: times within RECENT days; last: the last time ever, None for never."""

    recent: int = 0
    last: datetime | None = None


def rule_uses(
    entity_ids: Collection[UUID] | None, *, now: datetime, prefix: str = "", applied: Collection[str] = ()
) -> dict[str, Uses]:
    """The uses of rules in these brands (None: all), by the rule's name in the log; one query.

    prefix: only names that begin so; applied: only these names.
    """
    rows = RuleUse.objects.filter(applied__startswith=prefix) if prefix else RuleUse.objects.all()
    if entity_ids is not None:
        rows = rows.filter(business_entity__in=list(entity_ids))
    if applied:
        rows = rows.filter(applied__in=list(applied))
    recent = Q(day__gt=(now - RECENT).date())
    found = (
        rows.order_by()
        .values("applied")
        .annotate(recent=Sum("uses", filter=recent), last=Max("last_used_at"))
    )
    return {row["applied"]: Uses(row["recent"] or 0, row["last"]) for row in found}
