"""The statements of the rollup, put together once from what each medium counts."""

from __future__ import annotations

from functools import cache

from analytics.distribution import class_sql
from analytics.media import MEDIA, ORDINARY, Count, MediumMetrics

# Columns that add up over hours and channels, in the order in which they are written.
COUNTS = (
    "messages_received", "messages_sent", "auto_responses_sent", "sla_breaches", "new_conversations_started",
    "conversations_resolved", "conversations_escalated", "responses", "responses_in_time",
    "response_minutes_total", "business_minutes_total", "resolved_after_answer", "resolved_at_first_contact",
    "ratings", "ratings_total",
)  # fmt: skip
# numeric(8,2) of the specification ends here: nearly two years.
_LONGEST = "999999.99"
# Columns that are worked out from those: name -> (expression over the summed columns).
_DERIVED = {
    "avg_response_time_minutes": (
        f"CASE WHEN responses > 0 THEN least(round(response_minutes_total / responses, 2), {_LONGEST}) END"
    ),
    "customer_satisfaction_score": "round(ratings_total::numeric / nullif(ratings, 0), 2)",
    "first_contact_resolution_rate": (
        "round(resolved_at_first_contact::numeric / nullif(resolved_after_answer, 0), 4)"
    ),
}
_EXTREMES = {"min_response_time_minutes": "min", "max_response_time_minutes": "max"}
_METRICS = "channel_specific_metrics"
WRITTEN = (*COUNTS, *_DERIVED, *_EXTREMES, _METRICS)

# Stands for no channel in comparisons.
_NOWHERE = "00000000-0000-0000-0000-000000000000"

_BRANDS = """
    brand AS MATERIALIZED (
        SELECT * FROM unnest(%(ids)s::uuid[], %(zones)s::text[], %(since)s::timestamptz[],
                             %(until)s::timestamptz[], %(local_since)s::timestamp[], %(local_until)s::timestamp[])
               AS brand(id, zone, since, until, local_since, local_until)),
    channel AS MATERIALIZED (
        SELECT channel.id, channel.channel_type AS medium, brand.id AS brand_id, brand.zone, brand.since,
               brand.until, brand.local_since, brand.local_until
          FROM business_entity_channels AS channel
          JOIN brand ON brand.id = channel.business_entity_id)"""

_WITHIN = (
    "{moment} >= %(earliest)s AND {moment} < %(latest)s "
    "AND {moment} >= channel.since AND {moment} < channel.until"
)
_HOUR = "date_trunc('hour', {moment} AT TIME ZONE channel.zone)"


def _counted(*, of_notifications: bool) -> list[Count]:
    """Every count of any medium, each once."""
    counts = {
        count.name: count
        for metrics in (*MEDIA.values(), ORDINARY)
        for count in metrics.counts
        if count.of_notifications is of_notifications
    }
    return list(counts.values())


def _media_json(column: str) -> str:
    """The JSON of a channel by its medium; column: how a summed count is named, e.g. "m_{}"."""

    def json(metrics: MediumMetrics) -> str:
        pairs = [f"'{count.name}', coalesce({column.format(count.name)}, 0)" for count in metrics.counts]
        pairs.extend(
            f"'{ratio.name}', round({column.format(ratio.numerator)}::numeric"
            f" / nullif({column.format(ratio.denominator)}, 0), 4)"
            for ratio in metrics.ratios
        )
        return f"jsonb_build_object({', '.join(pairs)})"

    cases = " ".join(f"WHEN '{medium}' THEN {json(metrics)}" for medium, metrics in MEDIA.items())
    return f"CASE channel.medium {cases} ELSE {json(ORDINARY)} END"


def _source(name: str, columns: str, tables: str, moment: str, where: str = "true") -> str:
    return f"""
    {name} AS (
        SELECT channel.id AS channel_id, {_HOUR.format(moment=moment)} AS hour, {columns}
          FROM {tables}
         WHERE {_WITHIN.format(moment=moment)} AND {where}
         GROUP BY 1, 2)"""  # noqa: S608 the expressions are ours


def _resolved() -> str:
    moment = "thread.resolved_at"
    return f"""
    ended AS (
        SELECT channel.id AS channel_id, {_HOUR.format(moment=moment)} AS hour,
               count(timer.answered_at) AS answered
          FROM communication_threads AS thread
          JOIN channel ON channel.id = thread.channel_id
          LEFT JOIN sla_timers AS timer ON timer.thread_id = thread.id AND timer.answered_at IS NOT NULL
         WHERE {_WITHIN.format(moment=moment)}
           AND thread.status = 'resolved' AND NOT thread.set_aside
         GROUP BY thread.id, 1, 2),
    resolved AS (
        SELECT channel_id, hour, count(*) AS conversations_resolved,
               count(*) FILTER (WHERE answered > 0) AS resolved_after_answer,
               count(*) FILTER (WHERE answered = 1) AS resolved_at_first_contact
          FROM ended GROUP BY 1, 2)"""  # noqa: S608 the expressions are ours


def _sources() -> tuple[str, ...]:
    by_messages = "".join(f", {count.sql} AS m_{count.name}" for count in _counted(of_notifications=False))
    by_items = ", ".join(f"{count.sql} AS m_{count.name}" for count in _counted(of_notifications=True))
    return (
        _source(
            "traffic",
            "count(*) FILTER (WHERE message.direction = 'inbound') AS messages_received,"
            " count(*) FILTER (WHERE message.direction = 'outbound'"
            " AND message.state IN ('sent', 'delivered', 'read', 'played')) AS messages_sent,"
            " count(*) FILTER (WHERE message.message_type = 'auto_response'"
            " AND message.state IN ('sent', 'delivered', 'read', 'played')) AS auto_responses_sent"
            + by_messages,
            "communication_messages AS message JOIN channel ON channel.id = message.channel_id",
            "message.sent_at",
            "message.direction <> 'internal'",
        ),
        _source(
            "cards",
            by_items,
            "outbox_items AS item JOIN channel ON channel.id = item.channel_id",
            "item.finished_at",
            "item.message_id IS NULL",
        ),
        _source(
            "answers",
            "count(*) AS responses, count(*) FILTER (WHERE timer.state = 'met') AS responses_in_time,"
            " sum(timer.elapsed_minutes) AS response_minutes_total,"
            " sum(timer.business_minutes) AS business_minutes_total,"
            f" least(min(timer.elapsed_minutes), {_LONGEST}) AS min_response_time_minutes,"
            f" least(max(timer.elapsed_minutes), {_LONGEST}) AS max_response_time_minutes",
            "sla_timers AS timer JOIN channel ON channel.id = timer.channel_id",
            "timer.answered_at",
            "timer.state IN ('met', 'breached')",
        ),
        _source(
            "breaches",
            "count(*) AS sla_breaches",
            "sla_timers AS timer JOIN channel ON channel.id = timer.channel_id",
            "timer.breached_at",
        ),
        _source(
            "started",
            "count(*) AS new_conversations_started",
            "communication_threads AS thread JOIN channel ON channel.id = thread.channel_id",
            "thread.created_at",
            "NOT thread.set_aside",
        ),
        _resolved(),
        _source(
            "escalated",
            "count(*) AS conversations_escalated",
            "escalations AS escalation JOIN channel ON channel.id = escalation.channel_id",
            "escalation.created_at",
            "NOT EXISTS (SELECT FROM escalations AS earlier WHERE earlier.thread_id = escalation.thread_id"
            " AND (earlier.created_at, earlier.id) < (escalation.created_at, escalation.id))",
        ),
        _source(
            "rated",
            "count(*) AS ratings, sum(rating.score) AS ratings_total",
            "conversation_ratings AS rating JOIN channel ON channel.id = rating.channel_id",
            "rating.rated_at",
        ),
    )


_SOURCES = ("traffic", "cards", "answers", "breaches", "started", "resolved", "escalated", "rated")


def _derived_as() -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in _DERIVED.items())


def _write(hour: str) -> str:
    """Insert what `fresh` has, change only rows that differ, and report how many were written."""
    columns = ", ".join(WRITTEN)
    assignments = ", ".join(f"{name} = EXCLUDED.{name}" for name in WRITTEN)
    before = ", ".join(f"channel_analytics.{name}" for name in WRITTEN)
    after = ", ".join(f"EXCLUDED.{name}" for name in WRITTEN)
    return f"""
    written AS (
        INSERT INTO channel_analytics (business_entity_channel_id, date_tracked, hour_tracked, {columns})
        SELECT channel_id, {hour}, {columns} FROM fresh ORDER BY 1, 2, 3
        ON CONFLICT (business_entity_channel_id, date_tracked, hour_tracked) DO UPDATE SET {assignments}
         WHERE ({before}) IS DISTINCT FROM ({after})
        RETURNING 1)"""  # noqa: S608 the expressions are ours


@cache
def hours_statement() -> str:
    """Count the hours of the windows from the facts; answers (rows written, rows removed).

    Parameters: ids, zones, since, until, local_since, local_until (one of each per brand), and earliest
    and latest, which bound them all and let the planner use the indexes on time.
    """
    joined = f"{_SOURCES[0]} " + " ".join(
        f"FULL JOIN {name} USING (channel_id, hour)" for name in _SOURCES[1:]
    )
    counts = ", ".join(f"coalesce({name}, 0) AS {name}" for name in COUNTS)
    media = _media_json("m_{}")
    return f"""
    WITH {_BRANDS},
    {", ".join(_sources())},
    summed AS (
        SELECT channel_id, hour, {counts}, {", ".join(_EXTREMES)}, {media} AS {_METRICS}
          FROM {joined}
          JOIN channel ON channel.id = channel_id),
    fresh AS MATERIALIZED (
        SELECT channel_id, hour::date AS date_tracked, extract(hour FROM hour)::smallint AS hour_tracked,
               {", ".join(COUNTS)}, {_derived_as()}, {", ".join(_EXTREMES)}, {_METRICS}
          FROM summed),
    {_write("date_tracked, hour_tracked")},
    gone AS (
        DELETE FROM channel_analytics AS old USING channel
         WHERE old.business_entity_channel_id = channel.id AND old.hour_tracked IS NOT NULL
           AND old.date_tracked >= channel.local_since::date AND old.date_tracked <= channel.local_until::date
           AND old.date_tracked + make_interval(hours => old.hour_tracked) >= channel.local_since
           AND old.date_tracked + make_interval(hours => old.hour_tracked) < channel.local_until
           AND NOT EXISTS (SELECT FROM fresh WHERE fresh.channel_id = old.business_entity_channel_id
                              AND fresh.date_tracked = old.date_tracked
                              AND fresh.hour_tracked = old.hour_tracked)
        RETURNING 1)
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
    """  # noqa: S608 the expressions are ours


@cache
def days_statement() -> str:
    """Add the hours of each day up to its daily row; answers (rows written, rows removed).

    Parameters as of the hours; every day that a window touches is done whole.
    """
    names = [*_counted(of_notifications=False), *_counted(of_notifications=True)]
    counts = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    extremes = ", ".join(f"{function}({name}) AS {name}" for name, function in _EXTREMES.items())
    media = ", ".join(f"sum(({_METRICS}->>'{count.name}')::bigint) AS m_{count.name}" for count in names)
    return f"""
    WITH {_BRANDS},
    summed AS (
        SELECT hourly.business_entity_channel_id AS channel_id, hourly.date_tracked, {counts}, {extremes}, {media}
          FROM channel_analytics AS hourly
          JOIN channel ON channel.id = hourly.business_entity_channel_id
         WHERE hourly.hour_tracked IS NOT NULL AND hourly.date_tracked >= channel.local_since::date
           AND hourly.date_tracked < channel.local_until
         GROUP BY 1, 2),
    fresh AS MATERIALIZED (
        SELECT channel_id, date_tracked, {", ".join(COUNTS)}, {_derived_as()}, {", ".join(_EXTREMES)},
               {_media_json("m_{}")} AS {_METRICS}
          FROM summed JOIN channel ON channel.id = channel_id),
    {_write("date_tracked, NULL::smallint")},
    gone AS (
        DELETE FROM channel_analytics AS old USING channel
         WHERE old.business_entity_channel_id = channel.id AND old.hour_tracked IS NULL
           AND old.date_tracked >= channel.local_since::date AND old.date_tracked < channel.local_until
           AND NOT EXISTS (SELECT FROM fresh WHERE fresh.channel_id = old.business_entity_channel_id
                              AND fresh.date_tracked = old.date_tracked)
        RETURNING 1)
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
    """  # noqa: S608 the expressions are ours


# The days of each brand, from the hours that have been counted and from the clocks answered that day.
BRAND_DAYS_STATEMENT = f"""
    WITH {_BRANDS},
    received AS (
        SELECT channel.brand_id, hourly.date_tracked, hourly.hour_tracked AS hour,
               sum(hourly.messages_received)::int AS messages
          FROM channel_analytics AS hourly
          JOIN channel ON channel.id = hourly.business_entity_channel_id
         WHERE hourly.hour_tracked IS NOT NULL AND hourly.date_tracked >= channel.local_since::date
           AND hourly.date_tracked < channel.local_until
         GROUP BY 1, 2, 3),
    by_hour AS (
        SELECT day.brand_id, day.date_tracked,
               array_agg(coalesce(received.messages, 0) ORDER BY clock.hour) AS received_by_hour
          FROM (SELECT DISTINCT brand_id, date_tracked FROM received) AS day
         CROSS JOIN generate_series(0, 23) AS clock(hour)
          LEFT JOIN received ON received.brand_id = day.brand_id AND received.date_tracked = day.date_tracked
                            AND received.hour = clock.hour
         GROUP BY 1, 2),
    class AS (
        SELECT channel.brand_id, (timer.answered_at AT TIME ZONE channel.zone)::date AS date_tracked,
               {class_sql("timer.elapsed_minutes")} AS number, count(*)::int AS answers
          FROM channel
          JOIN sla_timers AS timer ON timer.channel_id = channel.id
         WHERE timer.answered_at >= channel.since AND timer.answered_at < channel.until
           AND timer.state IN ('met', 'breached')
         GROUP BY 1, 2, 3),
    responses AS (
        SELECT brand_id, date_tracked, array_agg(number ORDER BY number) AS response_classes,
               array_agg(answers ORDER BY number) AS response_counts
          FROM class GROUP BY 1, 2),
    fresh AS MATERIALIZED (
        SELECT brand_id AS business_entity_id, date_tracked,
               coalesce(received_by_hour, array_fill(0, ARRAY[24])) AS received_by_hour,
               coalesce(response_classes, '{{}}') AS response_classes,
               coalesce(response_counts, '{{}}') AS response_counts
          FROM by_hour FULL JOIN responses USING (brand_id, date_tracked)),
    written AS (
        INSERT INTO brand_days (business_entity_id, date_tracked, received_by_hour, response_classes,
                                response_counts)
        SELECT * FROM fresh ORDER BY 1, 2
        ON CONFLICT (business_entity_id, date_tracked) DO UPDATE
           SET received_by_hour = EXCLUDED.received_by_hour, response_classes = EXCLUDED.response_classes,
               response_counts = EXCLUDED.response_counts
         WHERE (brand_days.received_by_hour, brand_days.response_classes, brand_days.response_counts)
               IS DISTINCT FROM (EXCLUDED.received_by_hour, EXCLUDED.response_classes, EXCLUDED.response_counts)
        RETURNING 1),
    gone AS (
        DELETE FROM brand_days AS old USING brand
         WHERE old.business_entity_id = brand.id
           AND old.date_tracked >= brand.local_since::date AND old.date_tracked < brand.local_until
           AND NOT EXISTS (SELECT FROM fresh WHERE fresh.business_entity_id = old.business_entity_id
                              AND fresh.date_tracked = old.date_tracked)
        RETURNING 1)
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
"""  # noqa: S608 the expressions are ours


FLOWS_STATEMENT = f"""
    WITH brand AS MATERIALIZED (
        SELECT * FROM unnest(%(ids)s::uuid[], %(zones)s::text[], %(since)s::timestamptz[],
                             %(until)s::timestamptz[], %(local_since)s::timestamp[], %(local_until)s::timestamp[])
               AS brand(id, zone, since, until, local_since, local_until)),
    fresh AS MATERIALIZED (
        SELECT brand.id AS business_entity_id, (log.created_at AT TIME ZONE brand.zone)::date AS date_tracked,
               log.source_channel_id, log.target_channel_id,
               count(*) FILTER (WHERE NOT log.manual_override) AS decisions,
               count(*) FILTER (WHERE log.unsure AND NOT log.manual_override) AS unsure,
               count(*) FILTER (WHERE log.manual_override) AS overrides
          FROM message_routing_logs AS log
          JOIN brand ON brand.id = log.business_entity_id
         WHERE log.created_at >= %(earliest)s AND log.created_at < %(latest)s
           AND log.created_at >= brand.since AND log.created_at < brand.until
         GROUP BY 1, 2, 3, 4),
    written AS (
        INSERT INTO routing_flows (business_entity_id, date_tracked, source_channel_id, target_channel_id,
                                   decisions, unsure, overrides)
        SELECT * FROM fresh ORDER BY 1, 2, 3, 4
        ON CONFLICT (business_entity_id, date_tracked, source_channel_id, target_channel_id)
        DO UPDATE SET decisions = EXCLUDED.decisions, unsure = EXCLUDED.unsure, overrides = EXCLUDED.overrides
         WHERE (routing_flows.decisions, routing_flows.unsure, routing_flows.overrides)
               IS DISTINCT FROM (EXCLUDED.decisions, EXCLUDED.unsure, EXCLUDED.overrides)
        RETURNING 1),
    gone AS (
        DELETE FROM routing_flows AS old USING brand
         WHERE old.business_entity_id = brand.id
           AND old.date_tracked >= brand.local_since::date AND old.date_tracked < brand.local_until
           AND NOT EXISTS (
               SELECT FROM fresh
                WHERE fresh.business_entity_id = old.business_entity_id
                  AND fresh.date_tracked = old.date_tracked
                  -- Equalities, which can be hashed, where IS NOT DISTINCT FROM compares each with each.
                  AND coalesce(fresh.source_channel_id, '{_NOWHERE}') = coalesce(old.source_channel_id, '{_NOWHERE}')
                  AND coalesce(fresh.target_channel_id, '{_NOWHERE}') = coalesce(old.target_channel_id, '{_NOWHERE}'))
        RETURNING 1)
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
"""  # noqa: S608 the expressions are ours
