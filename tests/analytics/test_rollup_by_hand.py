"""A day small enough to count on one's fingers, and the days on which the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import ChannelAnalytics, RoutingFlow
from analytics.services.late_data import rollup_changes
from analytics.services.rollup import rollup
from channels_app.models import BusinessEntityChannel
from channels_app.services.statuses import bring_up_to_date
from routing.models import ConversationRating, Escalation, MessageRoutingLog
from tests.analytics import world

pytestmark = pytest.mark.django_db

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """A moment on a Tuesday in June, on the clock of Amsterdam."""
    return datetime(2026, 6, day, hour, minute, tzinfo=AMSTERDAM)


def row(channel: BusinessEntityChannel, hour: int | None, day: int = 2) -> ChannelAnalytics:
    return ChannelAnalytics.objects.get(
        business_entity_channel=channel, date_tracked=at(0, day=day).date(), hour_tracked=hour
    )


def hours(channel: BusinessEntityChannel) -> dict[Any, int]:
    rows = ChannelAnalytics.objects.filter(business_entity_channel=channel, hour_tracked__isnull=False)
    return {(f"{r.date_tracked:%m-%d}", r.hour_tracked): r.messages_received for r in rows}


def test_a_day_counted_by_hand() -> None:
    company, other = world.brand("chargecars"), world.brand("laderthuis")
    whatsapp = world.channel(company, "support", "whatsapp")
    mail = world.channel(company, "admin", "email")
    theirs = world.channel(other, "support", "whatsapp")
    # Nine o'clock: Anna writes to WhatsApp support, gets the automatic answer at once and a person's after
    # twenty minutes, in time. It was about an invoice: administration owns the conversation.
    anna = world.thread(mail, at(9, 5), source=whatsapp)
    first = world.message(anna, at(9, 5))
    world.message(anna, at(9, 5), "outbound", "auto_response", state="delivered", delivered_at=at(9, 6))
    world.reply(anna, at(9, 25), state="read", delivered_at=at(9, 25), read_at=at(11))
    world.clock(first, at(10, 5), answered=at(9, 25))
    # Bas waits for ninety minutes with an hour promised: the promise is broken at 10:10, and escalated then.
    bas = world.thread(whatsapp, at(9, 10), status="resolved", resolved_at=at(11, 30))
    late = world.message(bas, at(9, 10))
    world.reply(bas, at(10, 40))
    world.clock(late, at(10, 10), answered=at(10, 40))
    Escalation.objects.create(
        business_entity=company, thread=bas, channel=whatsapp, cause="breach", created_at=at(10, 10)
    )
    ConversationRating.objects.create(
        business_entity_id=bas.business_entity_id, thread=bas, channel=whatsapp, score=4, rated_at=at(11, 45)
    )
    # A mail that was not delivered, an automatic reply that is set aside, a note, an answer that failed.
    eva = world.thread(mail, at(9, 30))
    world.message(eva, at(9, 30))
    world.reply(eva, at(9, 50), state="failed")
    world.message(eva, at(9, 55), "internal", "note")
    robot = world.thread(mail, at(9, 40), set_aside=True, status="resolved", resolved_at=at(9, 40))
    world.message(robot, at(9, 40), automated="bounce")
    # Another brand, at the same time.
    world.message(world.thread(theirs, at(9, 5)), at(9, 5))

    rollup(since=at(0), until=at(0, day=3))

    nine = row(whatsapp, 9)
    assert (nine.messages_received, nine.messages_sent, nine.auto_responses_sent) == (2, 2, 1)
    assert (nine.new_conversations_started, nine.responses, nine.sla_breaches) == (1, 0, 0)
    assert nine.channel_specific_metrics == {
        "delivered": 2, "read": 1, "failed": 0, "accepted": 2, "template_sends": 0, "window_refusals": 0,
        "read_rate": 0.5,
    }  # fmt: skip
    ten = row(whatsapp, 10)
    assert (ten.messages_received, ten.messages_sent, ten.responses, ten.responses_in_time) == (0, 1, 1, 0)
    assert (ten.sla_breaches, ten.conversations_escalated, ten.conversations_resolved) == (1, 1, 0)
    assert ten.avg_response_time_minutes == ten.max_response_time_minutes == Decimal("90.00")
    eleven = row(whatsapp, 11)
    assert (eleven.conversations_resolved, eleven.resolved_at_first_contact) == (1, 1)
    assert (eleven.first_contact_resolution_rate, eleven.customer_satisfaction_score) == (1, Decimal("4.00"))
    # Administration: Anna's conversation and answer are its own, her messages went by WhatsApp.
    desk = row(mail, 9)
    assert (desk.messages_received, desk.messages_sent) == (2, 0)
    assert (desk.new_conversations_started, desk.conversations_resolved) == (2, 0)
    assert (desk.responses, desk.responses_in_time, desk.avg_response_time_minutes) == (
        1,
        1,
        Decimal("20.00"),
    )
    assert desk.channel_specific_metrics == {"automated": 1, "bounces": 1, "failed": 1}
    day = row(whatsapp, None)
    assert (day.messages_received, day.messages_sent, day.responses, day.sla_breaches) == (2, 3, 1, 1)
    assert day.channel_specific_metrics["read_rate"] == 0.3333
    assert hours(theirs) == {("06-02", 9): 1}
    assert ChannelAnalytics.objects.filter(business_entity_channel__business_entity=company).count() == 6


def test_the_hour_that_comes_twice_in_october_is_one_row() -> None:
    channel = world.channel(world.brand("chargecars"))
    world.channel(world.brand("laderthuis"))
    conversation = world.thread(channel, datetime(2026, 10, 24, 12, tzinfo=UTC))
    for minute in range(0, 300, 10):  # 23:30 UTC until 04:20 UTC: 01:30 summer time until 05:20
        world.message(conversation, datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(minutes=minute))
    # Only the second of the two is asked for; the row still holds both.
    rollup(since=datetime(2026, 10, 25, 1, 15, tzinfo=UTC), until=datetime(2026, 10, 25, 1, 20, tzinfo=UTC))
    assert hours(channel) == {("10-25", 2): 12}
    rollup(since=datetime(2026, 10, 24, 22, tzinfo=UTC), until=datetime(2026, 10, 25, 23, tzinfo=UTC))
    assert hours(channel) == {
        ("10-25", 1): 3, ("10-25", 2): 12, ("10-25", 3): 6, ("10-25", 4): 6, ("10-25", 5): 3
    }  # fmt: skip


def test_the_hour_that_is_skipped_in_march_has_no_row() -> None:
    channel = world.channel(world.brand("chargecars"))
    conversation = world.thread(channel, datetime(2026, 3, 29, tzinfo=UTC))
    for minute in range(0, 180, 30):
        world.message(conversation, datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minute))
    rollup(since=datetime(2026, 3, 29, tzinfo=UTC), until=datetime(2026, 3, 30, tzinfo=UTC))
    assert hours(channel) == {("03-29", 1): 2, ("03-29", 3): 2, ("03-29", 4): 2}
    day = ChannelAnalytics.objects.get(
        business_entity_channel=channel, hour_tracked=None, date_tracked="2026-03-29"
    )
    assert day.messages_received == 6


def test_each_brand_counts_on_its_own_clock() -> None:
    here = world.channel(world.brand("chargecars"))
    there = world.channel(world.brand("laderthuis", timezone="Asia/Kolkata"))
    moment = datetime(2026, 6, 1, 22, 15, tzinfo=UTC)  # 00:15 on the second in Amsterdam, 03:45 in India
    for channel in (here, there):
        conversation = world.thread(channel, moment)
        world.message(conversation, moment)
        world.message(conversation, moment + timedelta(minutes=20))
    rollup(since=moment, until=moment + timedelta(minutes=1))
    assert hours(here) == {("06-02", 0): 2}
    assert hours(there) == {("06-02", 3): 1}


def test_counting_one_hour_touches_no_other_hour() -> None:
    channel, other = world.channel(world.brand("chargecars")), world.channel(world.brand("laderthuis"))
    for desk in (channel, other):
        conversation = world.thread(desk, at(9))
        world.message(conversation, at(9, 1))
        world.message(conversation, at(10, 1))
    rollup(since=at(9), until=at(11))
    world.message(conversation, at(9, 2))
    world.message(conversation, at(10, 2))
    before = dict(ChannelAnalytics.objects.values_list("id", "messages_received"))
    outcome = rollup(since=at(10), until=at(11))
    after = dict(ChannelAnalytics.objects.values_list("id", "messages_received"))
    assert outcome.written == 3  # the hour and its day, of one channel, and the day of its brand
    assert sum(before[key] != after[key] for key in after) == 2
    assert row(other, 9).messages_received == 1
    assert row(other, 10).messages_received == 2
    assert row(other, None).messages_received == 3


def test_a_row_whose_facts_are_gone_disappears_with_its_day() -> None:
    support = world.channel(world.brand("chargecars"), "support")
    admin = world.channel(support.business_entity, "admin")
    conversation = world.thread(support, at(9))
    rollup(since=at(9), until=at(10))
    assert row(support, 9).new_conversations_started == 1
    conversation.channel = admin
    conversation.save()
    rollup(since=at(9), until=at(10))
    assert not ChannelAnalytics.objects.filter(business_entity_channel=support).exists()
    assert row(admin, 9).new_conversations_started == row(admin, None).new_conversations_started == 1


def test_a_status_and_a_reply_that_come_days_later_correct_their_hours() -> None:
    channel = world.channel(world.brand("chargecars"))
    theirs = world.channel(world.brand("laderthuis"))
    conversation = world.thread(channel, at(9), updated_at=at(9))
    world.message(conversation, at(9))
    sent = world.reply(conversation, at(9, 30), external_id="wamid.1")
    world.message(world.thread(theirs, at(9)), at(9))
    rollup_changes(now=at(12))
    assert row(channel, 9).channel_specific_metrics["read"] == 0
    later = at(12, day=5)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO message_status_events (channel_id, message_id, external_id, state, occurred_at, created_at)"
            " VALUES (%s, %s, 'wamid.1', 'read', %s, %s)",
            [channel.id, sent.id, at(11), later],
        )
    bring_up_to_date([sent.id], now=later)
    # From the mailbox of a colleague who had no connection: stored now, sent on the second.
    world.message(conversation, at(15, 10), "outbound", "echo", created_at=later)
    rollup_changes(now=later + timedelta(minutes=1))
    assert row(channel, 9).channel_specific_metrics["read"] == 1
    assert row(channel, 15).messages_sent == 1
    assert row(channel, None).messages_sent == 2
    assert rollup_changes(now=later + timedelta(minutes=2)).written == 0


def test_the_routing_flow_of_a_day_counts_decisions_and_moves_apart() -> None:
    company = world.brand("chargecars")
    support, admin = world.channel(company, "support"), world.channel(company, "admin", "email")
    conversation = world.thread(admin, at(9), source=support)
    for minute in (0, 5):
        MessageRoutingLog.objects.create(
            business_entity=company, thread=conversation, source_channel=support, target_channel=admin,
            created_at=at(9, minute), unsure=minute == 5,
        )  # fmt: skip
    MessageRoutingLog.objects.create(
        business_entity=company, thread=conversation, source_channel=support, target_channel=None,
        manual_override=True, override_reason="anders", created_at=at(23, 30),
    )  # fmt: skip
    rollup(since=at(9), until=at(10))
    found = set(
        RoutingFlow.objects.values_list(
            "source_channel", "target_channel", "decisions", "unsure", "overrides"
        )
    )
    assert found == {(support.id, admin.id, 2, 1, 0), (support.id, None, 0, 0, 1)}
    assert rollup(since=at(9), until=at(10)).written == 0


def test_a_rollup_costs_the_same_number_of_statements_whatever_there_is_to_count() -> None:
    channel = world.channel(world.brand("chargecars"))

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            rollup(since=at(9), until=at(10))
        return len(captured)

    empty = statements()
    other = world.channel(world.brand("laderthuis"))
    for desk in (channel, other):
        for minute in range(20):
            world.message(world.thread(desk, at(9)), at(9, minute))
    assert statements() == empty <= 9


def test_the_command_counts_what_is_asked_and_says_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    channel = world.channel(world.brand("chargecars"))
    world.message(world.thread(channel, at(9)), at(9, 1))
    call_command("rollup_analytics", "--since", "2026-06-01", "--until", "2026-06-04T00:00")
    output = capsys.readouterr()
    assert "100%" in output.err
    assert "3 rows written, 0 removed" in output.out
    assert row(channel, 9).messages_received == 1
