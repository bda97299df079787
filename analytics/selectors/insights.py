"""What stands out in a period, found by counting: each finding has its numbers and where to look.

Nothing is generated: a finding is a rule that holds, with thresholds that chance does not pass often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from analytics.selectors.channel_figures import brand_days
from analytics.selectors.period import Period
from channels_app.bulk import fetch_all
from channels_app.models import BusinessEntity

BROKEN_AT_LEAST = 5  # promises in an hour of the week
BROKEN_SHARE = 0.25
MOVED_AT_LEAST = 5
MOVED_SHARE = 0.1
MISLEADING_AT_LEAST = 5
MISLEADING_SHARE = 0.3
UNUSUAL_SIGMAS = 3
UNUSUAL_AT_LEAST = 20
EACH = 3  # findings of a kind

Kind = Literal["sla_hour", "moves", "keyword", "volume"]


@dataclass(frozen=True, slots=True)
class Insight:
    """kind says what the subject is: an hour of the week, a department's code, a keyword or a day.

    part of whole: broken of decided promises, moves of what was given to the department, misled of all
    conversations with the keyword, or, for a day, received instead of usual messages.
    """

    kind: Kind
    subject: str
    part: int
    whole: int
    weekday: int = 0
    hour: int = 0


def insights(entities: Sequence[BusinessEntity], period: Period, now: datetime) -> list[Insight]:
    """The findings of these brands in the period, the weightiest of each kind first; four queries."""
    parameters = brand_days(entities, period, now)
    return [*_hours(parameters), *_moves(parameters), *_keywords(parameters), *_days(parameters)]


def _hours(parameters: list[list[Any]]) -> list[Insight]:
    rows = fetch_all(
        """
        SELECT extract(isodow FROM hourly.date_tracked)::int - 1, hourly.hour_tracked,
               sum(sla_breaches), sum(sla_breaches + responses_in_time)
          FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
          JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
          JOIN channel_analytics AS hourly ON hourly.business_entity_channel_id = channel.id
         WHERE hourly.hour_tracked IS NOT NULL AND hourly.date_tracked BETWEEN brand.first AND brand.last
         GROUP BY 1, 2
        HAVING sum(sla_breaches) >= %s AND sum(sla_breaches) >= %s::float8 * sum(sla_breaches + responses_in_time)
         ORDER BY 3 DESC, 1, 2 LIMIT %s
        """,
        [*parameters[:3], BROKEN_AT_LEAST, BROKEN_SHARE, EACH],
    )
    return [Insight("sla_hour", "", int(p), int(w), weekday=d, hour=h) for d, h, p, w in rows]


def _moves(parameters: list[list[Any]]) -> list[Insight]:
    """Departments that people move conversations away from: moves of what routing had given to each."""
    rows = fetch_all(
        """
        WITH flow AS (
            SELECT flow.* FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN routing_flows AS flow ON flow.business_entity_id = brand.id
             WHERE flow.date_tracked BETWEEN brand.first AND brand.last),
        passed AS (
            SELECT channel.channel_code, sum(flow.overrides) AS moves
              FROM flow JOIN business_entity_channels AS channel ON channel.id = flow.source_channel_id
             GROUP BY 1),
        given AS (
            SELECT channel.channel_code, sum(flow.decisions) AS decisions
              FROM flow JOIN business_entity_channels AS channel ON channel.id = flow.target_channel_id
             GROUP BY 1)
        SELECT channel_code, moves, decisions FROM passed JOIN given USING (channel_code)
         WHERE moves >= %s AND moves >= %s::float8 * decisions
         ORDER BY 2 DESC, 1 LIMIT %s
        """,
        [*parameters[:3], MOVED_AT_LEAST, MOVED_SHARE, EACH],
    )
    return [Insight("moves", code, int(moves), int(decisions)) for code, moves, decisions in rows]


def _keywords(parameters: list[list[Any]]) -> list[Insight]:
    """Keywords of the department that a conversation was sent to and then moved away from by hand."""
    rows = fetch_all(
        """
        WITH decision AS (
            SELECT log.thread_id, log.target_channel_id, target.channel_code, log.keyword_matches
              FROM unnest(%s::uuid[], %s::date[], %s::date[]) AS brand(id, first, last)
              JOIN business_entities AS entity ON entity.id = brand.id
              JOIN message_routing_logs AS log ON log.business_entity_id = brand.id
              JOIN business_entity_channels AS target ON target.id = log.target_channel_id
             WHERE NOT log.manual_override AND log.keyword_matches <> '{}'
               AND log.created_at >= brand.first::timestamp AT TIME ZONE entity.timezone
               AND log.created_at < (brand.last + 1)::timestamp AT TIME ZONE entity.timezone),
        word AS (
            SELECT decision.thread_id, decision.target_channel_id,
                   jsonb_array_elements_text(decision.keyword_matches -> decision.channel_code) AS keyword
              FROM decision
             WHERE jsonb_typeof(decision.keyword_matches -> decision.channel_code) = 'array')
        SELECT word.keyword,
               count(DISTINCT word.thread_id) FILTER (WHERE EXISTS (
                   SELECT FROM message_routing_logs AS moved
                    WHERE moved.thread_id = word.thread_id AND moved.manual_override
                      AND moved.target_channel_id <> word.target_channel_id)) AS misled,
               count(DISTINCT word.thread_id) AS conversations
          FROM word GROUP BY 1
         ORDER BY 2 DESC, 1 LIMIT 20
        """,
        parameters[:3],
    )
    return [
        Insight("keyword", keyword, misled, conversations)
        for keyword, misled, conversations in rows
        if misled >= MISLEADING_AT_LEAST and misled >= MISLEADING_SHARE * conversations
    ][:EACH]


def _days(parameters: list[list[Any]]) -> list[Insight]:
    """Finished days with far more or fewer messages than the same weekday of the four weeks before."""
    rows = fetch_all(
        """
        WITH daily AS (
            SELECT row.date_tracked AS day, sum(row.messages_received) AS received
              FROM unnest(%s::uuid[]) AS brand(id)
              JOIN business_entity_channels AS channel ON channel.business_entity_id = brand.id
              JOIN channel_analytics AS row ON row.business_entity_channel_id = channel.id
             WHERE row.hour_tracked IS NULL AND row.date_tracked BETWEEN %s::date - 28 AND %s::date
             GROUP BY 1),
        usual AS (
            SELECT recent.day, recent.received, sum(earlier.received) / 4 AS mean
              FROM daily AS recent
              JOIN daily AS earlier ON earlier.day IN (recent.day - 7, recent.day - 14, recent.day - 21, recent.day - 28)
             WHERE recent.day >= %s::date AND recent.day < %s::date
             GROUP BY 1, 2 HAVING count(*) = 4)
        SELECT day, received, mean FROM usual
         WHERE abs(received - mean) >= greatest(%s, %s * sqrt(mean))
         ORDER BY abs(received - mean) / sqrt(mean + 1) DESC LIMIT %s
        """,
        [
            parameters[0], min(parameters[1], default=None), max(parameters[2], default=None),
            min(parameters[1], default=None), min(parameters[3], default=None), UNUSUAL_AT_LEAST,
            UNUSUAL_SIGMAS, EACH,
        ],
    )  # fmt: skip
    return [Insight("volume", day.isoformat(), int(received), round(mean)) for day, received, mean in rows]
