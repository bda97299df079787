"""No single exchange, however it is made, stops the inbox. Found by fuzzing; each was a real stop or crawl."""

from __future__ import annotations

import json

import pytest

from channels_app.models import AccountNotice, CommunicationMessage, InboundReceipt
from channels_app.providers.email.headers import message_ids
from tests.factories import Brand, change, receive, text_message, webhook_body
from tests.fuzz.test_parsers import bounded
from tests.intake.test_drain import drain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("account", ["1\x002", "1\ud8002", "\x00"])
def test_an_account_that_no_column_can_hold_is_quarantined_and_the_rest_goes_on(
    chargecars: Brand, account: str
) -> None:
    receive(webhook_body(change(account, messages=[text_message("hallo", wamid="wamid.poison")])))
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))

    assert drain().quarantined == 1
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert InboundReceipt.objects.get(state="quarantined").reason.startswith("Geen kanaal met account")
    assert not InboundReceipt.objects.filter(state="pending").exists()


def test_news_for_a_business_account_that_no_column_can_hold_is_kept_with_the_messages_beside_it(
    chargecars: Brand,
) -> None:
    body = json.loads(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))
    body["entry"].append({"id": "\ud800", "changes": [{"field": "of_the_future", "value": {"news": 1}}]})
    receive(json.dumps(body).encode())

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert AccountNotice.objects.filter(business_entity=None).exists()


def test_a_very_long_field_without_message_ids_is_read_in_one_pass() -> None:
    with bounded("message_ids"):
        assert message_ids("geen, " * 100_000) == ()
