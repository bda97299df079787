"""The rollup of a made-up history against the slow reference."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F, Sum

from analytics.history.loading import History
from analytics.models import ChannelAnalytics, RoutingFlow
from analytics.selectors.behind import Narrowing, figures, rows_behind
from analytics.selectors.manager import manager_dashboard
from analytics.selectors.period import Period
from analytics.services.rollup import rollup
from channels_app.models import BusinessEntity
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
        keys = [key for key in facts.keys if facts.channels[key[0]]["business_entity_id"] == entity]
        brand = metrics(facts, keys)
        assert {name: sum(getattr(row, name) for row in rows) for name in ADDITIVE} == {
            name: brand[name] for name in ADDITIVE
        }


SUMS = {
    "received": "messages_received", "sent": "messages_sent", "automatic": "auto_responses_sent",
    "answered": "responses", "in_time": "responses_in_time", "too_late": "sla_breaches",
    "started": "new_conversations_started", "resolved": "conversations_resolved", "rated": "ratings",
}  # fmt: skip


@pytest.fixture(scope="module")
def manager(history: History) -> User:
    return User.objects.create_superuser("figures", password="a-long-password-1")


@pytest.mark.parametrize("name", SUMS)
def test_there_are_as_many_rows_behind_a_figure_as_it_says(
    history: History, facts: Facts, manager: User, name: str
) -> None:
    now = history.until
    figure, column = figures(now)[name], SUMS[name]
    brands = list(BusinessEntity.objects.filter(entity_code__startswith="history"))
    period = Period.parse(f"{history.since:%Y-%m-%d}..{history.until:%Y-%m-%d}")
    hours = ChannelAnalytics.objects.filter(hour_tracked__isnull=False)
    for asked in ({}, {"weekday": 1, "hour": 10}, {"day": date(2026, 6, 10)}):
        counted = hours
        if "hour" in asked:
            counted = counted.filter(hour_tracked=10, date_tracked__iso_week_day=2)
        if "day" in asked:
            counted = counted.filter(date_tracked=asked["day"])
        for channel in [None, *list(facts.channels)[:4]]:
            narrowing = Narrowing(channel=channel, **asked)
            rows = counted.filter(business_entity_channel=channel) if channel else counted
            expected = rows.aggregate(total=Sum(column))["total"] or 0
            assert rows_behind(figure, brands, period, narrowing, manager, now).count() == expected, asked
            assert channel is not None or expected > 0


def test_there_are_as_many_decisions_behind_a_cell_of_the_matrix_as_it_says(
    history: History, manager: User
) -> None:
    now = history.until
    brands = list(BusinessEntity.objects.filter(entity_code__startswith="history"))
    period = Period.parse(f"{history.since:%Y-%m-%d}..{history.until:%Y-%m-%d}")
    figure = figures(now)["decisions"]
    flows = manager_dashboard(brands, period, now).flows
    assert len(flows) >= 8
    for flow in flows:
        narrowing = Narrowing(source=flow.source_id, department=flow.department)
        assert rows_behind(figure, brands, period, narrowing, manager, now).count() == flow.messages


def test_percentiles_of_days_and_of_all_days_are_within_a_percent_of_the_exact_ones(
    history: History, facts: Facts
) -> None:
    now = history.until
    brands = list(BusinessEntity.objects.filter(entity_code__startswith="history"))
    period = Period.parse(f"{history.since:%Y-%m-%d}..{history.until:%Y-%m-%d}")
    dashboard = manager_dashboard(brands, period, now)
    waits: dict[date, list[float]] = defaultdict(list)
    for (_channel, day, _hour), timers in facts.answered.items():
        waits[day].extend(float(timer["elapsed_minutes"]) for timer in timers)
    everything = sorted(value for values in waits.values() for value in values)
    assert len(everything) > 5_000
    shown = {day.date: day.percentiles for day in dashboard.days}
    compared = [(everything, dashboard.percentiles), *((sorted(v), shown[d]) for d, v in waits.items())]
    for values, found in compared:
        assert found is not None
        for share, value in zip((0.5, 0.9, 0.95), found, strict=True):
            exact = values[math.floor(share * (len(values) - 1))]
            assert value == pytest.approx(exact, rel=0.011, abs=0.01)


def test_the_heat_map_adds_up_to_what_was_received(history: History, facts: Facts) -> None:
    brands = list(BusinessEntity.objects.filter(entity_code__startswith="history"))
    period = Period.parse(f"{history.since:%Y-%m-%d}..{history.until:%Y-%m-%d}")
    heat = manager_dashboard(brands, period, history.until).heat
    received: dict[tuple[int, int], int] = defaultdict(int)
    for (_channel, day, hour), messages in facts.messages.items():
        received[day.weekday(), hour] += sum(m["direction"] == "inbound" for m in messages)
    assert heat == {place: count for place, count in received.items() if count}


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
