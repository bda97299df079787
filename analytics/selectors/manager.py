"""The manager's dashboard: what happens now, and how the period went. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from analytics.selectors.channel_figures import EntityFigures, brand_days, entity_figures
from analytics.selectors.period import Period
from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntity

AT_RISK = timedelta(minutes=30)
PERCENTILES = (0.5, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Live:
    """Conversations at this moment, without automated mail."""

    open: int
    waiting: int  # the customer waits for an answer
    breached: int  # longer than promised
    at_risk: int  # the promise ends within half an hour
    backlog: int  # nobody has answered yet
    oldest_wait: datetime | None


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
    """Messages from an arrival channel (its name and medium) to a department (its code, or none)."""

    source: str
    medium: str
    department: str
    messages: int


@dataclass(frozen=True, slots=True)
class ManagerDashboard:
    first: date
    last: date
    live: Live
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
    def compliance(self) -> float | None:
        in_time = sum(figures.in_time for entity in self.entities for figures in entity.channels)
        breaches = sum(figures.breaches for entity in self.entities for figures in entity.channels)
        return in_time / (in_time + breaches) if in_time + breaches else None

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
    """Everything the page shows about these brands; nine queries."""
    parameters = brand_days(entities, period, now)
    first = min(parameters[1], default=now.date())
    last = max(parameters[2], default=now.date())
    days, overall = _days(parameters, first, last)
    flows = _flows(parameters)
    return ManagerDashboard(
        first=first,
        last=last,
        live=_live([entity.id for entity in entities], now),
        entities=entity_figures(entities, period, now),
        heat=_heat(parameters, period.days),
        days=days,
        percentiles=overall,
        flows=[Flow(row[0], row[1], row[2], int(row[3])) for row in flows if row[3]],
        decisions=int(sum(row[3] for row in flows)),
        overrides=int(sum(row[4] for row in flows)),
        unsure=int(sum(row[5] for row in flows)),
    )


def _live(entity_ids: list[Any], now: datetime) -> Live:
    ((opened, waiting, breached, at_risk, backlog, oldest),) = fetch_all(
        """
        SELECT count(*), count(waiting_since), count(*) FILTER (WHERE response_due_at < %s),
               count(*) FILTER (WHERE response_due_at >= %s AND response_due_at < %s),
               count(*) FILTER (WHERE first_response_at IS NULL AND waiting_since IS NOT NULL),
               min(waiting_since)
          FROM communication_threads
         WHERE business_entity_id = ANY(%s::uuid[]) AND status <> 'resolved' AND NOT set_aside
        """,
        [now, now, now + AT_RISK, entity_ids],
    )
    return Live(opened, waiting, breached, at_risk, backlog, oldest)


def _heat(parameters: list[list[Any]], days: int) -> dict[tuple[int, int], float]:
    rows = fetch_all(
        """
        SELECT extract(isodow FROM hourly.date_tracked)::int - 1, hourly.hour_tracked, sum(messages_received)
          FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
          JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
          JOIN channel_analytics AS hourly ON hourly.business_entity_channel_id = channel.id
         WHERE hourly.hour_tracked IS NOT NULL AND hourly.date_tracked BETWEEN brand.first AND brand.last
         GROUP BY 1, 2
        """,
        parameters[:3],
    )
    weeks = max(1, days / 7)
    return {(weekday, hour): float(received) / weeks for weekday, hour, received in rows}


def _days(parameters: list[list[Any]], first: date, last: date) -> tuple[list[Day], tuple[float, ...] | None]:
    counted = {
        row[0]: row[1:]
        for row in fetch_all(
            """
            SELECT daily.date_tracked, sum(messages_received), sum(responses_in_time), sum(sla_breaches)
              FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
              JOIN channel_analytics AS daily ON daily.business_entity_channel_id = channel.id
             WHERE daily.hour_tracked IS NULL AND daily.date_tracked BETWEEN brand.first AND brand.last
             GROUP BY 1
            """,
            parameters[:3],
        )
    }
    # Percentiles cannot be added up: they come from the clocks themselves, by their covering index.
    waited = {
        day: tuple(float(value) for value in values) if values else None
        for day, values in fetch_all(
            """
            SELECT (timer.answered_at AT TIME ZONE entity.timezone)::date,
                   percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY timer.elapsed_minutes::float8)
              FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN business_entities AS entity ON entity.id = brand.id
              JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
              JOIN sla_timers AS timer ON timer.channel_id = channel.id
             WHERE timer.answered_at >= brand.first::timestamp AT TIME ZONE entity.timezone
               AND timer.answered_at < (brand.last + 1)::timestamp AT TIME ZONE entity.timezone
               AND timer.state IN ('met', 'breached')
             GROUP BY GROUPING SETS ((1), ())
            """,
            [list(PERCENTILES), *parameters[:3]],
        )
    }
    overall = waited.pop(None, None)
    length = (last - first).days + 1
    days = []
    for number in range(length):
        day = first + timedelta(days=number)
        received, in_time, breaches = counted.get(day, (0, 0, 0))
        days.append(Day(day, received, in_time, breaches, waited.get(day)))
    return days, overall


def _flows(parameters: list[list[Any]]) -> list[tuple[Any, ...]]:
    return fetch_all(
        """
        SELECT coalesce(source.channel_name, ''), coalesce(source.channel_type, ''),
               coalesce(target.channel_code, ''), sum(decisions), sum(overrides), sum(unsure)
          FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
          JOIN routing_flows AS flow ON flow.business_entity_id = brand.id
          LEFT JOIN business_entity_channels AS source ON source.id = flow.source_channel_id
          LEFT JOIN business_entity_channels AS target ON target.id = flow.target_channel_id
         WHERE flow.date_tracked BETWEEN brand.first AND brand.last
         GROUP BY 1, 2, 3
         ORDER BY 4 DESC, 1, 3
        """,
        parameters[:3],
    )
