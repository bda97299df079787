from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationThread
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import channel_configure
from tests.analytics import world

NOON = datetime(2026, 6, 2, 10, tzinfo=UTC)  # a Tuesday, noon in Amsterdam
TWILIO = {"account_sid": "AC1", "auth_token": "token-of-twilio"}


@pytest.fixture(autouse=True)
def no_memory() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def configured(
    entity: BusinessEntity, code: str, medium: str, address: str, settings: dict[str, Any], **values: Any
) -> BusinessEntityChannel:
    """A channel whose provider has settings."""
    channel = world.channel(entity, code, medium, channel_address=address, **values)
    channel_configure(channel=channel, config=provider_for(medium).Config.model_validate(settings))
    channel.save()
    return channel


def waiting(desk: BusinessEntityChannel, *, due: datetime, **values: Any) -> CommunicationThread:
    """A conversation in which the customer waits for an answer that was due at this time."""
    asked = due - timedelta(hours=1)
    thread = world.thread(
        desk, asked, **{"waiting_since": asked, "response_due_at": due, "status": "open", **values}
    )
    world.clock(world.message(thread, asked), due)
    return thread
