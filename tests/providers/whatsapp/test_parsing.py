"""What no golden payload shows: odd times, odd shapes, sizes, and text that must not change."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.providers.base import InboundMessage, MalformedExchange, ParsedExchange
from channels_app.providers.whatsapp.parsing import parse_exchange

from .conftest import RECEIVED_AT

TEXT: dict[str, Any] = {
    "from": "31687654321",
    "id": "wamid.1",
    "timestamp": "1779444000",
    "type": "text",
    "text": {"body": "Hoi"},
}


def payload(value: Any, field: str = "messages") -> bytes:
    entry = {"id": "1", "changes": [{"value": value, "field": field}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def parse(*messages: Any, **value: Any) -> ParsedExchange:
    metadata = {"display_phone_number": "31612345001", "phone_number_id": "9"}
    return parse_exchange(payload({"metadata": metadata, "messages": list(messages), **value}), RECEIVED_AT)


def only(parsed: ParsedExchange) -> InboundMessage:
    (message,) = parsed.messages
    return message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"object":"page","entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"entry":[]} {"entry":[]}',
        b"[" * 100_000,
        b'{"entry":' + b"1" * 5000 + b"}",
    ],
)
def test_what_is_not_metas_envelope_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedExchange):
        parse_exchange(body, RECEIVED_AT)


@given(st.text())
def test_a_customers_text_does_not_change_by_a_character(text: str) -> None:
    assert only(parse({**TEXT, "text": {"body": text}})).body == text


def test_half_of_an_emoji_and_a_nul_survive() -> None:
    body = payload({"messages": [{**TEXT, "text": {"body": "X"}}]}).replace(b'"X"', b'"\\ud83d \\u0000"')
    assert only(parse_exchange(body, RECEIVED_AT)).body == "\ud83d \u0000"


@pytest.mark.parametrize(
    "claim", [None, "", "gisteren", "TIMESTAMP", 0, -5, "1779444000000", 10**40, 1e300, [], {}, "9" * 5000]
)
def test_an_impossible_time_becomes_the_time_of_arrival(claim: Any) -> None:
    message = only(parse({**TEXT, "timestamp": claim}))
    assert message.sent_at == RECEIVED_AT
    assert message.data == {"claimed_timestamp": claim}


def test_a_missing_time_becomes_the_time_of_arrival() -> None:
    message = only(parse({key: value for key, value in TEXT.items() if key != "timestamp"}))
    assert (message.sent_at, message.data) == (RECEIVED_AT, {"claimed_timestamp": None})


def test_infinity_and_nan_become_text_that_a_database_can_hold() -> None:
    body = payload(
        {"messages": [{**TEXT, "type": "location", "location": {"latitude": "A", "longitude": "B"}}]}
    )
    body = body.replace(b'"A"', b"1e999").replace(b'"B"', b"NaN")
    message = only(parse_exchange(body, RECEIVED_AT))
    assert message.data["location"] == {"latitude": "1e999", "longitude": "NaN"}


@pytest.mark.parametrize(
    "sender", [None, "", 31687654321, "+31687654321", "bla", "NL.1", "1" * 16, "x" * 129, []]
)
def test_an_odd_sender_loses_no_message(sender: Any) -> None:
    assert only(parse({**TEXT, "from": sender})).body == "Hoi"


def test_phone_numbers_are_written_one_way() -> None:
    senders = [
        only(parse({**TEXT, "from": sender})).sender.address
        for sender in ("31687654321", "+31687654321", 31687654321)
    ]
    assert senders == ["+31687654321"] * 3


def test_a_contact_is_matched_by_number_or_user_id_and_never_guessed_among_several() -> None:
    contacts = [
        {"profile": {"name": "Els"}, "wa_id": "31600000002"},
        {"profile": {"name": "Pim"}, "user_id": "NL.1"},
    ]
    messages = [
        {**TEXT, "id": "a", "from": "31600000002"},
        {**TEXT, "id": "b", "from": None, "from_user_id": "NL.1"},
        {**TEXT, "id": "c", "from": "31600000009"},
    ]
    assert [message.sender.name for message in parse(*messages, contacts=contacts).messages] == [
        "Els",
        "Pim",
        "",
    ]


def test_a_lone_contact_is_not_lent_to_several_senders() -> None:
    contacts = [{"profile": {"name": "Els"}, "wa_id": "1"}]
    parsed = parse({**TEXT, "from": "2"}, {**TEXT, "from": "3", "id": "x"}, contacts=contacts)
    assert [message.sender.name for message in parsed.messages] == ["", ""]


def test_the_same_id_with_another_content_is_kept_for_the_store_to_judge() -> None:
    parsed = parse(TEXT, TEXT, {**TEXT, "text": {"body": "Anders"}})
    assert [message.body for message in parsed.messages] == ["Hoi", "Anders"]


@pytest.mark.parametrize(
    "element", [None, 3, "text", [], {}, {"id": None}, {"id": 5}, {**TEXT, "id": ""}, {"id": {"a": 1}}]
)
def test_a_broken_message_becomes_an_event_and_the_others_are_read(element: Any) -> None:
    parsed = parse(TEXT, element, {**TEXT, "id": "wamid.2"})
    assert [message.external_id for message in parsed.messages] == ["wamid.1", "wamid.2"]
    (event,) = parsed.events
    assert (event.kind, event.reference, event.severity) == ("error", "unreadable_message", "warning")
    assert event.data == {"element": element}


@pytest.mark.parametrize(
    "kind", ["text", "image", "interactive", "contacts", "order", "edit", "system", "location"]
)
@pytest.mark.parametrize("content", [None, "tekst", 7, [], [1], {}, {"type": []}, {"message": 1, "body": {}}])
def test_a_message_with_an_odd_content_is_kept(kind: str, content: Any) -> None:
    message = only(parse({**TEXT, "text": None, "type": kind, kind: content}))
    assert message.kind == kind
    assert message.data.get(kind, content) == content


@pytest.mark.parametrize(
    "key", ["messages", "statuses", "message_echoes", "history", "errors", "calls", "user_preferences"]
)
@pytest.mark.parametrize("items", [{"a": 1}, "text", 5, [None], [5], ["x"], [[]], [{}]])
def test_odd_lists_are_reported(key: str, items: Any) -> None:
    parsed = parse_exchange(payload({key: items}), RECEIVED_AT)
    assert len(parsed.events) == 1
    assert not parsed.messages
    assert not parsed.statuses


@pytest.mark.parametrize("entry", [None, 5, "x", [], {"changes": 5}, {"changes": {"field": "messages"}}])
def test_an_odd_entry_is_reported(entry: Any) -> None:
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    (event,) = parse_exchange(body, RECEIVED_AT).events
    assert (event.reference, event.data) == ("unreadable_entry", {"element": entry})


def test_news_beside_messages_is_reported_too() -> None:
    parsed = parse(TEXT, novelty={"a": 1})
    assert len(parsed.messages) == 1
    (event,) = parsed.events
    assert (event.kind, event.data) == ("other", {"novelty": {"a": 1}})


NAMES = [
    "id",
    "from",
    "type",
    "text",
    "body",
    "timestamp",
    "context",
    "messages",
    "statuses",
    "status",
    "errors",
    "history",
    "threads",
    "edit",
    "message",
    "contacts",
    "wa_id",
    "profile",
    "name",
    "image",
    "code",
    "calls",
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(JSON_VALUES)
def test_nothing_that_an_entry_holds_makes_the_parser_fail(value: Any) -> None:
    for body in (payload(value), payload({"messages": [value], "statuses": [value], "history": [value]})):
        parse_exchange(body, RECEIVED_AT)


def test_a_thousand_updates_for_two_numbers_are_read_quickly() -> None:
    def entry(number: str) -> dict[str, Any]:
        value = {
            "metadata": {"phone_number_id": number},
            "contacts": [{"profile": {"name": f"K{n}"}, "wa_id": f"316{n:08}"} for n in range(500)],
            "messages": [{**TEXT, "id": f"{number}.{n}", "from": f"316{n:08}"} for n in range(500)],
        }
        return {"id": number, "changes": [{"field": "messages", "value": value}]}

    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry("1"), entry("2")]}).encode()
    started = time.perf_counter()
    parsed = parse_exchange(body, RECEIVED_AT)
    assert len({(message.account, message.external_id) for message in parsed.messages}) == 1000
    assert parsed.messages[499].sender.name == "K499"
    assert time.perf_counter() - started < 1
