from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from channels_app.providers.base import RawExchange, SignatureInvalid, Verified
from channels_app.providers.whatsapp import WhatsAppProvider
from channels_app.sandbox.graph_callbacks import signed

from .conftest import RECEIVED_AT, make_account

BODY = b'{"object":"whatsapp_business_account","entry":[]}'
provider = WhatsAppProvider()


@pytest.fixture(autouse=True)
def app(settings: Any) -> None:
    settings.WHATSAPP_APP_SECRET = "app-secret"
    settings.WHATSAPP_VERIFY_TOKEN = "app-token"


def post(body: bytes, signature: str | None) -> RawExchange:
    headers = {} if signature is None else {"x-hub-signature-256": signature}
    return RawExchange(body=body, received_at=RECEIVED_AT, headers=headers)


def get(query: str) -> RawExchange:
    return RawExchange(
        body=b"", received_at=RECEIVED_AT, method="GET", url=f"https://cc.example/webhooks/whatsapp/?{query}"
    )


def signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def test_a_body_signed_with_the_app_secret_is_accepted() -> None:
    assert provider.verify(post(BODY, signature(BODY, "app-secret")), ()) == Verified(reply=None)


def test_a_body_signed_with_a_channels_own_secret_is_accepted_whichever_channel_it_is() -> None:
    accounts = [make_account(app_secret=SecretStr(secret)) for secret in ("one", "two", "")]
    assert provider.verify(post(BODY, signature(BODY, "two")), accounts) == Verified()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha1=" + "0" * 40,
        "sha256=" + "0" * 64,
        signature(BODY, "app-secret").removeprefix("sha256="),
        signature(BODY, "app-secret") + " ",
        signature(BODY, "app-secret").upper(),
        signature(BODY + b" ", "app-secret"),
        signature(BODY, ""),
        "sha256=\udcff\u2603",
    ],
)
def test_a_missing_or_wrong_signature_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureInvalid):
        provider.verify(post(BODY, header), ())


def test_nothing_is_accepted_while_no_secret_is_configured(settings: Any) -> None:
    settings.WHATSAPP_APP_SECRET = ""
    with pytest.raises(SignatureInvalid) as refused:
        provider.verify(post(BODY, signature(BODY, "")), [make_account()])
    assert refused.value.status == 403


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_one_changed_byte_is_noticed(body: bytes, position: int) -> None:
    at = position % (len(body) + 1)
    forged = body[:at] + b"!" + body[at:]
    with pytest.raises(SignatureInvalid):
        provider.verify(post(forged, signature(body, "app-secret")), ())


def test_the_signature_covers_the_escapes_as_they_were_sent() -> None:
    body, headers = signed({"body": "café 😡"}, "app-secret")
    assert b"caf\\u00e9 \\ud83d\\ude21" in body
    provider.verify(post(body, headers["X-Hub-Signature-256"]), ())
    decoded_and_encoded_again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    with pytest.raises(SignatureInvalid):
        provider.verify(post(decoded_and_encoded_again, headers["X-Hub-Signature-256"]), ())


def test_collected_signature_vectors_agree(corpus: Path, settings: Any) -> None:
    for vector in json.loads((corpus / "_signature_vectors.json").read_text()):
        settings.WHATSAPP_APP_SECRET = vector["app_secret"]
        exchange = post(vector["raw_body"].encode(), vector["x_hub_signature_256"])
        if vector["valid"]:
            provider.verify(exchange, ())
        else:
            with pytest.raises(SignatureInvalid):
                provider.verify(exchange, ())


@pytest.mark.parametrize("token", ["app-token", "channel-token"])
def test_a_handshake_is_answered_with_the_challenge(token: str) -> None:
    exchange = get(f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}")
    accounts = [make_account(webhook_verify_token="channel-token")]
    assert provider.verify(exchange, accounts) == Verified(reply="1158201444")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=app-token",
        "hub.mode=subscribe&hub.verify_token=app-token",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%E2%98%83",
    ],
)
def test_a_handshake_with_a_wrong_token_is_forbidden(query: str) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        provider.verify(get(query), [make_account(webhook_verify_token="channel-token")])
    assert refused.value.status == 403


def test_an_empty_token_never_matches(settings: Any) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    with pytest.raises(SignatureInvalid):
        provider.verify(get("hub.mode=subscribe&hub.challenge=1&hub.verify_token="), ())


def test_a_new_channel_gets_a_verify_token_of_its_own() -> None:
    first, second = (make_account().config.model_dump()["webhook_verify_token"] for _ in range(2))
    assert len(first) == 32
    assert first != second
