"""A worker killed (SIGKILL) at every named point of the way loses nothing and sends nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from channels_app.bulk import fetch_all
from channels_app.models import CommunicationMessage, CommunicationThread, InboundReceipt, OutboxItem
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services.delivery import deliver_channel
from channels_app.services.outbox import outbox_recover
from channels_app.stages import DELIVERY_POINTS, INTAKE_POINTS
from routing.models import MessageRoutingLog
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, status, text_message, webhook_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        yield sandbox


def run_and_die(command: str, point: str) -> None:
    """Run a command of manage.py on the test's database; it must be killed at that point."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@/{quote(database['HOST'], safe='/')}/{database['NAME']}"
    if database["HOST"].startswith("/"):
        url = f"postgres://{database['USER']}@//{database['HOST'].lstrip('/')}/{database['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "WHATSAPP_API_BASE": settings.WHATSAPP_API_BASE,
        "CHARGECARS_DIE_AT": point,
    }
    finished = subprocess.run(
        [sys.executable, "manage.py", command], env=environment, cwd=settings.BASE_DIR, timeout=240, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert finished.returncode == -signal.SIGKILL, finished.stderr[-2000:]
    wait_until_the_database_noticed()


def wait_until_the_database_noticed() -> None:
    """The locks of a process that was killed are held until PostgreSQL reads the end of its connection."""
    patience = time.monotonic() + 60
    while fetch_all(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    ):
        assert time.monotonic() < patience, "a killed process still has its connection"
        time.sleep(0.05)


def write_to(brand: Brand) -> None:
    receive(
        webhook_body(change(brand.phone_ids["support"], messages=[text_message("mijn laadpaal is kapot")]))
    )


def assert_stored_once() -> None:
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert CommunicationThread.objects.count() == 1
    assert MessageRoutingLog.objects.count() == 1
    assert OutboxItem.objects.count() == 1
    assert InboundReceipt.objects.get().state == "done"


@pytest.mark.parametrize("point", INTAKE_POINTS)
def test_a_message_survives_the_death_of_the_worker_that_drains_it(
    chargecars: Brand, graph: GraphSandbox, point: str
) -> None:
    write_to(chargecars)
    run_and_die("process_inbox", point)

    while drain_batch().receipts:
        pass

    assert_stored_once()


@pytest.mark.parametrize("point", DELIVERY_POINTS)
def test_an_answer_is_sent_at_most_once_whenever_its_worker_dies(
    chargecars: Brand, graph: GraphSandbox, point: str
) -> None:
    write_to(chargecars)
    drain_batch()
    item = OutboxItem.objects.get()
    run_and_die("deliver_outbox", point)

    outbox_recover(now=timezone.now() + timedelta(minutes=10))
    deliver_channel(item.channel_id)

    item.refresh_from_db()
    sent = graph.sent_to()
    if point == "outbox_claimed":  # surely not sent: it goes out now
        assert (item.state, len(sent)) == ("sent", 1)
    else:  # in doubt: a person or a status decides, nothing is sent again
        assert item.state == "unknown"
        assert len(sent) == (1 if point == "after_provider_call" else 0)


def test_a_send_in_doubt_is_settled_by_the_status_that_echoes_it(
    chargecars: Brand, graph: GraphSandbox
) -> None:
    write_to(chargecars)
    drain_batch()
    run_and_die("deliver_outbox", "after_provider_call")
    outbox_recover(now=timezone.now() + timedelta(minutes=10))
    message = CommunicationMessage.objects.get(direction="outbound")

    update = status("wamid.late", "delivered", biz_opaque_callback_data=str(message.id))
    receive(webhook_body(change(chargecars.phone_ids["support"], statuses=[update])))
    drain_batch()

    message.refresh_from_db()
    assert (message.state, OutboxItem.objects.get().state) == ("delivered", "sent")
