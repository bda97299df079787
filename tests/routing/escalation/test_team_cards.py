"""When teams are told: not at night unless it is urgent, once a day how things stand, and never silently not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from channels_app.models import BusinessEntityChannel, Incident, OutboxItem
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.teams_webhook import TeamsSandbox
from channels_app.selectors.directory import configuration_version
from channels_app.services.delivery import deliver_channel
from channels_app.services.messages import outbox_insert
from routing.models import Escalation, EscalationStep
from routing.selectors.brands import brand_profile
from routing.services.daily_summaries import summaries_send
from routing.services.escalation_steps import escalation_steps_take
from routing.services.incident_alerts import capacity_watch, incidents_alert
from routing.services.notifications import notification_row
from tests.analytics import world
from tests.routing.escalation.conftest import NOON, configured, waiting

pytestmark = pytest.mark.django_db

NIGHT = NOON - timedelta(hours=9)  # 03:00 in Amsterdam
MORNING = NOON - timedelta(hours=3, minutes=30)  # 08:30


@pytest.fixture
def teams(settings: Any) -> Iterator[str]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    with running(TeamsSandbox()) as base:
        yield f"{base}/workflows/x?sig=y"


def team(code: str = "support", brand: str = "chargecars", **settings: Any) -> BusinessEntityChannel:
    return configured(world.brand(brand), code, "teams", f"{brand}-{code}", settings, is_primary=True)


def put_card(channel: BusinessEntityChannel, event: str, now: datetime, priority: str = "Normaal") -> None:
    brand = brand_profile(channel.business_entity_id, configuration_version())
    row = notification_row(
        brand,
        channel,
        event=event,
        dedupe_key=event,
        thread_id=None,
        title=event,
        about="Support",
        priority=priority,
    )
    outbox_insert([row], now=now)


def test_a_card_waits_until_the_quiet_hours_end_and_an_emergency_does_not(teams: str) -> None:
    channel = team(webhook_url=teams, quiet_hours="22:00-07:00")
    put_card(channel, "new_thread", NIGHT)
    put_card(channel, "emergency", NIGHT)
    put_card(channel, "urgent_call", NIGHT, priority="Spoed")

    assert deliver_channel(channel.id, clock=lambda: NIGHT).sent == 2

    held = OutboxItem.objects.get(payload__event="new_thread")
    assert (held.state, held.attempts, held.available_at) == ("queued", 0, NOON - timedelta(hours=5))
    assert deliver_channel(channel.id, clock=lambda: held.available_at - timedelta(seconds=1)).taken == 0
    assert deliver_channel(channel.id, clock=lambda: held.available_at).sent == 1


def test_a_channel_without_an_address_is_an_incident_and_its_cards_wait_for_it(teams: str) -> None:
    channel = team()
    put_card(channel, "new_thread", NOON)

    deliver_channel(channel.id, clock=lambda: NOON)

    incident = Incident.objects.get()
    assert (incident.kind, incident.channel_id) == ("suspended", channel.id)
    assert "chargecars" in incident.detail
    channel.refresh_from_db()
    assert channel.suspended_at is not None
    assert OutboxItem.objects.get().state == "queued"


def test_a_step_that_reaches_nobody_is_an_incident() -> None:
    desk = world.channel(world.brand("chargecars"), "support", "whatsapp")
    thread = waiting(desk, due=NOON)
    escalation = Escalation.objects.create(
        business_entity=desk.business_entity, thread=thread, channel=desk, cause="emergency"
    )
    EscalationStep.objects.create(
        escalation=escalation, position=0, by="teams", to="channel:support", due_at=NOON
    )
    escalation_steps_take(now=NOON)
    incident = Incident.objects.get()
    assert (incident.kind, incident.channel) == ("untold", desk)
    assert thread.reference_number in incident.detail


def test_every_team_gets_its_departments_once_a_day(teams: str) -> None:
    support_team = team(webhook_url=teams)
    entity = support_team.business_entity
    sales_team = configured(entity, "sales", "teams", "sales-team", {})
    support, sales, admin = (
        world.channel(entity, code, "whatsapp") for code in ("support", "sales", "admin")
    )
    waiting(support, due=NOON - timedelta(hours=20))
    waiting(sales, due=NOON + timedelta(hours=5))
    waiting(admin, due=NOON + timedelta(hours=5))
    theirs = world.channel(world.brand("laderthuis"), "support", "whatsapp")
    waiting(theirs, due=NOON)

    assert summaries_send(now=MORNING - timedelta(minutes=1)) == 0
    assert summaries_send(now=MORNING) == 2
    assert summaries_send(now=MORNING + timedelta(minutes=10)) == 0

    facts = {item.channel_id: dict(item.payload["facts"]) for item in OutboxItem.objects.all()}
    assert set(facts) == {support_team.id, sales_team.id}
    assert (len(facts[support_team.id]), len(facts[sales_team.id])) == (2, 1)
    assert any(words.startswith("1 open, 1 te laat") for words in facts[support_team.id].values())
    assert OutboxItem.objects.get(channel=support_team).payload["priority"] == "Hoog"
    assert summaries_send(now=MORNING + timedelta(days=1)) == 2


@pytest.mark.parametrize("why", ["off", "not_wanted", "closed_day", "too_late"])
def test_no_summary_where_none_is_wanted(why: str) -> None:
    channel = team(summary_at="" if why == "off" else "08:30")
    hours = {"mon": [["09:00", "17:00"]]} if why == "closed_day" else world.OPEN_ALL_WEEK
    world.channel(channel.business_entity, "support", "whatsapp", business_hours=hours)
    if why == "not_wanted":
        BusinessEntityChannel.objects.filter(id=channel.id).update(notify_events=["new_thread"])
    at = MORNING + timedelta(hours=5 if why == "too_late" else 0)
    assert summaries_send(now=at) == 0


def test_a_full_department_is_told_once_and_is_over_when_there_is_room() -> None:
    channel = team()
    desk = world.channel(channel.business_entity, "support", "whatsapp", max_concurrent_conversations=1)
    thread = waiting(desk, due=NOON)
    for _ in range(2):
        assert capacity_watch(now=NOON) == 1
        incidents_alert(now=NOON)
    assert OutboxItem.objects.get().payload["event"] == "capacity"
    thread.status = "resolved"
    thread.save()
    assert capacity_watch(now=NOON + timedelta(minutes=1)) == 0
    assert not Incident.objects.filter(closed_at__isnull=True).exists()
