"""The manager's dashboard: what happens now, and how the period went. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from analytics.distribution import merged_counts, percentiles
from analytics.selectors.channel_figures import EntityFigures, brand_days, entity_figures
from analytics.selectors.live import OpenWork, in_total
from analytics.selectors.period import Period
from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntity

PERCENTILES = (0.5, 0.9, 0.95)
SOURCES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _BrandDay:
    date: date
    received_by_hour: list[int]
    classes: list[int]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of all brands together. Minutes are elapsed minutes."""

    date: date
    received: int
    in_time: int
    breaches: int
    percentiles: tuple[float, ...] | None

    @property
    def compliance(self) -> float | None:
        decided = self.in_time + self.breaches
        return self.in_time / decided if decided else None


@dataclass(frozen=True, slots=True)
class Flow:
    """Messages from an arrival channel (None: unknown) to a department (its code, "" is nobody).

    entity_id is None for all that arrived elsewhere than at the busiest channels, together.
    """

    entity_id: UUID | None
    source_id: UUID | None
    source: str
    medium: str
    department: str
    messages: int


@dataclass(frozen=True, slots=True)
class ManagerDashboard:
    first: date
    last: date
    live: OpenWork
    entities: list[EntityFigures]
    heat: dict[tuple[int, int], float]  # (weekday 0-6, hour) -> received per such hour
    days: list[Day]
    percentiles: tuple[float, ...] | None
    flows: list[Flow]
    decisions: int
    overrides: int
    unsure: int

    @property
    def received(self) -> int:
        return sum(figures.received for entity in self.entities for figures in entity.channels)

    @property
    def sent(self) -> int:
        return sum(figures.sent for entity in self.entities for figures in entity.channels)

    @property
    def breaches(self) -> int:
        return sum(figures.breaches for entity in self.entities for figures in entity.channels)

    @property
    def compliance(self) -> float | None:
        in_time = sum(figures.in_time for entity in self.entities for figures in entity.channels)
        return in_time / (in_time + self.breaches) if in_time + self.breaches else None

    @property
    def override_rate(self) -> float | None:
        return self.overrides / self.decisions if self.decisions else None

    @property
    def automatic_share(self) -> float | None:
        """Automatic answers per message received."""
        automatic = sum(figures.automatic for entity in self.entities for figures in entity.channels)
        return automatic / self.received if self.received else None

    @property
    def satisfaction(self) -> float | None:
        ratings = sum(figures.ratings for entity in self.entities for figures in entity.channels)
        total = sum(figures.ratings_total for entity in self.entities for figures in entity.channels)
        return total / ratings if ratings else None


def manager_dashboard(entities: Sequence[BusinessEntity], period: Period, now: datetime) -> ManagerDashboard:
    """Everything the page shows about these brands; six queries."""
    parameters = brand_days(entities, period, now)
    first = min(parameters[1], default=now.date())
    last = max(parameters[2], default=now.date())
    own_days = _brand_days(parameters)
    flows = _flows(parameters)
    figures = entity_figures(entities, period, now)
    return ManagerDashboard(
        first=first,
        last=last,
        live=in_total(figures.open),
        entities=figures.entities,
        heat=_heat(own_days, period.days),
        days=_days(figures.days, own_days, first, last),
        percentiles=_percentiles(own_days),
        flows=[Flow(*row[:6]) for row in flows if row[5]],
        decisions=int(sum(row[5] for row in flows)),
        overrides=int(sum(row[6] for row in flows)),
        unsure=int(sum(row[7] for row in flows)),
    )


def _heat(days: Sequence[_BrandDay], length: int) -> dict[tuple[int, int], float]:
    totals: dict[tuple[int, int], int] = defaultdict(int)
    for day in days:
        weekday = day.date.weekday()
        for hour, received in enumerate(day.received_by_hour):
            totals[weekday, hour] += received
    weeks = max(1, length / 7)
    return {place: received / weeks for place, received in totals.items() if received}


def _days(
    counted: Mapping[date, tuple[int, int, int]], brand_days: Sequence[_BrandDay], first: date, last: date
) -> list[Day]:
    waits: dict[date, list[_BrandDay]] = defaultdict(list)
    for row in brand_days:
        waits[row.date].append(row)
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        received, in_time, breaches = counted.get(day, (0, 0, 0))
        days.append(Day(day, received, in_time, breaches, _percentiles(waits[day])))
    return days


def _percentiles(days: Sequence[_BrandDay]) -> tuple[float, ...] | None:
    return percentiles(merged_counts((day.classes, day.counts) for day in days), PERCENTILES)


def _brand_days(parameters: list[list[Any]]) -> list[_BrandDay]:
    return [
        _BrandDay(*row)
        for row in fetch_all(
            """
            SELECT day.date_tracked, day.received_by_hour, day.response_classes, day.response_counts
              FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN brand_days AS day ON day.business_entity_id = brand.id
             WHERE day.date_tracked BETWEEN brand.first AND brand.last
            """,
            parameters[:3],
        )
    ]


def _flows(parameters: list[list[Any]]) -> list[tuple[Any, ...]]:
    """Flows of the busiest arrival channels, and the others' together; names are looked up for those only."""
    return fetch_all(
        """
        WITH flow AS MATERIALIZED (
            SELECT brand.id AS entity_id, flow.source_channel_id AS source_id,
                   coalesce(target.channel_code, '') AS department,
                   sum(decisions) AS decisions, sum(overrides) AS overrides, sum(unsure) AS unsure
              FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN routing_flows AS flow ON flow.business_entity_id = brand.id
              LEFT JOIN business_entity_channels AS target ON target.id = flow.target_channel_id
             WHERE flow.date_tracked BETWEEN brand.first AND brand.last
             GROUP BY 1, 2, 3),
        busiest AS (
            SELECT entity_id, source_id FROM flow GROUP BY 1, 2 ORDER BY sum(decisions) DESC, 1, 2 LIMIT %s)
        SELECT busiest.entity_id, source.id, coalesce(source.channel_name, ''),
               coalesce(source.channel_type, ''), flow.department,
               sum(flow.decisions), sum(flow.overrides), sum(flow.unsure)
          FROM flow
          LEFT JOIN busiest ON busiest.entity_id = flow.entity_id
                           AND busiest.source_id IS NOT DISTINCT FROM flow.source_id
          LEFT JOIN business_entity_channels AS source ON source.id = busiest.source_id
         GROUP BY 1, 2, 3, 4, 5
         ORDER BY 6 DESC, 3, 5
        """,
        [*parameters[:3], SOURCES_SHOWN],
    )
