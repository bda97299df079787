from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from channels_app.providers.base import Account, RawExchange, SignatureInvalid
from channels_app.providers.sms import SmsProvider
from channels_app.providers.twilio import signature, url_variants, verify_signature

TOKEN = SecretStr("12345")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Exchange = Callable[..., RawExchange]


def signed(url: str, body: bytes, given: str) -> RawExchange:
    return RawExchange(body, NOW, url=url, headers={"x-twilio-signature": given})


def test_every_vector_of_the_corpus_is_judged_right(corpus: Path) -> None:
    vectors = json.loads((corpus / "_twilio_signature_vectors.json").read_text())
    assert vectors
    for vector in vectors:
        params = vector["params"]
        pairs = params.items() if isinstance(params, dict) else params
        body = urlencode([(name, value) for name, value in pairs]).encode()
        exchange = signed(vector["url"], body, vector["signature"])
        if vector["valid"]:
            verify_signature(exchange, SecretStr(vector["token"]))
        else:
            with pytest.raises(SignatureInvalid):
                verify_signature(exchange, SecretStr(vector["token"]))


def test_blank_values_spaces_and_accents_are_covered_as_they_came() -> None:
    fields = {"Body": "  Knippert één paal? ⚡ ", "ToZip": "", "From": "+31612345678"}
    url = "https://kanalen.example/webhooks/sms/1/"
    given = RequestValidator("12345").compute_signature(url, fields)
    verify_signature(signed(url, urlencode(fields).encode(), given), TOKEN)


def test_repeated_values_count_kept_or_dropped() -> None:
    pairs = [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    url = "https://kanalen.example/x"
    for variant in (sorted(pairs), sorted(set(pairs))):
        verify_signature(signed(url, urlencode(pairs).encode(), signature(TOKEN, url, variant)), TOKEN)


@pytest.mark.parametrize("signed_url", ["https://k.example/x?a=1", "https://k.example:443/x?a=1"])
@pytest.mark.parametrize("our_url", ["https://k.example/x?a=1", "https://k.example:443/x?a=1"])
def test_a_port_may_have_been_stripped_or_added(signed_url: str, our_url: str) -> None:
    verify_signature(signed(our_url, b"A=1", signature(TOKEN, signed_url, [("A", "1")])), TOKEN)


def test_an_odd_port_may_have_been_stripped() -> None:
    assert "http://user:pass@h.example/x?q=1" in url_variants("http://user:pass@h.example:8443/x?q=1")
    assert url_variants("no url") == ["no url"]


def test_another_host_path_or_query_is_refused() -> None:
    given = signature(TOKEN, "https://k.example/x?a=1", [("A", "1")])
    for url in ("https://other.example/x?a=1", "https://k.example/y?a=1", "https://k.example/x?a=2"):
        with pytest.raises(SignatureInvalid):
            verify_signature(signed(url, b"A=1", given), TOKEN)


def test_a_json_body_is_covered_by_its_hash_in_the_url() -> None:
    body = json.dumps({"status": "delivered"}).encode()
    url = f"https://k.example/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    exchange = signed(url, body, signature(TOKEN, url, []))
    verify_signature(exchange, TOKEN)
    with pytest.raises(SignatureInvalid):
        verify_signature(replace(exchange, body=body + b" "), TOKEN)
    assert RequestValidator("12345").validate(url, body.decode(), exchange.headers["x-twilio-signature"])


def test_without_signature_or_without_token_everything_is_refused(
    exchange: Exchange, account: Callable[..., Account], golden: Callable[[str], dict[str, str]]
) -> None:
    provider, genuine = SmsProvider(), exchange(golden("inbound_text"))
    assert provider.verify(genuine, [account()]).reply is None
    for forged in (
        replace(genuine, headers={}),
        replace(genuine, headers={"x-twilio-signature": "ü"}),
        replace(genuine, body=genuine.body + b"&x=1"),
        replace(genuine, body=b"&".join([b"a=1"] * 1000)),
    ):
        with pytest.raises(SignatureInvalid):
            provider.verify(forged, [account()])
    with pytest.raises(SignatureInvalid):
        provider.verify(exchange(golden("inbound_text"), token=""), [account(auth_token="")])
    with pytest.raises(SignatureInvalid):
        provider.verify(genuine, [])


def test_another_brands_token_proves_nothing(
    exchange: Exchange, account: Callable[..., Account], golden: Callable[[str], dict[str, str]]
) -> None:
    theirs = account("+3197010200002", "laderthuis", auth_token="token-of-laderthuis")
    with pytest.raises(SignatureInvalid):
        SmsProvider().verify(exchange(golden("inbound_text")), [theirs])


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_whatever_twilio_signs_is_accepted(fields: dict[str, Any]) -> None:
    url = "https://kanalen.example/webhooks/sms/1/?message=2"
    given = RequestValidator("12345").compute_signature(url, fields)
    verify_signature(signed(url, urlencode(fields).encode(), given), TOKEN)
