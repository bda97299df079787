"""The dashboard: the specification's keys, the right brands, and a fixed number of queries."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import RoutingFlow
from analytics.selectors.behind import figures
from analytics.selectors.health import Vitals, channel_status, health_score
from analytics.selectors.manager import SOURCES_SHOWN, manager_dashboard
from analytics.selectors.period import Period
from analytics.services.rollup import rollup
from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread, Membership
from channels_app.services.incidents import incident_open
from routing.models import MessageRoutingLog
from tests.analytics import world

pytestmark = pytest.mark.django_db

ENTITY_KEYS = {
    "entity_code", "entity_name", "channels", "entity_total_conversations", "entity_avg_response_time",
    "entity_health_score",
}  # fmt: skip
CHANNEL_KEYS = {
    "channel_code", "channel_name", "channel_type", "channel_address", "is_active", "current_conversations",
    "capacity_utilization", "avg_response_time", "sla_compliance", "messages_today", "resolution_rate",
    "health_score", "status",
}  # fmt: skip


@pytest.fixture
def support() -> BusinessEntityChannel:
    """ChargeCars support by WhatsApp, at four conversations at most; LaderThuis has its own."""
    desk = world.channel(world.brand("chargecars"), max_concurrent_conversations=4)
    world.channel(world.brand("laderthuis"))
    return desk


def manager_of(code: str, role: str = "manager") -> Client:
    user = User.objects.create_user(f"manager-{code}", password="a-long-password-1", is_staff=True)
    Membership.objects.create(
        user=user, business_entity=BusinessEntity.objects.get(entity_code=code), role=role
    )
    client = Client()
    client.force_login(user)
    return client


def happen(desk: BusinessEntityChannel, *, minutes_ago: int = 60) -> None:
    """One conversation answered in ten minutes and resolved, one that waits too long."""
    now = timezone.now()
    asked = now - timedelta(minutes=minutes_ago)
    done = world.thread(desk, asked, status="resolved", resolved_at=now)
    about = world.message(done, asked)
    world.reply(done, asked + timedelta(minutes=10))
    world.clock(about, asked + timedelta(hours=1), answered=asked + timedelta(minutes=10))
    late = world.thread(
        desk, asked, status="open", waiting_since=asked, response_due_at=now - timedelta(minutes=1)
    )
    world.clock(
        world.message(late, asked), now - timedelta(minutes=1), breached_at=now - timedelta(minutes=1)
    )
    RoutingFlow.objects.update_or_create(
        business_entity=desk.business_entity, date_tracked=timezone.localdate(now), source_channel=desk,
        target_channel=desk, defaults={"decisions": 2, "overrides": 1},
    )  # fmt: skip


def count(desk: BusinessEntityChannel) -> None:
    now = timezone.now()
    rollup(since=now - timedelta(hours=30), until=now + timedelta(seconds=1))


def test_the_api_answers_with_the_specifications_keys_and_the_figures_of_the_period(
    support: BusinessEntityChannel,
) -> None:
    happen(support)
    count(support)
    answer = manager_of("chargecars").get("/api/v1/dashboard/", {"entity": "chargecars", "range": "7d"})
    assert answer.status_code == 200
    (entity,) = answer.json()
    assert set(entity) == ENTITY_KEYS
    (channel,) = entity["channels"]
    assert set(channel) == CHANNEL_KEYS
    assert (entity["entity_code"], entity["entity_total_conversations"]) == ("chargecars", 1)
    assert channel["current_conversations"] == 1
    assert channel["capacity_utilization"] == 25.0
    assert channel["avg_response_time"] == entity["entity_avg_response_time"] == 10.0
    assert channel["sla_compliance"] == 50.0
    assert channel["resolution_rate"] == 50.0
    # 100 - 40 x half broken - 20 x every open one overdue - 10 x half unresolved
    assert channel["health_score"] == entity["entity_health_score"] == 55
    assert channel["status"] == "warning"


def test_of_many_sources_the_busiest_are_shown_and_every_decision_counts(
    support: BusinessEntityChannel,
) -> None:
    brand = support.business_entity
    desks = [world.channel(brand, f"desk{number:02}") for number in range(SOURCES_SHOWN + 3)]
    for number, desk in enumerate(desks, start=1):
        RoutingFlow.objects.create(
            business_entity=brand, date_tracked=timezone.localdate(), source_channel=desk,
            target_channel=support, decisions=number, overrides=1,
        )  # fmt: skip

    page = manager_of("chargecars").get("/admin/analytics/dashboard/?entity=chargecars&range=7d")

    dashboard = page.context["dashboard"]
    assert [row.total for row in dashboard["matrix"]] == list(range(len(desks), 3, -1))
    assert dashboard["figures"].decisions == sum(range(len(desks) + 1))
    assert dashboard["figures"].overrides == len(desks)


def test_a_manager_sees_the_own_brands_only(support: BusinessEntityChannel) -> None:
    client = manager_of("laderthuis")
    assert [entity["entity_code"] for entity in client.get("/api/v1/dashboard/").json()] == ["laderthuis"]
    assert client.get("/api/v1/dashboard/", {"entity": "chargecars"}).status_code == 404
    happen(support)
    count(support)
    rows = client.get("/api/v1/analytics/").json()
    assert rows["count"] == 0
    page = client.get("/admin/analytics/dashboard/?entity=chargecars").content.decode()
    assert "chargecars" not in page.lower()
    assert manager_of("chargecars").get("/api/v1/analytics/", {"daily": "true"}).json()["count"] >= 1


def test_nobody_without_a_brand_sees_anything(support: BusinessEntityChannel) -> None:
    user = User.objects.create_user("nobody", password="a-long-password-1", is_staff=True)
    client = Client()
    assert client.get("/api/v1/dashboard/").status_code in (401, 403)
    client.force_login(user)
    assert client.get("/api/v1/dashboard/").status_code == 403
    assert client.get("/admin/analytics/dashboard/").status_code == 403


@pytest.mark.parametrize("text", ["soon", "0d", "400d", "2026-02-30..2026-03-01", "2026-03-02..2026-03-01"])
def test_a_period_that_cannot_be_read_is_refused_in_words(support: BusinessEntityChannel, text: str) -> None:
    answer = manager_of("chargecars").get("/api/v1/dashboard/", {"range": text})
    assert answer.status_code == 400
    assert answer.json()["range"]


def test_the_number_of_queries_does_not_grow_with_brands_channels_or_days(
    support: BusinessEntityChannel,
) -> None:
    client = manager_of("chargecars")

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    api, page = "/api/v1/dashboard/?range=7d", "/admin/analytics/dashboard/?range=7d"
    client.get(page)
    few = queries(api), queries(page)
    for number in range(5):
        desk = world.channel(support.business_entity, f"desk-{number}", "email")
        happen(desk)
    count(support)
    assert (queries(api), queries(page)) == few
    assert queries("/admin/analytics/dashboard/?range=90d") == few[1]
    assert few[0] <= 8
    assert few[1] <= 14


def test_the_page_shows_what_happens_now_and_links_to_it(support: BusinessEntityChannel) -> None:
    happen(support)
    count(support)
    page = manager_of("chargecars").get("/admin/").content.decode()
    assert "data-dashboard" in page
    assert "figure=overdue" in page
    assert f"channel={support.id}&amp;figure=open" in page
    assert "50,0%" in page


def test_every_number_of_the_page_leads_to_as_many_rows_as_it_says(support: BusinessEntityChannel) -> None:
    happen(support)
    happen(support, minutes_ago=90)
    MessageRoutingLog.objects.bulk_create(
        MessageRoutingLog(
            business_entity=support.business_entity,
            thread=thread,
            source_channel=support,
            target_channel=support,
        )
        for thread in CommunicationThread.objects.all()
    )
    count(support)
    client = manager_of("chargecars")
    page = client.get("/admin/analytics/dashboard/?entity=chargecars").content.decode()
    links = re.findall(r'href="([^"]*figure=[^"]*)"[^>]*>(?:<strong>)?([^<]*)', page)
    assert {parse_qs(html.unescape(address))["figure"][0] for address, _shown in links} == {
        "open", "waiting", "overdue", "at_risk", "backlog", "received", "sent", "in_time", "too_late", "answered",
        "moves", "automatic", "traffic", "resolved", "decisions",
    }  # fmt: skip
    compared = 0
    for address, shown in links:
        answer = client.get(html.unescape(address))
        assert answer.status_code == 200, address
        counted = answer.context["count"]
        assert len(answer.context["rows"]) == min(counted, 50)
        if shown.strip().isdigit() and "figure=overdue" not in address:  # health leads to what is overdue
            assert counted == int(shown), address
            compared += 1
    assert compared >= 10


def test_a_page_of_rows_shows_nothing_of_another_brand(support: BusinessEntityChannel) -> None:
    happen(support)
    stranger = manager_of("laderthuis")
    for figure in figures(timezone.now()):
        for extra in ("", "&entity=chargecars", f"&channel={support.id}", f"&source={support.id}"):
            answer = stranger.get(f"/admin/analytics/rows/?figure={figure}{extra}")
            if "source" in extra and figure not in ("decisions", "unsure", "moves", "misled"):
                assert answer.status_code == 404, figure  # only decisions come from somewhere
                continue
            assert answer.status_code == 200, figure
            assert answer.context["count"] == 0
            assert "chargecars" not in " ".join(answer.context["about"]).lower()
            assert support.channel_name not in answer.context["about"]


def test_the_rows_cost_the_same_number_of_queries_however_many(support: BusinessEntityChannel) -> None:
    client = manager_of("chargecars")

    def queries(figure: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/admin/analytics/rows/?figure={figure}").status_code == 200
        return len(captured)

    happen(support)
    client.get("/admin/analytics/rows/?figure=open")
    few = {figure: queries(figure) for figure in ("received", "answered", "started", "open")}
    for minutes_ago in (70, 80, 90):
        happen(support, minutes_ago=minutes_ago)
    assert {figure: queries(figure) for figure in few} == few
    assert max(few.values()) <= 12  # the sidebar counts what waits


def test_what_was_not_counted_has_no_page(support: BusinessEntityChannel) -> None:
    assert manager_of("chargecars").get("/admin/analytics/rows/?figure=gossip").status_code == 404


def test_live_figures_count_conversations_as_a_person_would(support: BusinessEntityChannel) -> None:
    now = timezone.now()
    hour = timedelta(hours=1)
    world.thread(support, now, status="waiting")
    world.thread(support, now, status="open", waiting_since=now - hour, response_due_at=now + hour / 4)
    world.thread(
        support, now, status="open", waiting_since=now - 2 * hour, response_due_at=now - hour,
        first_response_at=now - 3 * hour,
    )  # fmt: skip
    world.thread(support, now, status="resolved", resolved_at=now)
    world.thread(support, now, set_aside=True)
    live = manager_dashboard([support.business_entity], Period.parse("1d"), now).live
    assert (live.open, live.waiting, live.overdue, live.at_risk, live.backlog) == (3, 2, 1, 1, 1)
    assert live.oldest_wait == now - 2 * hour


def vitals(**values: Any) -> Vitals:
    usual: dict[str, Any] = {
        "is_active": True, "is_suspended": False, "incidents": frozenset(), "sla_compliance": None, "current": 0,
        "overdue": 0, "utilization": None, "failure_rate": None, "started": 0, "resolved": 0,
    }  # fmt: skip
    return Vitals(**{**usual, **values})


@pytest.mark.parametrize(
    ("values", "score", "status"),
    [
        ({}, 100, "healthy"),
        ({"is_active": False}, 0, "inactive"),
        ({"sla_compliance": 0.25}, 70, "warning"),
        ({"sla_compliance": 0.0, "current": 2, "overdue": 2}, 40, "critical"),
        ({"utilization": 0.9}, 92, "healthy"),
        ({"utilization": 1.2}, 85, "overloaded"),
        ({"failure_rate": 0.05}, 92, "healthy"),
        ({"incidents": frozenset({"silence"})}, 60, "warning"),
        ({"incidents": frozenset({"unreachable"})}, 20, "down"),
        ({"is_suspended": True, "sla_compliance": 0.0, "current": 1, "overdue": 1}, 20, "down"),
    ],
)
def test_health_follows_the_documented_formula(values: dict[str, Any], score: int, status: str) -> None:
    found = vitals(**values)
    assert (health_score(found), channel_status(found, health_score(found))) == (score, status)


def test_an_open_incident_shows_in_the_state_of_its_channel(support: BusinessEntityChannel) -> None:
    incident_open(
        kind="unreachable", now=timezone.now(), entity_id=support.business_entity_id, channel_id=support.id
    )
    (entity,) = manager_of("chargecars").get("/api/v1/dashboard/").json()
    assert entity["channels"][0]["status"] == "down"
