from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.providers.base import (
    JSON,
    Account,
    InboundMessage,
    MalformedExchange,
    ParsedExchange,
    RawExchange,
)
from channels_app.providers.phone import PhoneConfig, PhoneProvider, merge_call
from tests.providers.phone.places import ARRIVED, CALL

Make = Callable[..., Account]
Golden = Callable[[str], dict[str, str]]
Event = Callable[..., RawExchange]


class Calls:
    """What a store makes of the events: messages by call id, events folded in, before or after."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.messages: dict[str, InboundMessage] = {}
        self.data: dict[str, dict[str, JSON]] = {}

    def take(self, exchanges: Iterable[RawExchange]) -> Calls:
        for exchange in exchanges:
            parsed = PhoneProvider().parse(exchange, self.account)
            for message in parsed.messages:
                self.messages.setdefault(message.external_id, message)
            for event in parsed.events:
                self.data[event.reference] = merge_call(self.data.get(event.reference, {}), event.data)
        return self

    def outcome(self, call_id: str) -> str:
        return str(self.data[call_id]["outcome"])


def parse(exchange: RawExchange, account: Account) -> ParsedExchange:
    return PhoneProvider().parse(exchange, account)


def test_a_missed_call_is_one_message(event: Event, account: Make, golden: Golden) -> None:
    parsed = parse(event(golden("twilio_missed")), account())
    (message,) = parsed.messages
    assert (message.kind, message.external_id, message.account) == ("call", CALL, "+31850000001")
    assert message.sender.address == "+31612345678"
    assert not message.echo
    assert message.data["outcome"] == "missed"
    assert message.data["cause"] == "no-answer"
    assert message.data["duration_seconds"] == 0
    assert message.data["from_anonymous"] is False
    (news,) = parsed.events
    assert (news.kind, news.reference, news.account) == ("call", CALL, "+31850000001")
    assert news.data == message.data


def test_a_withheld_number_has_no_identifier_and_says_so(event: Event, account: Make, golden: Golden) -> None:
    (message,) = parse(event(golden("twilio_anonymous_missed")), account()).messages
    assert message.sender.identifiers == ()
    assert message.data["from_anonymous"] is True
    assert message.data["outcome"] == "missed"


def test_a_call_of_another_brands_number_names_that_number(
    event: Event, account: Make, golden: Golden
) -> None:
    parsed = parse(event(golden("twilio_missed") | {"To": "+31850000002"}), account())
    assert [parsed.messages[0].account, parsed.events[0].account] == ["+31850000002"] * 2


def test_a_recording_without_a_caller_is_news_of_its_call(
    event: Event, account: Make, golden: Golden
) -> None:
    parsed = parse(event(golden("twilio_recording")), account())
    assert parsed.messages == ()
    (news,) = parsed.events
    assert (news.reference, news.account) == (CALL, "+31850000001")
    assert news.data["outcome"] == "voicemail"
    assert news.data["duration_seconds"] == 21
    assert str(news.data["recording_url"]).endswith("/RE1")


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        (["twilio_missed"], "missed"),
        (["twilio_ringing"], "ringing"),
        (["twilio_ringing", "twilio_missed"], "missed"),
        (["twilio_completed"], "answered"),
        (["twilio_dial_no_answer", "twilio_completed"], "missed"),
        (["twilio_dial_completed", "twilio_completed"], "answered"),
        (["twilio_dialled_leg_answered", "twilio_completed"], "answered"),
        (["twilio_dial_no_answer", "twilio_recording", "twilio_completed"], "voicemail"),
        (["twilio_ringing", "twilio_dial_no_answer", "twilio_dialled_leg_answered"], "answered"),
    ],
)
def test_a_call_ends_in_the_same_state_in_whatever_order_its_events_come(
    event: Event, account: Make, golden: Golden, events: list[str], outcome: str
) -> None:
    exchanges = [event(golden(name)) for name in events]
    results = []
    for order in permutations(exchanges):
        calls = Calls(account()).take([*order, order[0]])  # one comes twice
        assert list(calls.data) == [CALL]
        assert list(calls.messages) == [CALL]
        results.append(calls.data[CALL])
    assert all(result == results[0] for result in results)
    assert results[0]["outcome"] == outcome


def test_a_talk_that_was_recorded_is_no_voicemail(event: Event, account: Make, golden: Golden) -> None:
    data = parse(event(golden("twilio_dial_completed")), account()).events[0].data
    assert (data["outcome"], data["duration_seconds"]) == ("answered", 184)
    assert str(data["recording_url"]).endswith("/RE9")


def test_a_recording_that_failed_is_no_voicemail(event: Event, account: Make, golden: Golden) -> None:
    fields = golden("twilio_recording") | {"RecordingStatus": "absent"}
    assert parse(event(fields), account()).events[0].data["outcome"] == "ringing"


def test_calling_back_is_a_message_of_the_brand_once_it_is_answered(
    event: Event, account: Make, golden: Golden
) -> None:
    fields = golden("twilio_called_back")
    (message,) = parse(event(fields), account()).messages
    assert message.echo
    assert message.recipients[0].address == "+31612345678"
    assert message.data["outcome"] == "answered"
    for status in ("ringing", "no-answer", "busy"):
        assert parse(event(fields | {"CallStatus": status}), account()).messages == ()


def test_an_event_without_a_call_is_quarantined(event: Event, account: Make) -> None:
    for vendor in ("twilio", "sipgate", "placetel"):
        for body in ("", "x=1", "\x00", "&".join(["a=1"] * 1000)):
            with pytest.raises(MalformedExchange):
                parse(event(body), account(vendor=vendor))


def corpus_calls(
    corpus: Path, name: str, vendor: str, account: Make, event: Event
) -> tuple[Calls, list[JSON]]:
    events = json.loads((corpus / f"phone_{name}_events.json").read_text())
    calls = Calls(account("+4930600000000", vendor=vendor))
    return calls.take(event(entry["form_body"]) for entry in events), events


def test_sipgates_calls_end_in_the_right_state(corpus: Path, account: Make, event: Event) -> None:
    calls, _ = corpus_calls(corpus, "sipgate", "sipgate", account, event)
    incoming = {call_id: message for call_id, message in calls.messages.items() if not message.echo}
    assert {call_id: message.sender.address for call_id, message in incoming.items()} == {
        "4991155921769858278-1": "+4912347114711",
        "4991155921769858278-2": "+491715000000",
        "4991155921769858278-6": "+4912347114711",
    }
    assert {calls.outcome(call_id) for call_id in incoming} == {"ringing"}  # no end is told
    assert (calls.outcome("1234567890-1"), calls.data["1234567890-1"]["cause"]) == ("missed", "cancel")
    assert calls.outcome("1234567890-2") == "answered"
    echoes = {call_id for call_id, message in calls.messages.items() if message.echo}
    assert echoes == {"1234567890-2"}


def test_placetels_calls_end_in_the_right_state(corpus: Path, account: Make, event: Event) -> None:
    calls, _ = corpus_calls(corpus, "placetel", "placetel", account, event)
    incoming = {call_id: message for call_id, message in calls.messages.items() if not message.echo}
    assert {call_id: message.sender.address for call_id, message in incoming.items()} == {
        "4991155921769858278-1": "+491114100300",
        "4991155921769858278-2": "+491715000000",
        "4991155921769858278-6": "+491114100300",
    }
    assert {calls.outcome(call_id) for call_id in incoming} == {"ringing"}
    assert calls.outcome("1234567890-1") == "missed"  # the hang-up names neither end
    assert calls.outcome("1234567890-2") == "answered"
    assert {call_id for call_id, message in calls.messages.items() if message.echo} == {"1234567890-2"}


@pytest.mark.parametrize(
    ("vendor", "ring", "end", "outcome"),
    [
        ("sipgate", "event=newCall&direction=in&from={c}&to={n}&callId=1", "event=hangup&callId=1&cause=cancel", "missed"),
        ("sipgate", "event=newCall&direction=in&from={c}&to={n}&callId=1", "event=hangup&callId=1&cause=noAnswer", "missed"),
        (
            "sipgate",
            "event=newCall&direction=in&from={c}&to={n}&callId=1",
            "event=answer&callId=2&origCallId=1&user=voicemail",
            "voicemail",
        ),
        (
            "sipgate",
            "event=answer&direction=in&from={c}&to={n}&callId=1",
            "event=hangup&callId=1&cause=normalClearing",
            "answered",
        ),
        ("placetel", "event=IncomingCall&from={c}&to={n}&call_id=1", "event=HungUp&call_id=1&type=missed", "missed"),
        ("placetel", "event=IncomingCall&from={c}&to={n}&call_id=1", "event=HungUp&call_id=1&type=voicemail", "voicemail"),
        ("placetel", "event=IncomingCall&from={c}&to={n}&call_id=1", "event=HungUp&call_id=1&type=blocked", "blocked"),
        (
            "placetel",
            "event=CallAccepted&from={c}&to={n}&call_id=1",
            "event=HungUp&call_id=1&type=accepted&duration=63",
            "answered",
        ),
    ],
)  # fmt: skip
def test_a_hang_up_that_names_nobody_finds_its_call(
    event: Event, account: Make, vendor: str, ring: str, end: str, outcome: str
) -> None:
    first = event(ring.format(c="31612345678", n="31850000001"))
    for order in ((first, event(end)), (event(end), first)):
        calls = Calls(account(vendor=vendor)).take(order)
        assert calls.outcome("1") == outcome
        assert calls.messages["1"].sender.address == "+31612345678"


call_data = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["ringing", "missed", "blocked", "answered", "voicemail"]),
        "direction": st.sampled_from(["", "in", "out"]),
        "duration_seconds": st.none() | st.integers(0, 99),
        "recording_url": st.sampled_from(["", "https://a.example", "https://b.example"]),
        "from_anonymous": st.booleans(),
        "cause": st.sampled_from(["", "busy", "completed"]),
    }
).flatmap(
    lambda data: st.booleans().map(lambda flag: {**data, "assumed": flag and data["outcome"] == "answered"})
)


@given(call_data, call_data, call_data)
def test_merging_knows_no_order_and_no_repetition(
    a: dict[str, JSON], b: dict[str, JSON], c: dict[str, JSON]
) -> None:
    assert merge_call(a, b) == merge_call(b, a)
    assert merge_call(merge_call(a, b), c) == merge_call(a, merge_call(b, c))
    assert merge_call(a, a) == a == merge_call({}, a)


@given(body=st.binary(max_size=300), vendor=st.sampled_from(["twilio", "sipgate", "placetel"]))
def test_no_bytes_make_it_fail_otherwise_than_as_malformed(body: bytes, vendor: str) -> None:
    account = Account(UUID(int=1), "x", "+31850000001", "x", PhoneConfig.model_validate({"vendor": vendor}))
    for prefix in (b"", b"CallSid=1&", b"callId=1&", b"call_id=1&"):
        with contextlib.suppress(MalformedExchange):
            PhoneProvider().parse(RawExchange(prefix + body, ARRIVED, url="https://k.example/"), account)
