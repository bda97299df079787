"""Backlog of the inbox and full departments as incidents, and one card for every incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntity, BusinessEntityChannel, Incident
from channels_app.selectors.directory import configuration_version
from channels_app.services.incidents import incident_open, incidents_close
from channels_app.services.messages import outbox_insert
from routing.selectors.brands import brand_profile
from routing.selectors.load import open_conversations
from routing.services.notifications import notification_row, team_channel

BACKLOG_AGE = timedelta(minutes=5)
# An alert is made once; beyond this age an incident without a card is old news.
ALERT_WITHIN = timedelta(days=1)


def backlog_watch(*, now: datetime) -> bool:
    """Open or close the incident of messages that wait too long to be processed; whether there is one."""
    ((oldest, waiting),) = fetch_all(
        "SELECT min(received_at), count(*) FROM inbound_receipts WHERE state = 'pending'"
    )
    if oldest is None or now - oldest < BACKLOG_AGE:
        incidents_close(kind=Incident.Kind.BACKLOG, now=now, reference="inbox")
        return False
    minutes = int((now - oldest).total_seconds() // 60)
    incident_open(
        kind=Incident.Kind.BACKLOG,
        now=now,
        reference="inbox",
        detail=f"{waiting} berichten wachten op verwerking, het oudste {minutes} minuten.",
    )
    return True


def capacity_watch(*, now: datetime) -> int:
    """Open an incident for each department that has no room left, close those that have some; how many are full."""
    limits = dict(
        BusinessEntityChannel.objects.active()
        .filter(max_concurrent_conversations__isnull=False)
        .values_list("id", "max_concurrent_conversations")
    )
    loads = open_conversations(frozenset(limits))
    full = {id for id, limit in limits.items() if limit is not None and loads[id] >= limit}
    known = Incident.objects.filter(kind=Incident.Kind.CAPACITY, closed_at__isnull=True)
    known.exclude(channel_id__in=full).update(closed_at=now)
    there = set(known.values_list("channel_id", flat=True))
    for channel in BusinessEntityChannel.objects.filter(id__in=full - there).order_by("id"):
        incident_open(
            kind=Incident.Kind.CAPACITY,
            now=now,
            detail=f"{loads[channel.id]} open gesprekken; er is plaats voor {limits[channel.id]}.",
            entity_id=channel.business_entity_id,
            channel_id=channel.id,
        )
    return len(full)


def incidents_alert(*, now: datetime) -> int:
    """Put one card per open incident in the brand's Teams channel; one of all brands tells all of them.

    How many incidents were looked at; a card that is already there stays single.
    """
    incidents = list(
        Incident.objects.filter(closed_at__isnull=True, opened_at__gte=now - ALERT_WITHIN)
        .select_related("channel")
        .order_by("opened_at")[:500]
    )
    if not incidents:
        return 0
    everybody: list[UUID] = list(BusinessEntity.objects.filter(is_active=True).values_list("id", flat=True))
    version = configuration_version()
    rows = []
    for incident in incidents:
        for entity_id in [incident.business_entity_id] if incident.business_entity_id else everybody:
            brand = brand_profile(entity_id, version)
            channel = incident.channel
            event = "capacity" if incident.kind == Incident.Kind.CAPACITY else "incident"
            team = team_channel(brand, channel.channel_code if channel else "", event)
            if team is None or team.id == incident.channel_id:
                continue
            rows.append(
                notification_row(
                    brand,
                    team,
                    event=event,
                    dedupe_key=f"incident:{incident.id}:{entity_id}",
                    thread_id=None,
                    title=f"Storing: {incident.get_kind_display()}",
                    about=channel.channel_name if channel else brand.entity.entity_name,
                    priority="Hoog",
                    preview=incident.detail[:300],
                )
            )
    outbox_insert(rows, now=now)
    return len(incidents)
