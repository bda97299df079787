from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr, ValidationError

from channels_app.providers.base import (
    Account,
    Identifier,
    IdentifierKind,
    OutboundMessage,
    Party,
    RawExchange,
    SignatureInvalid,
    Unsupported,
)
from channels_app.providers.phone import PhoneConfig, PhoneProvider, placetel, sipgate
from channels_app.sandbox.twilio_api import TwilioSandbox
from tests.providers.phone.places import ARRIVED, CHANNEL, URL

Make = Callable[..., Account]
Golden = Callable[[str], dict[str, str]]
Event = Callable[..., RawExchange]


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_twilios_signature_is_required(event: Event, account: Make, golden: Golden) -> None:
    genuine = event(golden("twilio_missed"))
    verified = PhoneProvider().verify(genuine, [account()])
    assert verified.reply is None
    assert verified.answer.endswith("<Response/>")  # empty TwiML, which a <Dial action> needs
    for forged in (replace(genuine, headers={}), replace(genuine, body=genuine.body + b"&x=1")):
        with pytest.raises(SignatureInvalid):
            PhoneProvider().verify(forged, [account()])
    with pytest.raises(SignatureInvalid):
        PhoneProvider().verify(genuine, [account("+31850000002", "laderthuis", auth_token="other")])


def test_placetels_own_example_is_accepted() -> None:
    call_id = "4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c"
    body = f"call_id={call_id}&event=CallAccepted&from=0123456789&to=0987654321".encode()
    given = "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0"
    placetel.verify(RawExchange(body, ARRIVED, headers={"x-placetel-signature": given}), SecretStr("12345"))


def test_placetels_signature_is_required(account: Make) -> None:
    body = b"event=IncomingCall&call_id=1"
    channel = account(vendor="placetel", webhook_secret="geheim")
    given = hmac.digest(b"geheim", body, "sha256").hex()
    genuine = RawExchange(body, ARRIVED, url=URL, headers={"x-placetel-signature": given})
    PhoneProvider().verify(genuine, [channel])
    for forged in (replace(genuine, body=body + b"2"), replace(genuine, headers={})):
        with pytest.raises(SignatureInvalid):
            PhoneProvider().verify(forged, [channel])
    unsigned = RawExchange(
        body, ARRIVED, headers={"x-placetel-signature": hmac.digest(b"", body, "sha256").hex()}
    )
    with pytest.raises(SignatureInvalid):
        PhoneProvider().verify(unsigned, [account(vendor="placetel")])


def test_sipgates_signature_is_required(account: Make, key: RSAPrivateKey, pem: str, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://kanalen.example"
    body = b"event=newCall&direction=in&from=31612345678&to=31850000001&callId=1"
    given = b64encode(key.sign(body, PKCS1v15(), SHA256())).decode()
    genuine = RawExchange(body, ARRIVED, url=URL, headers={"x-sipgate-signature": given})
    verified = PhoneProvider().verify(genuine, [account(vendor="sipgate", webhook_public_key=pem)])
    assert verified.reply is None
    assert f'onHangup="{URL}"' in verified.answer
    for forged in (
        replace(genuine, body=body + b"2"),
        replace(genuine, headers={}),
        replace(genuine, headers={"x-sipgate-signature": "ü"}),
    ):
        with pytest.raises(SignatureInvalid):
            PhoneProvider().verify(forged, [account(vendor="sipgate", webhook_public_key=pem)])
    with pytest.raises(SignatureInvalid):  # sipgate's published key did not sign this
        PhoneProvider().verify(genuine, [account(vendor="sipgate")])


def test_only_a_new_call_is_answered_with_where_to_send_its_events(
    account: Make, key: RSAPrivateKey, pem: str, settings: Any
) -> None:
    settings.PUBLIC_BASE_URL = "https://kanalen.example"
    body = b"event=hangup&cause=cancel&callId=1"
    given = b64encode(key.sign(body, PKCS1v15(), SHA256())).decode()
    exchange = RawExchange(body, ARRIVED, url=URL, headers={"x-sipgate-signature": given})
    assert PhoneProvider().verify(exchange, [account(vendor="sipgate", webhook_public_key=pem)]).answer == ""


def test_sipgates_published_key_can_be_read() -> None:
    assert sipgate.load_public_key(sipgate.PUBLIC_KEY).key_size == 4096


def test_a_key_that_is_none_is_refused_at_save() -> None:
    for pem in ("x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        with pytest.raises(ValidationError):
            PhoneConfig.model_validate({"webhook_public_key": pem})


def test_nothing_can_be_sent(account: Make) -> None:
    recipient = Party((Identifier(IdentifierKind.PHONE, "+31612345678"),))
    with pytest.raises(Unsupported):
        PhoneProvider().send(OutboundMessage(CHANNEL, recipient, "hoi"), account())


def test_the_check_signs_in_and_compares_the_callback(twilio: TwilioSandbox, account: Make) -> None:
    twilio.numbers = {"+31850000001": {"status_callback": URL}}
    assert PhoneProvider().check(account()).ok
    twilio.numbers = {"+31850000001": {"status_callback": URL, "voice_url": URL}}
    report = PhoneProvider().check(account())
    assert [item.ok for item in report.items] == [True, True, True, False]
    twilio.numbers = {"+31850000002": {}}
    report = PhoneProvider().check(account())
    assert [item.ok for item in report.items] == [True, False]
    assert "+31850000001" in report.items[1].detail
    assert not PhoneProvider().check(account(auth_token="wrong")).ok
    assert not PhoneProvider().check(account(auth_token="")).ok


def test_the_check_of_other_vendors_names_the_address_to_set(account: Make, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://kanalen.example"
    assert URL in PhoneProvider().check(account(vendor="sipgate")).items[-1].detail
    assert not PhoneProvider().check(account(vendor="placetel")).ok
    assert PhoneProvider().check(account(vendor="placetel", webhook_secret="x")).ok
