"""A channel at its provider's ceiling goes on by itself as soon as it may, not at the next sweep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.core.cache import cache
from django.utils import timezone

from channels_app.models import BusinessEntityChannel, OutboxItem
from channels_app.providers.registry import provider_for
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.teams_webhook import TeamsSandbox
from channels_app.services.accounts import channel_configure
from channels_app.services.delivery import deliver_channel
from channels_app.services.slots import PER_CHANNEL, channel_slot
from channels_app.tasks import deliver_channel as deliver_channel_task
from tests.factories import Brand

pytestmark = pytest.mark.django_db(transaction=True)

CARDS = 60  # four may go at once, and four more each second


@pytest.fixture
def teams() -> TeamsSandbox:
    return TeamsSandbox()


@pytest.fixture
def channel(chargecars: Brand, teams: TeamsSandbox, settings: Any) -> Iterator[BusinessEntityChannel]:
    """A team's channel with more cards waiting than may be posted at once."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    with running(teams) as base:
        channel = BusinessEntityChannel(
            id=uuid4(), business_entity=chargecars.entity, channel_code="operations", channel_name="Team",
            channel_type="teams", channel_address="team",
        )  # fmt: skip
        config = provider_for("teams").Config.model_validate({"webhook_url": f"{base}/workflows/team?sig=x"})
        channel_configure(channel=channel, config=config)
        channel.save()
        card = {"event": "new_thread", "title": "Nieuw", "entity_name": "ChargeCars", "channel_name": "Support",
                "priority": "Normaal"}  # fmt: skip
        OutboxItem.objects.bulk_create(
            OutboxItem(business_entity=chargecars.entity, channel=channel, payload=card) for _ in range(CARDS)
        )
        yield channel


@pytest.fixture
def delivery_queue(settings: Any) -> Iterator[redis.Redis]:
    """The broker's own list of what waits for a courier, empty at first."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.delete("delivery")
    cache.clear()
    yield broker
    broker.delete("delivery")
    broker.close()


def test_what_the_ceiling_holds_back_waits_together_and_is_not_called_taken(
    channel: BusinessEntityChannel, teams: TeamsSandbox
) -> None:
    began = timezone.now()
    outcome = deliver_channel(channel.id, limit=CARDS)

    assert 4 <= outcome.sent == len(teams.sent()) < CARDS
    assert outcome.resume_after is not None
    assert timedelta(0) < outcome.resume_after <= timedelta(seconds=2)
    waiting = OutboxItem.objects.filter(state="queued")
    assert waiting.count() == CARDS - outcome.sent
    assert waiting.values("available_at").distinct().count() == 1
    assert all(at > began for at in waiting.values_list("available_at", flat=True))
    assert waiting.filter(attempts=0).count() == waiting.count()


def test_it_is_rung_for_again_once_however_many_tasks_meet_the_ceiling(
    channel: BusinessEntityChannel, teams: TeamsSandbox, delivery_queue: redis.Redis
) -> None:
    for _ in range(5):
        OutboxItem.objects.filter(state="queued").update(available_at=timezone.now())
        deliver_channel_task(channel_id=str(channel.id))

    (waiting,) = delivery_queue.lrange("delivery", 0, -1)
    task = json.loads(waiting)
    assert task["headers"]["task"] == "channels_app.tasks.deliver_channel"
    eta = datetime.fromisoformat(task["headers"]["eta"])
    assert eta - datetime.now(UTC) <= timedelta(seconds=3)

    # That task, when its time comes, rings again for the rest: the chain ends only with the last card.
    delivery_queue.delete("delivery")
    OutboxItem.objects.filter(state="queued").update(available_at=timezone.now())
    deliver_channel_task(channel_id=str(channel.id), resumed=True)
    assert OutboxItem.objects.filter(state="queued").exists()
    assert delivery_queue.llen("delivery") == 1


def test_the_chain_ends_with_the_last_card(
    channel: BusinessEntityChannel, teams: TeamsSandbox, delivery_queue: redis.Redis
) -> None:
    keep = list(OutboxItem.objects.values_list("id", flat=True)[:3])
    OutboxItem.objects.exclude(id__in=keep).delete()
    assert deliver_channel_task(channel_id=str(channel.id)) == 3
    assert delivery_queue.llen("delivery") == 0


def test_a_channel_may_keep_only_some_threads_of_a_courier_busy(
    channel: BusinessEntityChannel, teams: TeamsSandbox, delivery_queue: redis.Redis
) -> None:
    with ExitStack() as busy:
        for _ in range(PER_CHANNEL):
            assert busy.enter_context(channel_slot(str(channel.id)))
        assert deliver_channel_task(channel_id=str(channel.id)) == 0
        assert OutboxItem.objects.filter(state="queued", attempts=0).count() == CARDS
        with channel_slot(str(uuid4())) as free:
            assert free, "another channel has its own"
    assert deliver_channel_task(channel_id=str(channel.id)) >= 4
