"""Two brands that both write mail and WhatsApp, their staff, and customers who write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from channels_app.models import CommunicationThread
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_member, receive, text_message, webhook_body
from tests.routing.tools.conftest import chargecars, laderthuis, stranger

__all__ = ["chargecars", "laderthuis", "stranger"]

Write = Callable[..., CommunicationThread]


@pytest.fixture
def write() -> Write:
    """A customer writes by WhatsApp; the conversation that it becomes. `sender` writes again."""
    count = iter(range(1, 1000))

    def send(
        brand: Brand, text: str, *, at: datetime | None = None, to: str = "support", sender: str = ""
    ) -> CommunicationThread:
        number = next(count)
        message = text_message(text, sender=sender or str(31680000000 + number), wamid=f"w.{number}", at=at)
        receive(webhook_body(change(brand.phone_ids[to], messages=[message])), at=at)
        drain_batch()
        return CommunicationThread.objects.get(messages__external_id=f"w.{number}")

    return send


@pytest.fixture
def agent(chargecars: Brand) -> Any:
    return make_member("agent", "agent", chargecars)


@pytest.fixture
def colleague(chargecars: Brand) -> Any:
    user = make_member("colleague", "agent", chargecars)
    user.first_name, user.last_name, user.email = "Sanne", "Bakker", "sanne@chargecars.nl"
    user.save()
    return user


@pytest.fixture
def analyst(chargecars: Brand) -> Any:
    return make_member("analyst", "analyst", chargecars)
