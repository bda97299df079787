"""What needs attention now, for the first page of the back office; a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q
from django.utils import timezone

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationThread,
    InboundReceipt,
    Incident,
    OutboxItem,
)
from channels_app.scoping import Ability, may, scope

INCIDENTS_SHOWN = 8
DEPARTMENTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class DepartmentLoad:
    """The open conversations of one department of one brand; overdue: past their promised time."""

    brand: str
    colour: str
    department: str
    channel_id: str
    open: int
    new: int
    urgent: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Overview:
    """quarantined and undecided are None for those who may not see them."""

    brands: tuple[BusinessEntity, ...]
    incidents: tuple[Incident, ...]
    departments: tuple[DepartmentLoad, ...]
    unowned: int
    quarantined: int | None
    undecided: int
    channels: int

    @property
    def busiest(self) -> list[DepartmentLoad]:
        """Those that need a hand: the most that is overdue first, then the most that is open."""
        ranked = sorted(self.departments, key=lambda load: (-load.overdue, -load.open))
        return ranked[:DEPARTMENTS_SHOWN]

    @property
    def urgent(self) -> int:
        return sum(load.urgent for load in self.departments)


def overview(user: Any) -> Overview:
    """The overview of the user's brands."""
    now = timezone.now()
    threads = scope(CommunicationThread.objects.unresolved().filter(set_aside=False), user)
    rows = list(
        threads.values(
            "channel_id",
            name=F("channel__channel_name"),
            brand=F("business_entity__entity_name"),
            colour=F("business_entity__brand_colour"),
        )
        .annotate(
            open=Count("pk"),
            new=Count("pk", filter=Q(status=CommunicationThread.Status.NEW)),
            urgent=Count("pk", filter=Q(is_urgent=True)),
            overdue=Count("pk", filter=Q(response_due_at__lt=now)),
        )
        .order_by("brand", "name")
    )
    incidents = scope(Incident.objects.filter(closed_at__isnull=True), user)
    configures = may(user, Ability.CONFIGURE)
    quarantine = InboundReceipt.objects.filter(state=InboundReceipt.State.QUARANTINED)
    undecided = OutboxItem.objects.filter(state__in=["failed", "unknown", "held"])
    return Overview(
        brands=tuple(scope(BusinessEntity.objects.filter(is_active=True), user)),
        incidents=tuple(
            incidents.select_related("business_entity", "channel__business_entity")[:INCIDENTS_SHOWN]
        ),
        departments=tuple(
            DepartmentLoad(
                brand=row["brand"], colour=row["colour"], department=row["name"], channel_id=str(row["channel_id"]),
                open=row["open"], new=row["new"], urgent=row["urgent"], overdue=row["overdue"],
            )
            for row in rows
            if row["channel_id"] is not None
        ),
        unowned=sum(row["open"] for row in rows if row["channel_id"] is None),
        quarantined=scope(quarantine, user, Ability.CONFIGURE).count() if configures else None,
        undecided=scope(undecided, user).count(),
        channels=scope(BusinessEntityChannel.objects.filter(is_active=True), user).count(),
    )  # fmt: skip
