from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.providers.base import (
    Account,
    AttachmentContent,
    Automated,
    DeliveryState,
    MalformedExchange,
    ParsedExchange,
    RawExchange,
)
from channels_app.providers.sms import SmsProvider
from tests.providers.sms.places import ARRIVED

Exchange = Callable[..., RawExchange]
Make = Callable[..., Account]
Golden = Callable[[str], dict[str, str]]


def parse(exchange: RawExchange, account: Account | None = None) -> ParsedExchange:
    return SmsProvider().parse(exchange, account)


def test_a_text_is_read_as_written(exchange: Exchange, account: Make, golden: Golden) -> None:
    (message,) = parse(exchange(golden("inbound_text")), account()).messages
    assert message.external_id == "SM00000000000000000000000000000001"
    assert message.account == "+3197010200001"
    assert message.sender.address == "+31612345678"
    assert message.recipients[0].address == "+3197010200001"
    assert message.body == "  Mijn laadpaal knippert rood. "
    assert message.sent_at == ARRIVED
    assert message.data == {"segments": 1}
    assert message.automated is None


def test_photos_are_listed_in_order_and_left_at_twilio(
    exchange: Exchange, account: Make, golden: Golden
) -> None:
    (message,) = parse(exchange(golden("inbound_photo")), account()).messages
    assert [(a.name, a.content_type, a.content) for a in message.attachments] == [
        ("ME1.jpg", "image/jpeg", AttachmentContent.REMOTE),
        ("ME2.pdf", "application/pdf", AttachmentContent.REMOTE),
    ]
    assert message.attachments[0].media_id.endswith("/Media/ME1")


def test_a_stop_word_is_in_the_data(exchange: Exchange, account: Make, golden: Golden) -> None:
    (message,) = parse(exchange(golden("inbound_stop")), account()).messages
    assert message.data["opt_out"] == "stop"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("STOP", "stop"),
        (" afmelden! ", "stop"),
        ("Stop ermee te bellen", ""),
        ("Start", "start"),
        ("help", "help"),
    ],
)
def test_only_the_word_alone_is_a_wish(exchange: Exchange, account: Make, body: str, expected: str) -> None:
    fields = {"SmsStatus": "received", "MessageSid": "SM1", "From": "+31612345678", "Body": body}
    (message,) = parse(exchange(fields), account()).messages
    assert message.data.get("opt_out", "") == expected


def test_a_named_sender_is_a_machine(exchange: Exchange, account: Make, golden: Golden) -> None:
    (message,) = parse(exchange(golden("inbound_alphanumeric")), account()).messages
    assert message.automated is Automated.SYSTEM
    assert message.sender.identifiers == ()
    assert message.sender.name == "PostNL"


def test_a_message_for_another_number_names_that_number(
    exchange: Exchange, account: Make, golden: Golden
) -> None:
    fields = golden("inbound_text") | {"To": "+3197010200002"}
    (message,) = parse(exchange(fields), account()).messages
    assert message.account == "+3197010200002"


def test_a_report_carries_our_own_id_back(exchange: Exchange, account: Make, golden: Golden) -> None:
    ours = "7d3ab6e4-9d36-4f41-9f3c-1f2f5a6f7a11"
    (status,) = parse(exchange(golden("status_delivered"), query=f"?message={ours}"), account()).statuses
    assert status.state is DeliveryState.DELIVERED
    assert status.external_id == "SM00000000000000000000000000000009"
    assert status.message_id == UUID(ours)
    assert status.failure is None


def test_a_report_of_failure_says_why(exchange: Exchange, account: Make, golden: Golden) -> None:
    (status,) = parse(exchange(golden("status_undelivered"), query="?message=asdf"), account()).statuses
    assert status.state is DeliveryState.FAILED
    assert status.message_id is None
    assert status.failure is not None
    assert (status.failure.code, status.failure.permanent) == ("30005", True)
    assert status.failure.text == "Unknown destination handset"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", DeliveryState.SENT),
        ("queued", DeliveryState.SENT),
        ("sending", DeliveryState.SENT),
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("undelivered", DeliveryState.FAILED),
        ("failed", DeliveryState.FAILED),
        ("canceled", DeliveryState.FAILED),
    ],
)
def test_every_status_has_a_state(
    exchange: Exchange, account: Make, status: str, state: DeliveryState
) -> None:
    (update,) = parse(exchange({"MessageSid": "SM1", "MessageStatus": status}), account()).statuses
    assert update.state is state


def test_an_unknown_status_is_news_not_an_error(exchange: Exchange, account: Make) -> None:
    parsed = parse(exchange({"MessageSid": "SM1", "MessageStatus": "huh"}), account())
    assert [(event.kind, event.reference, event.text) for event in parsed.events] == [("other", "SM1", "huh")]


def test_what_names_no_message_is_quarantined(exchange: Exchange, account: Make) -> None:
    for fields in ({}, {"Body": "x"}):
        with pytest.raises(MalformedExchange):
            parse(exchange(fields), account())


def test_every_webhook_of_the_corpus_is_read(corpus: Path, account: Make, exchange: Exchange) -> None:
    read = 0
    for file in sorted(corpus.glob("twilio_weni_*.json")):
        case = json.loads(file.read_text())
        expected = case["expected"]
        base = exchange({})
        raw = replace(
            base,
            body=case["data"].strip().encode(),
            url=base.url + ("?" + urlsplit(case["url"]).query if "?" in case["url"] else ""),
        )
        if "No Params" in case["label"]:
            with pytest.raises(MalformedExchange):
                parse(raw, account())
            continue
        parsed = parse(raw, account())
        assert parsed.messages or parsed.statuses or parsed.events, file.name
        for message in parsed.messages:
            assert message.external_id == expected.get("external_id", message.external_id), file.name
            if "urn" in expected:
                assert message.sender.address == "+" + expected["urn"].partition(":")[2].lstrip("+"), (
                    file.name
                )
            if "Base64" not in case["label"]:  # the peer guesses at base64; we keep what was written
                assert message.body == expected.get("text", message.body), file.name
            names = [attachment.media_id for attachment in message.attachments]
            assert names == expected.get("attachments", []), file.name
        read += 1
    assert read > 20


def test_the_peers_own_message_is_read(corpus: Path, account: Make, exchange: Exchange) -> None:
    fields = json.loads((corpus / "twilio_zammad_inbound_sms2.json").read_text())["json_params"]
    (message,) = parse(exchange(fields), account()).messages
    assert (message.sender.address, message.body) == ("+491710000000", "Follow-up")


@given(body=st.binary(max_size=300), query=st.text(max_size=50))
def test_no_bytes_make_it_fail_otherwise_than_as_malformed(body: bytes, query: str) -> None:
    with contextlib.suppress(MalformedExchange):
        parse(RawExchange(body, ARRIVED, url="https://k.example/x?" + query))
