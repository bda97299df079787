"""Two brands, each with a Teams channel that hears of everything, and conversations of ChargeCars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from channels_app.models import BusinessEntityChannel, CommunicationThread
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_brand, make_member, receive, text_message, webhook_body

Write = Callable[..., CommunicationThread]


def with_team(brand: Brand) -> Brand:
    BusinessEntityChannel.objects.create(
        business_entity=brand.entity, channel_code="support", channel_name="Team", channel_type="teams",
        channel_address="Team", is_primary=True,
    )  # fmt: skip
    return brand


@pytest.fixture
def chargecars(db: None) -> Brand:
    return with_team(
        make_brand(
            "chargecars", "ChargeCars", "CC", {"support": "100000000000001", "sales": "100000000000002"}
        )
    )


@pytest.fixture
def laderthuis(db: None) -> Brand:
    return with_team(make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"}))


@pytest.fixture
def write() -> Write:
    """A customer writes by WhatsApp; the conversation that it becomes."""
    count = iter(range(1, 1000))

    def send(
        brand: Brand, text: str, *, at: datetime | None = None, to: str = "support"
    ) -> CommunicationThread:
        number = next(count)
        message = text_message(text, sender=str(31680000000 + number), wamid=f"w.{number}", at=at)
        receive(webhook_body(change(brand.phone_ids[to], messages=[message])), at=at)
        drain_batch()
        return CommunicationThread.objects.get(messages__external_id=f"w.{number}")

    return send


@pytest.fixture
def agent(chargecars: Brand) -> Any:
    return make_member("agent", "agent", chargecars)


@pytest.fixture
def stranger(laderthuis: Brand) -> Any:
    return make_member("stranger", "administrator", laderthuis)


@pytest.fixture
def page() -> Callable[[Any], Client]:
    """A browser in which this member of staff is signed in."""

    def signed_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
