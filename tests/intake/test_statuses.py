from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import CommunicationMessage, MessageStatusEvent, OutboxItem
from channels_app.providers.base import SendReceipt
from channels_app.services.outbox import outbox_claim, outbox_sent, outbox_start
from routing.services.drain import drain_batch
from tests.factories import Brand, change, receive, status, text_message, webhook_body

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FAILURE = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}


@pytest.fixture
def sent(chargecars: Brand) -> CommunicationMessage:
    """An automatic answer that WhatsApp accepted as wamid.out."""
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")])))
    drain_batch()
    item = OutboxItem.objects.get()
    outbox_claim(channel_id=item.channel_id, limit=1, now=datetime.now(UTC))
    item.refresh_from_db()
    outbox_start(item=item, external_id="", now=datetime.now(UTC))
    item.refresh_from_db()
    outbox_sent(item=item, receipt=SendReceipt("wamid.out"), now=datetime.now(UTC))
    return CommunicationMessage.objects.get(direction="outbound")


def tell(brand: Brand, *updates: dict[str, Any]) -> None:
    for update in updates:
        receive(webhook_body(change(brand.phone_ids["support"], statuses=[update])))
    while drain_batch().receipts:
        pass


def outcome(message: CommunicationMessage) -> tuple[Any, ...]:
    message.refresh_from_db()
    return message.state, message.delivered_at, message.read_at, message.error_code


UPDATES = [
    status("wamid.out", "sent", at=AT),
    status("wamid.out", "delivered", at=AT + timedelta(seconds=2)),
    status("wamid.out", "read", at=AT + timedelta(seconds=5)),
    status("wamid.out", "failed", at=AT + timedelta(seconds=1), **FAILURE),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_statuses_in_any_order_end_in_the_same_state(
    chargecars: Brand, sent: CommunicationMessage, order: tuple[int, ...]
) -> None:
    tell(chargecars, *(UPDATES[number] for number in order))

    assert outcome(sent) == ("read", AT + timedelta(seconds=2), AT + timedelta(seconds=5), "")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(4)), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_repeated_and_reordered_statuses_change_nothing(
    chargecars: Brand, sent: CommunicationMessage, told: list[int], order: Any
) -> None:
    MessageStatusEvent.objects.all().delete()
    CommunicationMessage.objects.filter(id=sent.id).update(
        state="sent", delivered_at=None, read_at=None, error_code="", error_text=""
    )
    tell(chargecars, *(UPDATES[number] for number in told))
    first = outcome(sent)
    again = list(told)
    order.shuffle(again)
    tell(chargecars, *(UPDATES[number] for number in again))

    assert outcome(sent) == first


def test_a_failure_shows_its_reason(chargecars: Brand, sent: CommunicationMessage) -> None:
    tell(chargecars, UPDATES[3])

    sent.refresh_from_db()
    assert (sent.state, sent.error_code) == ("failed", "131026")
    assert "undeliverable" in sent.error_text
    assert OutboxItem.objects.get().state == "sent"  # it was accepted; what failed is its delivery


def test_a_status_that_outruns_our_own_commit_is_applied_once_the_send_is_recorded(chargecars: Brand) -> None:
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")])))
    drain_batch()
    item = OutboxItem.objects.get()
    outbox_claim(channel_id=item.channel_id, limit=1, now=datetime.now(UTC))
    item.refresh_from_db()
    outbox_start(item=item, external_id="", now=datetime.now(UTC))
    tell(chargecars, status("wamid.fast", "delivered", at=AT))

    item.refresh_from_db()
    outbox_sent(item=item, receipt=SendReceipt("wamid.fast"), now=datetime.now(UTC))

    message = CommunicationMessage.objects.get(direction="outbound")
    assert (message.state, message.delivered_at) == ("delivered", AT)


def test_an_echoed_id_settles_a_send_whose_outcome_was_unknown(chargecars: Brand) -> None:
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")])))
    drain_batch()
    message = CommunicationMessage.objects.get(direction="outbound")
    OutboxItem.objects.update(state="unknown")
    CommunicationMessage.objects.filter(id=message.id).update(state="unknown")

    tell(chargecars, status("wamid.late", "delivered", at=AT, biz_opaque_callback_data=str(message.id)))

    message.refresh_from_db()
    assert (message.state, message.external_id) == ("delivered", "wamid.late")
    assert OutboxItem.objects.get().state == "sent"


def test_an_echoed_id_of_another_brand_changes_nothing(
    chargecars: Brand, laderthuis: Brand, sent: CommunicationMessage
) -> None:
    tell(laderthuis, status("wamid.x", "failed", biz_opaque_callback_data=str(sent.id), **FAILURE))
    tell(laderthuis, status("wamid.out", "failed", **FAILURE))
    tell(laderthuis, status("wamid.y", "read", biz_opaque_callback_data=str(uuid4())))

    sent.refresh_from_db()
    assert sent.state == "sent"
    assert MessageStatusEvent.objects.filter(message__isnull=True).count() == 3
