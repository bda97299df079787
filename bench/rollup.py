"""The rollup of a million messages beside the best SQL for it that we could write by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bench.million import SINCE, UNTIL, million
from bench.results import Result, interleaved, ratio_at_most

_PEER = (Path(__file__).resolve().parent / "rollup_peer.sql").read_text()
_BUSY_HOUR = UNTIL - timedelta(days=4, hours=14)


def measure() -> list[Result]:
    from django.db import connection

    from analytics.management.commands.rollup_analytics import STEP
    from analytics.services.rollup import rollup

    million()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS peer_analytics, peer_flows, peer_days")
        cursor.execute("CREATE TABLE peer_analytics (LIKE channel_analytics INCLUDING ALL)")
        cursor.execute("CREATE TABLE peer_flows (LIKE routing_flows INCLUDING ALL)")
        cursor.execute("CREATE TABLE peer_days (LIKE brand_days INCLUDING ALL)")

    def product() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE channel_analytics, routing_flows, brand_days")
        start = SINCE
        while start < UNTIL:
            rollup(since=start, until=min(start + STEP, UNTIL))
            start += STEP

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE peer_analytics, peer_flows, peer_days")
        _by_hand(SINCE, UNTIL)

    whole, peer = interleaved(product, by_hand)
    _same_rows()
    hour = _BUSY_HOUR, _BUSY_HOUR + timedelta(hours=1)
    product_hour, peer_hour = interleaved(
        lambda: rollup(since=hour[0], until=hour[1]), lambda: _by_hand(*hour), rounds=9
    )
    return [
        ratio_at_most(
            "rollup of a million messages", whole, "ms", peer="hand-written SQL", peer_value=peer, target=1.5
        ),
        ratio_at_most(
            "rollup of one hour", product_hour, "ms", peer="hand-written SQL", peer_value=peer_hour, target=3
        ),
    ]


def _by_hand(since: datetime, until: datetime) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        for statement in _PEER.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"since": since, "until": until})


def _same_rows() -> None:
    """Both sides made the same rows, or the comparison says nothing."""
    from django.db import connection

    columns = (
        "business_entity_channel_id, date_tracked, hour_tracked, messages_received, messages_sent,"
        " auto_responses_sent, avg_response_time_minutes, min_response_time_minutes, max_response_time_minutes,"
        " sla_breaches, new_conversations_started, conversations_resolved, conversations_escalated, responses,"
        " responses_in_time, response_minutes_total, business_minutes_total, resolved_after_answer,"
        " resolved_at_first_contact, ratings, ratings_total, customer_satisfaction_score,"
        " first_contact_resolution_rate, channel_specific_metrics"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT {columns} FROM channel_analytics"
            f" EXCEPT ALL SELECT {columns} FROM peer_analytics) AS missing"
        )
        (missing,) = cursor.fetchone()
        cursor.execute(
            "SELECT (SELECT count(*) FROM channel_analytics), (SELECT count(*) FROM peer_analytics)"
        )
        ours, theirs = cursor.fetchone()
        days = "business_entity_id, date_tracked, received_by_hour, response_classes, response_counts"
        cursor.execute(
            f"SELECT count(*) FROM (SELECT {days} FROM brand_days EXCEPT ALL SELECT {days} FROM peer_days) AS missing"
        )
        missing += cursor.fetchone()[0]
    if missing or ours != theirs:
        raise AssertionError(f"{missing} of {ours} rows differ from the {theirs} of the hand-written SQL")
