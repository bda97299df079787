from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels_app.models import BusinessEntityChannel, CommunicationMessage, Incident, OutboxItem
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_faults import Fault
from channels_app.sandbox.graph_server import running
from channels_app.selectors.outbox import channels_with_outgoing
from channels_app.services.delivery import deliver_channel
from channels_app.services.outbox import channel_resume, outbox_release, retry_delay
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, text_message, webhook_body


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        yield sandbox


@pytest.fixture
def item(chargecars: Brand, graph: GraphSandbox) -> OutboxItem:
    """An automatic answer that waits to be sent."""
    receive(
        webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("mijn paal is kapot")]))
    )
    drain_batch()
    return OutboxItem.objects.get()


def test_an_answer_leaves_with_our_id_and_gets_the_providers(graph: GraphSandbox, item: OutboxItem) -> None:
    assert deliver_channel(item.channel_id).sent == 1

    item.refresh_from_db()
    message = CommunicationMessage.objects.get(id=item.message_id)
    [sent] = graph.sent_to("31687654321")
    assert sent["request"]["biz_opaque_callback_data"] == str(message.id)
    assert sent["request"]["text"]["body"] == message.body
    assert (item.state, message.state, message.external_id) == ("sent", "sent", sent["id"])


def test_a_passing_fault_is_tried_again_later(graph: GraphSandbox, item: OutboxItem) -> None:
    graph.fail_next(Fault(code=131016))
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    assert (item.state, item.attempts) == ("queued", 1)
    assert item.available_at > timezone.now()
    assert deliver_channel(item.channel_id).taken == 0
    OutboxItem.objects.update(available_at=timezone.now())
    assert deliver_channel(item.channel_id).sent == 1
    assert len(graph.sent_to()) == 1


def test_a_refusal_for_good_is_shown_with_its_reason(graph: GraphSandbox, item: OutboxItem) -> None:
    graph.fail_next(Fault(code=131026))
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    message = CommunicationMessage.objects.get(id=item.message_id)
    assert (item.state, message.state, message.error_code) == ("failed", "failed", "131026")
    assert message.error_text


def test_a_revoked_token_suspends_the_channel_and_the_answer_waits(
    chargecars: Brand, graph: GraphSandbox, item: OutboxItem
) -> None:
    graph.fail_next(Fault(code=190))
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    channel = BusinessEntityChannel.objects.get(id=item.channel_id)
    assert item.state == "queued"
    assert channel.suspended_at is not None
    assert Incident.objects.filter(kind="suspended", channel=channel, closed_at__isnull=True).count() == 1
    assert channels_with_outgoing(timezone.now() + timedelta(hours=2)) == []

    channel_resume(channel_id=channel.id, now=timezone.now())
    OutboxItem.objects.update(available_at=timezone.now())
    assert deliver_channel(item.channel_id).sent == 1
    assert not Incident.objects.filter(closed_at__isnull=True).exists()


def test_outside_the_window_free_text_is_refused_with_advice(graph: GraphSandbox, item: OutboxItem) -> None:
    CommunicationMessage.objects.filter(direction="inbound").update(
        sent_at=timezone.now() - timedelta(hours=25)
    )
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    assert (item.state, item.error_code) == ("failed", "window_closed")
    assert not graph.sent_to()


def test_an_answer_of_unknown_outcome_is_never_sent_again_by_itself(
    graph: GraphSandbox, item: OutboxItem
) -> None:
    graph.fail_next(Fault(kind="keep_and_drop"))
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    assert item.state == "unknown"
    assert deliver_channel(item.channel_id).taken == 0

    assert outbox_release(item_ids=[item.id], now=timezone.now()) == 1
    assert deliver_channel(item.channel_id).sent == 1


def test_nothing_leaves_while_the_brand_is_stopped(
    chargecars: Brand, graph: GraphSandbox, item: OutboxItem
) -> None:
    chargecars.entity.outgoing_stopped = True
    chargecars.entity.save()

    assert channels_with_outgoing(timezone.now()) == []
    assert deliver_channel(item.channel_id).taken == 0


def test_incomplete_settings_suspend_the_channel_instead_of_losing_the_answer(
    graph: GraphSandbox, item: OutboxItem
) -> None:
    BusinessEntityChannel.objects.filter(id=item.channel_id).update(integration_config={})
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    assert item.state == "queued"
    assert BusinessEntityChannel.objects.get(id=item.channel_id).suspended_at is not None


def test_more_than_the_burst_to_one_person_waits_its_turn(
    chargecars: Brand, graph: GraphSandbox, item: OutboxItem
) -> None:
    message = CommunicationMessage.objects.get(id=item.message_id)
    for _ in range(50):
        message.pk = None
        message.id = type(message)._meta.pk.get_default()
        message.answers = None
        message.message_type = "reply"
        message._state.adding = True
        message.save()
        OutboxItem.objects.create(
            business_entity=chargecars.entity,
            channel_id=item.channel_id,
            message=message,
            recipient=item.recipient,
        )
    deliver_channel(item.channel_id, limit=100)

    assert len(graph.sent_to()) == 45
    assert OutboxItem.objects.filter(state="queued", available_at__gt=timezone.now()).count() == 6


@pytest.mark.parametrize("attempts", [1, 5, 30])
def test_waiting_grows_to_an_hour_and_honours_what_the_provider_asks(attempts: int) -> None:
    assert retry_delay(attempts, None) <= timedelta(hours=1.25)
    assert retry_delay(attempts, timedelta(hours=24)) == timedelta(hours=24)
