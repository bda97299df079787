"""The sandbox's customer for tests: the page as a browser has it, the stand-ins, and what the worker does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from html import unescape
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.db.models import Q, QuerySet

from channels_app.demo.seeding import demo_seed
from channels_app.models import BusinessEntityChannel, CommunicationMessage
from channels_app.sandbox.stand_ins import demo_stand_ins, serving

CUSTOMER = {"name": "Robin de Jong", "address": "+31655900001"}


class Page:
    """The page as a browser has it: cookies, the form's token, the same-origin script's calls."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=20)

    def close(self) -> None:
        self.http.close()

    def open(self, **query: str) -> str:
        response = self.http.get("/sandbox/", params=query)
        assert response.status_code == 200
        return unescape(response.text)

    def send(self, channel: BusinessEntityChannel, text: str, **fields: str) -> httpx.Response:
        self.open(channel=str(channel.id))
        return self.http.post(
            "/sandbox/send/",
            data={"channel": str(channel.id), "text": text, **CUSTOMER, **fields},
            headers={"Accept": "application/json", "X-CSRFToken": self.http.cookies["csrftoken"]},
        )

    def chat(self, channel: BusinessEntityChannel, address: str = CUSTOMER["address"]) -> str:
        response = self.http.get("/sandbox/chat/", params={"channel": str(channel.id), "address": address})
        assert response.status_code == 200
        return unescape(re.sub(r"<br ?/?>", "\n", response.text))


@pytest.fixture
def visitors(demo_settings: Any, transactional_db: None, site: Any) -> Iterator[Callable[[], Page]]:
    """Opens the page for one more visitor; no stand-in runs."""
    demo_settings.PUBLIC_BASE_URL = site.url
    demo_seed()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Page(site.url)))


@pytest.fixture
def page(visitors: Callable[[], Page], site: Any) -> Iterator[Page]:
    with serving(demo_stand_ins(callbacks_to=site.url, delay=0.05)) as started:
        assert len(started) == 5
        yield visitors()
        # A status that comes in after the test would meet the next one's database.
        wait_until(lambda: not reports_to_come().exists())


def reports_to_come() -> QuerySet[CommunicationMessage]:
    last = {"whatsapp": ["read", "failed"], "sms": ["delivered", "failed"]}
    sent = CommunicationMessage.objects.filter(direction="outbound").exclude(external_id="")
    return sent.filter(
        *[~Q(thread__medium=medium, state__in=states) for medium, states in last.items()],
        thread__medium__in=last,
    )


def channel(brand: str, medium: str, code: str) -> BusinessEntityChannel:
    return BusinessEntityChannel.objects.get(
        business_entity__entity_code=brand, channel_type=medium, channel_code=code
    )


def work() -> None:
    """What the worker does."""
    call_command("process_inbox")
    call_command("deliver_outbox")


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        call_command("process_inbox")
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen within five seconds")


def wait_for_state(message: CommunicationMessage, state: str) -> None:
    wait_until(lambda: CommunicationMessage.objects.filter(id=message.id, state=state).exists())
    message.refresh_from_db()
