"""A channel that stops without a word is noticed; a quiet night is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics.models import ChannelAnalytics
from analytics.services.silence import quiet_channels, silence_watch
from channels_app.models import BusinessEntityChannel, Incident
from tests.analytics import world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 2, 10, tzinfo=UTC)  # a Tuesday, noon in Amsterdam


@pytest.fixture
def busy() -> BusinessEntityChannel:
    """Three messages an hour between nine and five, on weekdays, until nine this morning."""
    desk = world.channel(world.brand("chargecars"))
    world.channel(world.brand("laderthuis"))
    for days in range(36):
        day = (NOON - timedelta(days=days)).date()
        for hour in range(9, 17):
            if day.weekday() < 5 and (days or hour < 9):
                received(desk, day.isoformat(), hour)
    received(desk, "2026-06-02", 8)
    return desk


def received(desk: BusinessEntityChannel, day: str, hour: int) -> None:
    ChannelAnalytics.objects.create(
        business_entity_channel=desk, date_tracked=day, hour_tracked=hour, messages_received=3
    )


def opened() -> list[tuple[str, bool]]:
    return [
        (i.business_entity.entity_code, i.closed_at is None) for i in Incident.objects.filter(kind="silence")
    ]


def test_a_channel_that_misses_what_usually_comes_is_an_incident_until_something_comes(
    busy: BusinessEntityChannel,
) -> None:
    assert silence_watch(now=NOON - timedelta(hours=1)) == 0  # two hours: six expected
    assert silence_watch(now=NOON) == 1
    assert silence_watch(now=NOON + timedelta(minutes=15)) == 1
    assert opened() == [("chargecars", True)]
    received(busy, "2026-06-02", 11)
    assert silence_watch(now=NOON + timedelta(minutes=30)) == 0
    assert opened() == [("chargecars", False)]


def test_a_quiet_night_and_weekend_are_not_silence(busy: BusinessEntityChannel) -> None:
    ChannelAnalytics.objects.filter(date_tracked="2026-06-02").delete()
    ChannelAnalytics.objects.filter(date_tracked="2026-06-01").delete()
    monday_morning = datetime(2026, 6, 1, 7, tzinfo=UTC)
    (quiet,) = quiet_channels(now=monday_morning)
    assert quiet.heard == datetime(2026, 5, 29, 15, tzinfo=UTC)
    assert quiet.expected == 0
    assert silence_watch(now=monday_morning) == 0


def test_a_channel_that_is_off_or_never_received_is_left_alone(busy: BusinessEntityChannel) -> None:
    BusinessEntityChannel.objects.filter(id=busy.id).update(is_active=False)
    assert quiet_channels(now=NOON) == []
