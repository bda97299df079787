"""Promises: warned about, broken, escalated and recalculated, each told once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.models import BusinessEntityChannel, Incident, OnCallShift, OutboxItem
from channels_app.selectors.rota import on_call
from channels_app.services.incidents import incident_open
from channels_app.services.receipts import receipt_record
from routing.models import Escalation, EscalationStep, SlaTimer
from routing.services.escalation_steps import escalation_steps_take
from routing.services.incident_alerts import backlog_watch, incidents_alert
from routing.services.sla_sweep import clocks_sweep
from routing.services.upkeep import (
    clocks_follow_configuration,
    clocks_recalculate,
    threads_resolve_idle,
    threads_wake,
)
from tests.analytics import world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 2, 10, tzinfo=UTC)  # a Tuesday, noon in Amsterdam
STEPS: dict[str, Any] = {
    "warn_before_minutes": 15,
    "steps": [
        {"by": "teams", "to": {"kind": "channel", "value": "support"}},
        {"by": "phone", "to": {"kind": "on_call"}, "after_minutes": 30, "repeat_minutes": 20},
    ],
}


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def support() -> BusinessEntityChannel:
    """ChargeCars support, with a Teams channel that hears of it; LaderThuis has the same."""
    desks = []
    for code in ("chargecars", "laderthuis"):
        entity = world.brand(code)
        world.channel(entity, "support", "teams", channel_address=f"{code}-team", is_primary=True)
        desks.append(world.channel(entity, "support", "whatsapp", escalation_config=STEPS))
    return desks[0]


def waiting(desk: BusinessEntityChannel, *, due: datetime, **values: Any) -> SlaTimer:
    asked = due - timedelta(hours=1)
    conversation = world.thread(desk, asked, waiting_since=asked, response_due_at=due, status="open")
    about = world.message(conversation, asked)
    return world.clock(about, due, warn_at=due - timedelta(minutes=15), **values)


def cards() -> list[tuple[str, str]]:
    items = OutboxItem.objects.filter(message__isnull=True).order_by("id")
    return [(item.payload["event"], item.channel.business_entity.entity_code) for item in items]


def test_a_warning_comes_once_before_the_promised_time(support: BusinessEntityChannel) -> None:
    clock = waiting(support, due=NOON)
    assert clocks_sweep(now=NOON - timedelta(minutes=16)).warned == 0
    assert clocks_sweep(now=NOON - timedelta(minutes=14)).warned == 1
    assert clocks_sweep(now=NOON - timedelta(minutes=13)).warned == 0
    clock.refresh_from_db()
    assert clock.warned_at == NOON - timedelta(minutes=14)
    assert cards() == [("sla_warning", "chargecars")]


def test_a_broken_promise_is_dated_at_the_promised_time_and_told_once(support: BusinessEntityChannel) -> None:
    clock = waiting(support, due=NOON)
    late = NOON + timedelta(minutes=7)
    assert clocks_sweep(now=late).breached == 1
    assert clocks_sweep(now=late).breached == 0
    clock.refresh_from_db()
    assert (clock.breached_at, clock.state) == (NOON, "running")
    assert cards() == [("sla_breach", "chargecars")]
    escalation = Escalation.objects.get()
    assert (escalation.cause, escalation.thread_id) == ("breach", clock.thread_id)
    assert [(step.by, step.to, step.due_at) for step in escalation.steps.order_by("position")] == [
        ("teams", "channel:support", NOON),
        ("phone", "on_call:", NOON + timedelta(minutes=30)),
    ]
    clock.thread.refresh_from_db()
    assert clock.thread.escalated_at == late


def test_a_promise_of_another_brand_is_told_to_that_brand(support: BusinessEntityChannel) -> None:
    theirs = BusinessEntityChannel.objects.get(
        business_entity__entity_code="laderthuis", channel_type="whatsapp"
    )
    waiting(theirs, due=NOON)
    clocks_sweep(now=NOON)
    assert cards() == [("sla_breach", "laderthuis")]


def test_steps_are_taken_when_due_and_repeat_until_somebody_answers(support: BusinessEntityChannel) -> None:
    OnCallShift.objects.create(
        business_entity=support.business_entity, weekday=1, starts_at="08:00", ends_at="20:00", person="Jan",
        phone="+31612345678",
    )  # fmt: skip
    clock = waiting(support, due=NOON)
    clocks_sweep(now=NOON)
    assert escalation_steps_take(now=NOON) == (1, 0)
    assert escalation_steps_take(now=NOON + timedelta(minutes=29)) == (0, 0)
    assert escalation_steps_take(now=NOON + timedelta(minutes=31)) == (1, 0)
    assert escalation_steps_take(now=NOON + timedelta(minutes=31)) == (0, 0)
    last = OutboxItem.objects.order_by("-id").first()
    assert last is not None
    assert last.payload["facts"] == [["Bel", "Jan +31612345678"]]
    # The worker was away for an hour: one card, and the next on the step's own beat.
    assert escalation_steps_take(now=NOON + timedelta(minutes=95)) == (1, 0)
    step = EscalationStep.objects.get(by="phone")
    assert step.due_at == NOON + timedelta(minutes=110)
    SlaTimer.objects.filter(id=clock.id).update(state="breached", answered_at=NOON + timedelta(minutes=100))
    assert escalation_steps_take(now=NOON + timedelta(minutes=111)) == (0, 1)
    assert Escalation.objects.get().state == "closed"
    assert [event for event, _ in cards()] == ["sla_breach", "escalation", "escalation", "escalation"]


def test_an_acknowledged_escalation_calls_nobody_any_more(support: BusinessEntityChannel) -> None:
    waiting(support, due=NOON)
    clocks_sweep(now=NOON)
    Escalation.objects.update(state="acknowledged")
    assert escalation_steps_take(now=NOON + timedelta(hours=1)) == (0, 2)
    assert Escalation.objects.get().state == "acknowledged"


def test_a_night_shift_belongs_to_the_evening_it_starts(support: BusinessEntityChannel) -> None:
    shift = OnCallShift.objects.create(
        business_entity=support.business_entity, weekday=6, starts_at="22:00", ends_at="06:00", person="Eva"
    )
    monday_night = datetime(2026, 6, 1, 3)  # noqa: DTZ001 a wall time
    entity = support.business_entity_id
    assert on_call(entity, monday_night) == shift
    assert on_call(entity, monday_night.replace(hour=6)) is None
    assert on_call(entity, monday_night - timedelta(hours=4)) == shift


def test_longer_hours_move_running_clocks_and_take_back_a_breach(support: BusinessEntityChannel) -> None:
    # Asked at 16:30 with an hour promised: due at 09:30 the next day. The brand then stays open until 18:00.
    asked = datetime(2026, 6, 2, 14, 30, tzinfo=UTC)
    conversation = world.thread(support, asked, waiting_since=asked, response_due_at=asked, status="open")
    world.clock(world.message(conversation, asked), asked + timedelta(minutes=1))
    clocks_sweep(now=asked + timedelta(minutes=5))
    assert SlaTimer.objects.get().breached_at is not None
    assert clocks_follow_configuration(now=asked) == 1
    clock = SlaTimer.objects.get()
    assert (clock.due_at, clock.breached_at) == (datetime(2026, 6, 3, 7, 30, tzinfo=UTC), None)
    entity = support.business_entity
    entity.operational_config = {"business_hours": "09:00-18:00"}
    entity.save()
    assert clocks_follow_configuration(now=asked) == 1
    clock.refresh_from_db()
    conversation.refresh_from_db()
    assert clock.due_at == conversation.response_due_at == datetime(2026, 6, 2, 15, 30, tzinfo=UTC)
    assert clock.warn_at == clock.due_at - timedelta(minutes=15)
    assert clocks_recalculate(now=asked) == 0


def test_a_configuration_that_has_settled_costs_one_look(support: BusinessEntityChannel) -> None:
    waiting(support, due=NOON)
    clocks_follow_configuration(now=NOON)
    clocks_follow_configuration(now=NOON + timedelta(minutes=6))
    with CaptureQueriesContext(connection) as captured:
        clocks_follow_configuration(now=NOON + timedelta(minutes=7))
    assert len(captured) == 1


def test_snoozed_conversations_wake_and_silent_ones_are_resolved(support: BusinessEntityChannel) -> None:
    BusinessEntityChannel.objects.filter(id=support.id).update(idle_resolve_days=3)
    theirs = BusinessEntityChannel.objects.get(
        business_entity__entity_code="laderthuis", channel_type="whatsapp"
    )
    old = NOON - timedelta(days=4)
    asleep = world.thread(support, old, status="snoozed", snoozed_until=NOON - timedelta(seconds=1))
    later = world.thread(support, old, status="snoozed", snoozed_until=NOON + timedelta(seconds=1))
    silent = world.thread(support, old, status="waiting")
    patient = world.thread(theirs, old, status="waiting")
    assert threads_wake(now=NOON) == 1
    assert threads_resolve_idle(now=NOON) == 1
    for conversation in (asleep, later, silent, patient):
        conversation.refresh_from_db()
    assert [c.status for c in (asleep, later, silent, patient)] == ["open", "snoozed", "resolved", "waiting"]
    assert silent.resolved_at == NOON


def test_an_inbox_that_stands_still_is_one_incident_until_it_moves(support: BusinessEntityChannel) -> None:
    receipt_id = receipt_of(support, NOON - timedelta(minutes=6))
    assert backlog_watch(now=NOON)
    assert backlog_watch(now=NOON + timedelta(minutes=1))
    assert Incident.objects.filter(kind="backlog", closed_at__isnull=True).count() == 1
    assert incidents_alert(now=NOON) == 1
    incidents_alert(now=NOON + timedelta(minutes=1))
    assert sorted(cards()) == [("incident", "chargecars"), ("incident", "laderthuis")]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_receipts SET state = 'done' WHERE id = %s", [receipt_id])
    assert not backlog_watch(now=NOON + timedelta(minutes=2))
    assert not Incident.objects.filter(closed_at__isnull=True).exists()


def test_an_incident_of_one_brand_is_told_to_that_brand_only(support: BusinessEntityChannel) -> None:
    incident_open(
        kind="unreachable",
        now=NOON,
        entity_id=support.business_entity_id,
        channel_id=support.id,
        detail="weg",
    )
    incidents_alert(now=NOON)
    assert cards() == [("incident", "chargecars")]


def test_a_sweep_costs_no_more_statements_for_more_clocks(support: BusinessEntityChannel) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            clocks_sweep(now=NOON)
        return len(captured)

    waiting(support, due=NOON)
    statements()
    waiting(support, due=NOON)
    one = statements()
    for _ in range(10):
        waiting(support, due=NOON)
    assert statements() == one


def receipt_of(channel: BusinessEntityChannel, at: datetime) -> Any:
    from channels_app.providers.base import RawExchange

    receipt = receipt_record(
        provider="whatsapp", exchange=RawExchange(body=b"{}", received_at=at), channel_id=None
    )
    return getattr(receipt, "id", receipt)
