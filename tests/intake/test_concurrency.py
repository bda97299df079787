"""Several workers at once, on real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from channels_app.models import CommunicationMessage, CommunicationThread, Contact, InboundReceipt, OutboxItem
from channels_app.services.outbox import outbox_claim
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, signature, text_message, webhook_body

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], Any], workers: int) -> list[Any]:
    """Run the work in threads that start together; an exception of any is raised."""
    results: list[Any] = [None] * workers
    errors: list[BaseException] = []
    start = threading.Barrier(workers)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            results[number] = work(number)
        except BaseException as error:  # noqa: BLE001 handed to the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return results


def drain_until_empty(_: int) -> None:
    while InboundReceipt.objects.filter(state="pending").exists():
        drain_batch()


def test_fifty_copies_at_once_make_one_message_one_thread_one_answer(chargecars: Brand) -> None:
    body = webhook_body(
        change(chargecars.phone_ids["support"], messages=[text_message("mijn paal is kapot")])
    )

    def deliver(_: int) -> int:
        answer = Client().post(
            "/webhooks/whatsapp/",
            body,
            content_type="application/json",
            headers={"X-Hub-Signature-256": signature(body)},
        )
        drain_batch()
        return answer.status_code

    assert set(at_once(deliver, 50)) == {200}
    drain_until_empty(0)
    assert InboundReceipt.objects.filter(state="done").count() == 50
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert CommunicationThread.objects.count() == Contact.objects.count() == OutboxItem.objects.count() == 1


@pytest.fixture
def one_receipt_per_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all threads of a test; patches made within threads undo each other in any order."""
    monkeypatch.setattr("routing.services.drain.RECEIPTS_PER_BATCH", 1)


def test_two_messages_of_a_new_sender_drained_at_once_make_one_thread(
    chargecars: Brand, one_receipt_per_batch: None
) -> None:
    for round_ in range(5):
        sender = f"3165000000{round_}"
        for number in range(2):
            message = text_message("hallo", sender=sender, wamid=f"r{round_}.{number}")
            receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))

        at_once(lambda _: drain_batch(), 2)
        drain_until_empty(0)

    assert CommunicationMessage.objects.filter(direction="inbound").count() == 10
    assert CommunicationThread.objects.count() == Contact.objects.count() == OutboxItem.objects.count() == 5


def test_parallel_workers_never_fill_a_department_beyond_its_limit(
    chargecars: Brand, one_receipt_per_batch: None
) -> None:
    support = chargecars.channel("whatsapp", "support")
    type(support).objects.filter(business_entity=chargecars.entity, channel_code="support").update(
        max_concurrent_conversations=3
    )
    for number in range(12):
        message = text_message("kapot", sender=str(31660000000 + number), wamid=f"cap.{number}")
        receive(webhook_body(change(support.provider_account, messages=[message])))

    at_once(drain_until_empty, 4)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM message_routing_logs WHERE action <> 'queue_for_capacity'")
        within = cursor.fetchone()
    assert within is not None
    # The department's email and WhatsApp channel each have room for three.
    assert within[0] <= 6
    assert CommunicationThread.objects.count() == 12


def test_an_outbox_item_is_claimed_by_one_worker_only(chargecars: Brand) -> None:
    for number in range(10):
        message = text_message("hallo", sender=str(31670000000 + number), wamid=f"out.{number}")
        receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))
    drain_until_empty(0)
    channel = chargecars.channel("whatsapp", "support")

    claims = at_once(lambda _: outbox_claim(channel_id=channel.id, limit=5, now=timezone.now()), 6)

    taken = [item for claim in claims for item in claim]
    assert len(taken) == len(set(taken)) == 10
