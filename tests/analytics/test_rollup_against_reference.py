"""The rollup of a made-up history against the slow reference."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import pytest
from django.db.models import F

from analytics.history.loading import History
from analytics.models import ChannelAnalytics, RoutingFlow
from analytics.services.rollup import rollup
from routing.models import MessageRoutingLog
from tests.analytics.reference import Facts, Key, gather, metrics

pytestmark = pytest.mark.django_db

COMMON = (
    "messages_received", "messages_sent", "auto_responses_sent", "responses", "responses_in_time",
    "response_minutes_total", "business_minutes_total", "avg_response_time_minutes", "min_response_time_minutes",
    "max_response_time_minutes", "sla_breaches", "new_conversations_started", "conversations_resolved",
    "conversations_escalated", "resolved_after_answer", "resolved_at_first_contact", "ratings", "ratings_total",
    "customer_satisfaction_score", "first_contact_resolution_rate",
)  # fmt: skip
ADDITIVE = [name for name in COMMON if not name.startswith(("avg", "min", "max", "customer", "first"))]
SAMPLE = 200
BUSY = 100


@pytest.fixture(scope="module")
def facts(history: History) -> Facts:
    return gather()


def rolled(key: Key) -> dict[str, Any]:
    channel, day, hour = key
    row = ChannelAnalytics.objects.get(business_entity_channel=channel, date_tracked=day, hour_tracked=hour)
    return {name: getattr(row, name) for name in (*COMMON, "channel_specific_metrics")}


def sample(facts: Facts, media: tuple[str, ...]) -> list[Key]:
    """Random channel-hours of these media in which something happened, between eight and eight."""
    keys = sorted(
        key for key in facts.keys if facts.channels[key[0]]["channel_type"] in media and 8 <= key[2] < 20
    )
    return Random(20260601).sample(keys, min(SAMPLE, len(keys)))


def test_every_hour_with_facts_has_its_row_and_no_other_hour_has(facts: Facts) -> None:
    rows = ChannelAnalytics.objects.filter(hour_tracked__isnull=False)
    assert set(rows.values_list("business_entity_channel_id", "date_tracked", "hour_tracked")) == facts.keys


def test_two_hundred_random_channel_hours_equal_the_reference_in_every_metric(facts: Facts) -> None:
    nonzero: dict[str, int] = defaultdict(int)
    for key in sample(facts, ("whatsapp", "email", "sms", "phone")):
        expected, found = metrics(facts, [key]), rolled(key)
        assert found == expected, key
        for name in COMMON:
            nonzero[name] += bool(found[name])
    assert {name: nonzero[name] for name in COMMON if nonzero[name] < BUSY} == {}


@pytest.mark.parametrize("medium", ["whatsapp", "email", "sms", "phone", "teams"])
def test_random_channel_hours_of_each_medium_equal_the_reference_in_its_own_metrics(
    facts: Facts, medium: str
) -> None:
    nonzero: dict[str, int] = defaultdict(int)
    for key in sample(facts, (medium,)):
        expected, found = metrics(facts, [key]), rolled(key)
        assert found == expected, key
        for name, value in found["channel_specific_metrics"].items():
            nonzero[name] += bool(value)
    assert {name: count for name, count in nonzero.items() if count < BUSY} == {}


def test_every_day_equals_the_reference_and_the_sum_of_its_hours(facts: Facts) -> None:
    hours: dict[Any, list[Key]] = defaultdict(list)
    for key in facts.keys:
        hours[key[:2]].append(key)
    days = ChannelAnalytics.objects.filter(hour_tracked__isnull=True)
    assert days.count() == len(hours)
    for day in days:
        keys = hours[day.business_entity_channel_id, day.date_tracked]
        expected = metrics(facts, keys)
        assert {name: getattr(day, name) for name in expected} == expected
        hourly = [rolled(key) for key in keys]
        for name in ADDITIVE:
            assert getattr(day, name) == sum(row[name] for row in hourly)


def test_the_sum_of_a_brands_channels_is_the_brand(facts: Facts) -> None:
    for entity in {row["business_entity_id"] for row in facts.channels.values()}:
        rows = ChannelAnalytics.objects.filter(
            hour_tracked__isnull=True, business_entity_channel__business_entity=entity
        )
        messages = [
            message
            for key, found in facts.messages.items()
            if facts.channels[key[0]]["business_entity_id"] == entity
            for message in found
        ]
        assert sum(row.messages_received for row in rows) == sum(
            m["direction"] == "inbound" for m in messages
        )
        assert {message["business_entity_id"] for message in messages} == {entity}


def test_a_second_run_changes_nothing(history: History) -> None:
    before = list(ChannelAnalytics.objects.order_by("id").values())
    outcome = rollup(since=history.since, until=history.until)
    assert (outcome.written, outcome.removed) == (0, 0)
    assert list(ChannelAnalytics.objects.order_by("id").values()) == before


def test_the_routing_flows_hold_every_decision_and_every_move(history: History) -> None:
    logs = MessageRoutingLog.objects.all()
    flows = list(RoutingFlow.objects.all())
    assert sum(flow.decisions for flow in flows) == logs.filter(manual_override=False).count() > 0
    assert sum(flow.overrides for flow in flows) == logs.filter(manual_override=True).count() > 0
    elsewhere = logs.filter(manual_override=False).exclude(source_channel=F("target_channel")).count()
    assert sum(f.decisions for f in flows if f.source_channel_id != f.target_channel_id) == elsewhere > 0
