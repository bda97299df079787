from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from channels_app.providers.base import (
    Account,
    DeliveryState,
    MalformedExchange,
    RawExchange,
    SignatureInvalid,
)
from channels_app.providers.sms import SmsProvider, messagebird
from tests.providers.sms.places import ARRIVED

Make = Callable[..., Account]
Golden = Callable[[str], dict[str, str]]
URL = "https://kanalen.example/webhooks/sms/1/?b=2&a=1"
KEY = "signing-key"


def signed(body: bytes, *, part: str = URL, at: datetime = ARRIVED, key: str = KEY) -> RawExchange:
    timestamp = str(int(at.timestamp()))
    content = b"\n".join([timestamp.encode(), part.encode(), hashlib.sha256(body).digest()])
    given = b64encode(hmac.digest(key.encode(), content, "sha256")).decode()
    headers = {"messagebird-signature": given, "messagebird-request-timestamp": timestamp}
    return RawExchange(body, ARRIVED, url=URL, headers=headers)


@pytest.fixture
def bird(account: Make) -> Account:
    return account(vendor="messagebird", signing_key=KEY, auth_token="")


def test_every_jwt_vector_of_the_corpus_is_judged_right(corpus: Path) -> None:
    vectors = json.loads((corpus / "_messagebird_jwt_vectors.json").read_text())
    assert vectors
    for vector in vectors:
        exchange = RawExchange(
            body=vector.get("payload", "").encode(),
            received_at=datetime.fromisoformat(vector["timestamp"]),
            method=vector["method"],
            url=vector["url"],
            headers={"messagebird-signature-jwt": vector["token"]},
        )
        key = SecretStr(vector.get("secret") or "")
        if vector["valid"]:
            messagebird.verify(exchange, key, timedelta(hours=1))
            for forged in (
                replace(exchange, url=exchange.url + "x"),
                replace(exchange, headers={"messagebird-signature-jwt": vector["token"][:-2]}),
            ):
                with pytest.raises(SignatureInvalid):
                    messagebird.verify(forged, key, timedelta(hours=1))
        else:
            with pytest.raises(SignatureInvalid):
                messagebird.verify(exchange, key, timedelta(hours=1))


@pytest.mark.parametrize("part", [URL, "a=1&b=2"])
def test_the_url_or_the_sorted_query_may_be_what_is_signed(bird: Account, part: str) -> None:
    SmsProvider().verify(signed(b"{}", part=part), [bird])


def test_anything_but_the_signed_bytes_is_refused(bird: Account) -> None:
    genuine = signed(b'{"originator":"31612345678"}')
    for forged in (
        replace(genuine, body=b"{}"),
        replace(genuine, url=URL + "&c=3"),
        replace(genuine, headers={}),
        replace(genuine, headers={**genuine.headers, "messagebird-signature": "not base64 ü"}),
        replace(genuine, headers={**genuine.headers, "messagebird-request-timestamp": "soon"}),
        replace(genuine, headers={"messagebird-signature-jwt": "ü.ü.ü"}),
        replace(genuine, headers={"messagebird-signature-jwt": "e30.e30.e30"}),
        signed(b"{}", key=""),
    ):
        with pytest.raises(SignatureInvalid):
            SmsProvider().verify(forged, [bird])


def test_a_jwt_without_algorithm_is_refused(bird: Account) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJNZXNzYWdlQmlyZCJ9."
    with pytest.raises(SignatureInvalid):
        SmsProvider().verify(
            RawExchange(b"", ARRIVED, url=URL, headers={"messagebird-signature-jwt": unsigned}), [bird]
        )


def test_an_old_signature_ages_out(bird: Account, account: Make) -> None:
    SmsProvider().verify(signed(b"{}", at=ARRIVED - timedelta(minutes=59)), [bird])
    for at in (ARRIVED - timedelta(minutes=61), ARRIVED + timedelta(minutes=2)):
        with pytest.raises(SignatureInvalid):
            SmsProvider().verify(signed(b"{}", at=at), [bird])
    patient = account(vendor="messagebird", signing_key=KEY, signature_max_age_minutes=1440)
    SmsProvider().verify(signed(b"{}", at=ARRIVED - timedelta(hours=20)), [patient])


def test_a_message_is_read_from_json_and_from_a_form(bird: Account, golden: Golden) -> None:
    fields = golden("messagebird_inbound")
    for body in (json.dumps(fields).encode(), urlencode(fields).encode()):
        (message,) = SmsProvider().parse(RawExchange(body, ARRIVED, url=URL), bird).messages
        assert message.external_id == "e8077d803532c0b5937c639b60216938"
        assert message.account == "+3197010200001"
        assert message.sender.address == "+31612345678"
        assert message.body == "Wanneer komt de monteur?"
        assert message.sent_at == datetime.fromisoformat("2026-03-02T09:29:58+00:00")


def test_a_message_in_the_query_of_a_get_is_read(bird: Account, golden: Golden) -> None:
    url = "https://kanalen.example/webhooks/sms/1/?" + urlencode(golden("messagebird_inbound"))
    (message,) = SmsProvider().parse(RawExchange(b"", ARRIVED, method="GET", url=url), bird).messages
    assert message.body == "Wanneer komt de monteur?"


def test_birds_envelope_is_read(bird: Account, golden: Golden) -> None:
    body = json.dumps(golden("bird_inbound")).encode()
    (message,) = SmsProvider().parse(RawExchange(body, ARRIVED, url=URL), bird).messages
    assert (message.sender.address, message.body) == ("+31612345678", "Hoi vanaf Bird")


def test_a_report_of_failure_says_why(bird: Account, golden: Golden) -> None:
    body = json.dumps(golden("messagebird_report_failed")).encode()
    (status,) = SmsProvider().parse(RawExchange(body, ARRIVED, url=URL), bird).statuses
    assert status.state is DeliveryState.FAILED
    assert status.message_id == UUID("7d3ab6e4-9d36-4f41-9f3c-1f2f5a6f7a11")
    assert status.failure is not None
    assert (status.failure.code, status.failure.text) == ("1", "unknown subscriber")


def test_the_peers_messages_are_read(corpus: Path, bird: Account) -> None:
    found = {}
    for file in sorted(corpus.glob("messagebird_zammad_*.json")):
        body = json.dumps(json.loads(file.read_text())["json_params"]).encode()
        (message,) = SmsProvider().parse(RawExchange(body, ARRIVED, url=URL), bird).messages
        assert message.sender.address == "+491710000000"
        assert message.account == "+4915700000000"
        found[message.body[:9]] = message.external_id
    assert found["Follow-up"] == "123"


def test_a_message_without_an_id_gets_the_same_one_each_time(bird: Account, golden: Golden) -> None:
    fields = golden("messagebird_inbound") | {"id": ""}

    def external_id(body: str) -> str:
        raw = RawExchange(json.dumps(fields | {"body": body}).encode(), ARRIVED, url=URL)
        return SmsProvider().parse(raw, bird).messages[0].external_id

    assert external_id("a") == external_id("a") != external_id("b")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"payload": {}}x', b"\xff\xfe", b'{"a": NaN}'])
def test_nonsense_is_quarantined(bird: Account, body: bytes) -> None:
    with pytest.raises(MalformedExchange):
        SmsProvider().parse(RawExchange(body, ARRIVED, url="https://k.example/"), bird)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(
            st.sampled_from(
                [
                    "payload",
                    "sender",
                    "contact",
                    "identifierValue",
                    "event",
                    "status",
                    "id",
                    "body",
                    "text",
                    "originator",
                    "createdDatetime",
                    "createdAt",
                    "reference",
                ]
            ),
            inner,
        ),
    )
)
def test_no_object_makes_it_fail_otherwise_than_as_malformed(fields: object) -> None:
    with contextlib.suppress(MalformedExchange):
        messagebird.parse(RawExchange(json.dumps(fields).encode(), ARRIVED, url=URL), None)
