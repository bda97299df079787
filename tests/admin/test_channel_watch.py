"""Trouble that can be seen coming: an incident before the channel stops, and its end when it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import BusinessEntityChannel, Incident
from channels_app.providers.base import AccountEvent, CheckReport
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services.channel_watch import EVERY, channel_judge, channels_watch
from channels_app.services.notices import PlacedEvent, notices_apply
from tests.factories import Brand

NOW = timezone.now()


@pytest.fixture
def channel(alfa: Brand) -> BusinessEntityChannel:
    Incident.objects.all().delete()
    return alfa.channel("whatsapp", "support")


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        settings.OUTBOUND_ALLOWED_HOSTS = [base.removeprefix("http://")]
        yield sandbox


def open_kinds(channel: BusinessEntityChannel) -> list[str]:
    rows = Incident.objects.filter(channel=channel, closed_at__isnull=True)
    return sorted(rows.values_list("kind", flat=True))


def judged(channel: BusinessEntityChannel, **data: str) -> list[str]:
    channel_judge(channel=channel, report=CheckReport((), data), now=NOW)
    return open_kinds(channel)


def test_a_token_that_expires_soon_is_one_incident_until_it_is_renewed(
    channel: BusinessEntityChannel,
) -> None:
    soon = (NOW + timedelta(days=13)).isoformat()
    assert judged(channel, token_expires_at=soon) == ["credentials"]
    assert judged(channel, token_expires_at=soon) == ["credentials"]
    incident = Incident.objects.get(channel=channel)
    assert incident.business_entity_id == channel.business_entity_id
    assert incident.occurrences == 2
    assert judged(channel, token_expires_at=(NOW + timedelta(days=60)).isoformat()) == []


def test_a_quality_rating_that_drops_is_an_incident_until_it_is_green(channel: BusinessEntityChannel) -> None:
    assert judged(channel, quality_rating="GREEN") == []
    assert judged(channel, quality_rating="YELLOW") == ["quality"]
    assert judged(channel, quality_rating="") == ["quality"]  # no news
    assert judged(channel, quality_rating="GREEN") == []


def test_good_news_of_the_provider_ends_the_incident_that_bad_news_opened(
    channel: BusinessEntityChannel,
) -> None:
    def news(severity: Any) -> None:
        event = AccountEvent(
            account="100000000000001", kind="quality", reference="number", text="", severity=severity, data={}
        )
        notices_apply([PlacedEvent(event, "whatsapp", None)], now=NOW)

    news("warning")
    assert Incident.objects.filter(kind="quality", closed_at__isnull=True).count() == 1
    news("info")
    assert not Incident.objects.filter(kind="quality", closed_at__isnull=True).exists()


def test_every_whatsapp_channel_is_asked_once_a_day(
    channel: BusinessEntityChannel, graph: GraphSandbox
) -> None:
    due = BusinessEntityChannel.objects.filter(channel_type="whatsapp", is_active=True)
    whatsapp = due.count()
    assert channels_watch(now=NOW) == whatsapp > 0
    assert not due.filter(last_checked_at__isnull=True).exists()
    assert channels_watch(now=NOW + EVERY / 2) == 0
    assert channels_watch(now=NOW + EVERY) == whatsapp
