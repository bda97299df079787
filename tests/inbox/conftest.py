"""The admin's two brands, seen from the inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread, Contact
from tests.admin.conftest import alfa, beta, more, staff
from tests.factories import Brand

__all__ = ["alfa", "beta", "more", "staff"]

MakeThread = Callable[..., CommunicationThread]


@pytest.fixture
def thread(alfa: Brand) -> CommunicationThread:
    """A conversation of the first brand in which a customer waits for an answer."""
    found = CommunicationThread.objects.select_related("contact", "business_entity").get(
        business_entity=alfa.entity
    )
    found.waiting_since = found.last_inbound_at = found.last_message_at
    found.save()
    return found


@pytest.fixture
def agent(staff: Any) -> User:
    return User.objects.get(username="alfa-agent")


@pytest.fixture
def make_thread() -> MakeThread:
    return new_thread


def new_thread(
    brand: Brand,
    number: int,
    *,
    words: str = "Goedemiddag",
    due: datetime | None = None,
    **fields: Any,
) -> CommunicationThread:
    """A conversation with one message, waiting for an answer unless told otherwise."""
    now = timezone.now()
    channel = brand.channel("whatsapp", "support")
    contact = fields.pop("contact", None) or Contact.objects.create(
        business_entity=brand.entity, name=f"{brand.entity.entity_name} {number}"
    )
    values: dict[str, Any] = {
        "channel": channel,
        "medium": "whatsapp",
        "status": "new",
        "last_message_at": now - timedelta(minutes=number),
        "last_inbound_at": now - timedelta(minutes=number),
        "waiting_since": now - timedelta(minutes=number),
        "response_due_at": due,
    }
    made = CommunicationThread.objects.create(
        business_entity=brand.entity, contact=contact, source_channel=channel,
        reference_number=f"{brand.entity.number_prefix}-MSG-2026-9{number:05}", **(values | fields),
    )  # fmt: skip
    CommunicationMessage.objects.create(
        business_entity=brand.entity, thread=made, channel=channel, direction="inbound", message_type="customer",
        state="received", sender="+31612345678", body=words, sent_at=made.last_message_at,
    )  # fmt: skip
    return made
