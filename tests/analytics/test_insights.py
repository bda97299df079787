"""Findings: each is there when its numbers are, and not otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from analytics.models import ChannelAnalytics, RoutingFlow
from analytics.selectors.behind import Narrowing, figures, rows_behind
from analytics.selectors.insights import Insight, insights
from analytics.selectors.period import Period
from channels_app.models import BusinessEntityChannel
from routing.models import MessageRoutingLog
from tests.analytics import world
from tests.analytics.test_dashboard import manager_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 14, 12, tzinfo=UTC)
WEEK = Period.parse("2026-06-08..2026-06-14")
TUESDAY = date(2026, 6, 9)


@pytest.fixture
def support() -> BusinessEntityChannel:
    desk = world.channel(world.brand("chargecars"))
    world.channel(world.brand("laderthuis"))
    return desk


def found(desk: BusinessEntityChannel) -> list[Insight]:
    other = BusinessEntityChannel.objects.exclude(business_entity=desk.business_entity).get()
    assert insights([other.business_entity], WEEK, NOW) == []
    return insights([desk.business_entity], WEEK, NOW)


def test_an_hour_in_which_promises_break_is_named(support: BusinessEntityChannel) -> None:
    for hour, breaches in ((9, 6), (10, 4), (11, 6)):
        ChannelAnalytics.objects.create(
            business_entity_channel=support, date_tracked=TUESDAY, hour_tracked=hour, sla_breaches=breaches,
            responses_in_time=6 if hour == 9 else 60,
        )  # fmt: skip
    assert found(support) == [Insight("sla_hour", "", 6, 12, weekday=1, hour=9)]


def test_a_department_that_passes_on_much_of_what_it_is_given_is_named(
    support: BusinessEntityChannel,
) -> None:
    RoutingFlow.objects.create(
        business_entity=support.business_entity, date_tracked=TUESDAY, source_channel=support,
        target_channel=support, decisions=40, overrides=6,
    )  # fmt: skip
    assert found(support) == [Insight("moves", "support", 6, 40)]


def test_a_keyword_that_sends_conversations_the_wrong_way_is_named(support: BusinessEntityChannel) -> None:
    admin = BusinessEntityChannel.objects.create(
        business_entity=support.business_entity, channel_code="admin", channel_type="email",
        channel_name="Admin", channel_address="admin@chargecars.example",
    )  # fmt: skip
    for number in range(8):
        conversation = world.thread(admin, NOW)
        at = datetime(2026, 6, 9, 9, number, tzinfo=UTC)
        MessageRoutingLog.objects.create(
            business_entity=support.business_entity, thread=conversation, source_channel=support,
            target_channel=admin, created_at=at, keyword_matches={"admin": ["rekening"], "support": ["paal"]},
        )  # fmt: skip
        if number < 6:
            MessageRoutingLog.objects.create(
                business_entity=support.business_entity, thread=conversation, source_channel=admin,
                target_channel=support, created_at=at + timedelta(hours=1), manual_override=True,
                override_reason="gaat over de paal",
            )  # fmt: skip
    assert found(support) == [Insight("keyword", "rekening", 6, 8)]
    boss = User.objects.create_superuser("boss", password="a-long-password-1")
    for keyword, misled in (("rekening", 6), ("paal", 0)):
        rows = rows_behind(
            figures(NOW)["misled"], [support.business_entity], WEEK, Narrowing(keyword=keyword), boss, NOW
        )
        assert rows.count() == misled


def test_a_day_unlike_the_same_weekday_before_is_named(support: BusinessEntityChannel) -> None:
    for weeks in range(5):
        for day, received in ((TUESDAY, 100 if weeks else 190), (TUESDAY + timedelta(days=1), 100)):
            ChannelAnalytics.objects.create(
                business_entity_channel=support, date_tracked=day - timedelta(weeks=weeks),
                messages_received=received,
            )  # fmt: skip
    assert found(support) == [Insight("volume", "2026-06-09", 190, 100)]


def test_the_findings_are_sentences_that_lead_to_their_rows(support: BusinessEntityChannel) -> None:
    today = timezone.localdate()
    RoutingFlow.objects.create(
        business_entity=support.business_entity, date_tracked=today, source_channel=support,
        target_channel=support, decisions=40, overrides=6,
    )  # fmt: skip
    ChannelAnalytics.objects.create(
        business_entity_channel=support,
        date_tracked=today,
        hour_tracked=9,
        sla_breaches=6,
        responses_in_time=6,
    )
    client = manager_of("chargecars")
    page = client.get("/admin/analytics/findings/?range=7d").content.decode()
    assert "6 van 40" in page
    assert "(50%)" in page
    for link in page.split('href="')[1:]:
        address = link.split('"')[0].replace("&amp;", "&")
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "e=1" not in answer.request["QUERY_STRING"]
    theirs = manager_of("laderthuis").get("/admin/analytics/findings/?entity=chargecars").content.decode()
    assert "6 van 40" not in theirs
