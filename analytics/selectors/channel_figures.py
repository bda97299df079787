"""`getChannelDashboard` of the specification: brands, their channels, and how each of these does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from analytics.selectors.health import Vitals, channel_status, health_score
from analytics.selectors.live import OpenWork, open_work
from analytics.selectors.period import Period
from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntity, BusinessEntityChannel


class Channel(NamedTuple):
    """What is shown of a channel: not its settings and rules, since they can be long."""

    id: UUID
    business_entity_id: UUID
    channel_code: str
    channel_name: str
    channel_type: str
    channel_address: str
    is_active: bool
    max_concurrent_conversations: int | None
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """One channel in a period, and now. Minutes are elapsed minutes; shares are 0 to 1."""

    channel: Channel
    current: int
    overdue: int
    received: int
    sent: int
    automatic: int
    today: int
    responses: int
    in_time: int
    breaches: int
    response_minutes: float
    started: int
    resolved: int
    failed: int
    ratings: int
    ratings_total: int
    incidents: frozenset[str]

    @property
    def utilization(self) -> float | None:
        limit = self.channel.max_concurrent_conversations
        return self.current / limit if limit else None

    @property
    def avg_response(self) -> float | None:
        return self.response_minutes / self.responses if self.responses else None

    @property
    def compliance(self) -> float | None:
        decided = self.in_time + self.breaches
        return self.in_time / decided if decided else None

    @property
    def resolution(self) -> float | None:
        return min(1.0, self.resolved / self.started) if self.started else None

    @property
    def satisfaction(self) -> float | None:
        return self.ratings_total / self.ratings if self.ratings else None

    @property
    def vitals(self) -> Vitals:
        tried = self.sent + self.failed
        return Vitals(
            is_active=self.channel.is_active,
            is_suspended=self.channel.suspended_at is not None,
            incidents=self.incidents,
            sla_compliance=self.compliance,
            current=self.current,
            overdue=self.overdue,
            utilization=self.utilization,
            failure_rate=self.failed / tried if tried else None,
            started=self.started,
            resolved=self.resolved,
        )

    @property
    def health(self) -> int:
        return health_score(self.vitals)

    @property
    def status(self) -> str:
        return channel_status(self.vitals, self.health)


@dataclass(slots=True)
class EntityFigures:
    entity: BusinessEntity
    channels: list[ChannelFigures] = field(default_factory=list)

    @property
    def current(self) -> int:
        return sum(figures.current for figures in self.channels)

    @property
    def avg_response(self) -> float | None:
        """Over all answers, so that a busy channel weighs more."""
        responses = sum(figures.responses for figures in self.channels)
        return sum(figures.response_minutes for figures in self.channels) / responses if responses else None

    @property
    def health(self) -> int | None:
        """The mean of the channels that are on."""
        scores = [figures.health for figures in self.channels if figures.channel.is_active]
        return round(sum(scores) / len(scores)) if scores else None


@dataclass(frozen=True, slots=True)
class BrandFigures:
    """Every channel of some brands, all that is open there, and what the channels did each day together.

    days: (received, answered in time, too late); a day on which nothing was counted is left out.
    """

    entities: list[EntityFigures]
    open: list[OpenWork]
    days: dict[date, tuple[int, int, int]]


def entity_figures(entities: Sequence[BusinessEntity], period: Period, now: datetime) -> BrandFigures:
    """Figures of every channel of these brands; four queries, whatever their number."""
    found = {entity.id: EntityFigures(entity) for entity in entities}
    channels = [
        Channel(*row)
        for row in BusinessEntityChannel.objects.filter(business_entity__in=found)
        .order_by("channel_type", "channel_code", "id")
        .values_list(*Channel._fields)
    ]
    counted, days = _counted(entities, period, now)
    work = open_work(list(found), [channel.id for channel in channels], now)
    owned: dict[UUID | None, list[OpenWork]] = defaultdict(list)
    for part in work:
        owned[part.channel_id].append(part)
    incidents = _incidents([channel.id for channel in channels])
    for channel in channels:
        sums = counted.get(channel.id, (0,) * 13)
        mine = owned[channel.id]
        found[channel.business_entity_id].channels.append(
            ChannelFigures(
                channel,
                current=sum(part.current for part in mine),
                overdue=sum(part.overdue for part in mine),
                received=sums[0],
                sent=sums[1],
                automatic=sums[2],
                responses=sums[3],
                in_time=sums[4],
                response_minutes=float(sums[5]),
                breaches=sums[6],
                started=sums[7],
                resolved=sums[8],
                ratings=sums[9],
                ratings_total=sums[10],
                failed=sums[11],
                today=sums[12],
                incidents=incidents.get(channel.id, frozenset()),
            )
        )
    return BrandFigures(list(found.values()), [part for part in work if part.entity_id in found], days)


def brand_days(entities: Sequence[BusinessEntity], period: Period, now: datetime) -> list[list[Any]]:
    """Parameters of a statement that reads daily rows: ids, first days, last days, today, per brand."""
    rows = []
    for entity in entities:
        zone = ZoneInfo(entity.timezone)
        rows.append((entity.id, *period.dates(zone, now), now.astimezone(zone).date()))
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]


def _counted(
    entities: Sequence[BusinessEntity], period: Period, now: datetime
) -> tuple[dict[UUID, tuple[Any, ...]], dict[date, tuple[int, int, int]]]:
    """The daily rows, read once and added up by channel and by day."""
    rows = fetch_all(
        """
        SELECT daily.business_entity_channel_id, daily.date_tracked,
               sum(messages_received), sum(messages_sent), sum(auto_responses_sent), sum(responses),
               sum(responses_in_time), sum(response_minutes_total), sum(sla_breaches),
               sum(new_conversations_started), sum(conversations_resolved), sum(ratings), sum(ratings_total),
               coalesce(sum((channel_specific_metrics->>'failed')::int), 0),
               coalesce(sum(messages_received + messages_sent) FILTER (WHERE daily.date_tracked = brand.today), 0)
          FROM unnest(%s::uuid[], %s::date[], %s::date[], %s::date[]) AS brand(id, first, last, today)
          JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
          JOIN channel_analytics AS daily ON daily.business_entity_channel_id = channel.id
         WHERE daily.hour_tracked IS NULL AND daily.date_tracked BETWEEN brand.first AND brand.last
         GROUP BY GROUPING SETS ((daily.business_entity_channel_id), (daily.date_tracked))
        """,
        brand_days(entities, period, now),
    )
    by_channel = {channel_id: tuple(sums) for channel_id, _, *sums in rows if channel_id}
    by_day = {day: (sums[0], sums[4], sums[6]) for _, day, *sums in rows if day}
    return by_channel, by_day


def _incidents(channel_ids: list[UUID]) -> dict[UUID, frozenset[str]]:
    kinds: dict[UUID, set[str]] = defaultdict(set)
    for channel_id, kind in fetch_all(
        "SELECT channel_id, kind FROM incidents WHERE closed_at IS NULL AND channel_id = ANY(%s::uuid[])",
        [channel_ids],
    ):
        kinds[channel_id].add(kind)
    return {channel_id: frozenset(found) for channel_id, found in kinds.items()}
