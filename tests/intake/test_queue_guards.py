"""The guards of queue and delivery, each on its own: taking one out makes one of these fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from channels_app.models import CommunicationMessage, OutboxItem
from channels_app.providers.base import ProviderError
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services import delivery
from channels_app.services.delivery import deliver_channel
from channels_app.services.outbox import (
    outbox_claim,
    outbox_not_sent,
    outbox_postpone,
    outbox_recover,
    outbox_release,
    outbox_start,
    retry_delay,
)
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, text_message, webhook_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        yield sandbox


@pytest.fixture
def item(chargecars: Brand, graph: GraphSandbox) -> OutboxItem:
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("kapot")])))
    drain_batch()
    return OutboxItem.objects.get()


def test_the_broker_gives_back_what_a_dead_worker_had_before_anybody_notices() -> None:
    options = django_settings.CELERY_BROKER_TRANSPORT_OPTIONS
    # Longer than any task may last, or it would run twice at once; far shorter than Celery's hour.
    assert django_settings.CELERY_TASK_TIME_LIMIT < options["visibility_timeout"] <= 600
    assert options["unacked_restore_interval"] <= 10
    assert options["unacked_restore_throttle"] <= 10
    assert django_settings.CELERY_TASK_ACKS_LATE
    assert django_settings.CELERY_TASK_REJECT_ON_WORKER_LOST


def test_an_item_that_was_taken_from_a_slow_worker_is_not_sent_by_it(item: OutboxItem) -> None:
    """Its claim expired and somebody else took, sent or put back the item: the first must not send too."""
    now = timezone.now()
    assert outbox_claim(channel_id=item.channel_id, limit=1, now=now) == [item.id]
    assert outbox_recover(now=now + timedelta(minutes=10)) == (1, 0)
    item.refresh_from_db()

    assert not outbox_start(item=item, external_id="", now=now)
    item.refresh_from_db()
    assert (item.state, item.attempts) == ("queued", 0)


def test_what_may_have_been_sent_is_never_queued_again_by_itself(
    item: OutboxItem, graph: GraphSandbox
) -> None:
    now = timezone.now()
    outbox_claim(channel_id=item.channel_id, limit=1, now=now)
    item.refresh_from_db()
    assert outbox_start(item=item, external_id="", now=now)

    assert outbox_recover(now=now + timedelta(minutes=10)) == (0, 1)
    deliver_channel(item.channel_id)
    item.refresh_from_db()
    assert item.state == "unknown"
    assert not graph.sent_to()


@pytest.mark.parametrize(
    "error",
    [
        ProviderError("not now"),
        ProviderError("never", permanent=True),
        ProviderError("who knows", ambiguous=True),
        ProviderError("log in again", suspends_channel=True),
    ],
    ids=["passing", "for good", "in doubt", "suspending"],
)
def test_what_a_slow_worker_hears_of_its_lost_claim_is_not_told_of_the_next_one(
    item: OutboxItem, error: ProviderError
) -> None:
    """It was taken for dead, a person let the item go again, and another worker is sending it: were its answer
    taken for that of the other, the item would be queued a third time."""
    now = timezone.now()
    outbox_claim(channel_id=item.channel_id, limit=1, now=now)
    slow = OutboxItem.objects.get()
    assert outbox_start(item=slow, external_id="", now=now)
    later = now + timedelta(minutes=10)
    assert outbox_recover(now=later) == (0, 1)
    assert outbox_release(item_ids=[item.id], now=later) == 1
    assert outbox_claim(channel_id=item.channel_id, limit=1, now=later) == [item.id]
    assert not outbox_start(item=slow, external_id="", now=later)  # nor does it take over the other's claim
    outbox_postpone(items=[slow], until=later)
    assert outbox_start(item=OutboxItem.objects.get(), external_id="", now=later)

    outbox_not_sent(item=slow, error=error, now=later)

    item.refresh_from_db()
    message = CommunicationMessage.objects.get(direction="outbound")
    assert (item.state, item.error_code, item.attempts, message.state) == ("sending", "", 1, "sending")


def test_no_transaction_is_open_while_the_provider_is_asked(
    item: OutboxItem, graph: GraphSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_transactions: list[bool] = []
    from channels_app.providers.whatsapp.provider import WhatsAppProvider

    send = WhatsAppProvider.send

    def look_and_send(self: WhatsAppProvider, *arguments: Any) -> Any:
        open_transactions.append(connection.in_atomic_block)
        return send(self, *arguments)

    monkeypatch.setattr(WhatsAppProvider, "send", look_and_send)
    assert deliver_channel(item.channel_id).sent == 1
    assert open_transactions == [False]


def test_waiting_doubles_is_spread_and_never_shorter_than_asked() -> None:
    first = {retry_delay(1, None) for _ in range(50)}
    assert len(first) > 40, "without jitter all would come back at once"
    assert timedelta(seconds=3) < min(first) < max(first) < timedelta(seconds=7)
    assert min(retry_delay(6, None) for _ in range(50)) > timedelta(seconds=100)
    assert max(retry_delay(40, None) for _ in range(50)) <= timedelta(hours=1.25)
    assert retry_delay(1, timedelta(minutes=30)) == timedelta(minutes=30)


def test_what_somebody_else_claimed_meanwhile_is_left_to_them(
    item: OutboxItem, graph: GraphSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that stood still between claiming and reading what it claimed."""
    later = timezone.now() + timedelta(minutes=10)

    def stand_still(stage: str) -> None:
        if stage == "outbox_claimed":
            assert outbox_recover(now=later) == (1, 0)
            assert outbox_claim(channel_id=item.channel_id, limit=1, now=later) == [item.id]

    monkeypatch.setattr(delivery, "reached", stand_still)
    assert deliver_channel(item.channel_id).sent == 0

    item.refresh_from_db()
    assert (item.state, item.claimed_at) == ("claimed", later)
    assert not graph.sent_to()
