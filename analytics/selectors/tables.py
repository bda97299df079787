"""Figures and decisions as tables for a file: a header and rows, of the given brands only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from analytics.models import ChannelAnalytics
from analytics.selectors.period import Period
from analytics.windows import days_window
from channels_app.models import BusinessEntity
from routing.models import MessageRoutingLog

LONGEST_TABLE = 200_000

_FIGURES = (
    "messages_received", "messages_sent", "auto_responses_sent", "responses", "responses_in_time",
    "avg_response_time_minutes", "min_response_time_minutes", "max_response_time_minutes", "sla_breaches",
    "new_conversations_started", "conversations_resolved", "conversations_escalated",
    "customer_satisfaction_score", "first_contact_resolution_rate",
)  # fmt: skip
_DECISIONS = (
    "created_at", "entity", "reference_number", "arrived_at", "routed_to", "routing_reason",
    "routing_confidence", "sender_classification", "action", "urgency", "unsure", "manual_override",
    "override_reason", "processing_time_ms",
)  # fmt: skip

Table = tuple[list[str], Iterator[list[Any]]]


def figures_table(
    entities: Sequence[BusinessEntity], period: Period, now: datetime, *, hourly: bool
) -> Table:
    """The daily rows of the period, or the hourly ones."""
    place = "business_entity_channel"
    columns = [
        f"{place}__business_entity__entity_code",
        f"{place}__channel_code",
        f"{place}__channel_type",
        "date_tracked",
        *(["hour_tracked"] if hourly else []),
        *_FIGURES,
    ]
    wanted = Q(pk__in=[])
    for entity in entities:
        first, last = period.dates(ZoneInfo(entity.timezone), now)
        wanted |= Q(**{f"{place}__business_entity": entity}, date_tracked__range=(first, last))
    rows = (
        ChannelAnalytics.objects.filter(wanted, hour_tracked__isnull=not hourly)
        .order_by(f"{place}__business_entity__entity_code", "date_tracked", "hour_tracked", "id")
        .values_list(*columns)[:LONGEST_TABLE]
    )
    header = ["entity_code", "channel_code", "channel_type", *columns[3:]]
    return header, (list(row) for row in rows.iterator(2000))


def decisions_table(entities: Sequence[BusinessEntity], period: Period, now: datetime) -> Table:
    """The routing log of the period, times on the brand's clock."""
    zones = {entity.id: ZoneInfo(entity.timezone) for entity in entities}
    wanted = Q(pk__in=[])
    for entity in entities:
        window = days_window(zones[entity.id], *period.dates(zones[entity.id], now))
        wanted |= Q(business_entity=entity, created_at__gte=window.since, created_at__lt=window.until)
    rows = (
        MessageRoutingLog.objects.filter(wanted)
        .order_by("created_at", "id")
        .values_list(
            "business_entity", "created_at", "business_entity__entity_code", "thread__reference_number",
            "source_channel__channel_name", "target_channel__channel_name", *_DECISIONS[5:],
        )[:LONGEST_TABLE]
    )  # fmt: skip
    return list(_DECISIONS), ([row[1].astimezone(zones[row[0]]), *row[2:]] for row in rows.iterator(2000))
