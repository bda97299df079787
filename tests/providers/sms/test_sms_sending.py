from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from channels_app.providers.base import (
    Account,
    AttachmentContent,
    Identifier,
    IdentifierKind,
    InboundAttachment,
    OutboundAttachment,
    OutboundMessage,
    Party,
    ProviderError,
    RawExchange,
)
from channels_app.providers.sms import SmsProvider
from channels_app.sandbox.twilio_api import TwilioSandbox
from tests.providers.sms.places import ARRIVED, CHANNEL

Make = Callable[..., Account]
MESSAGE = UUID("7d3ab6e4-9d36-4f41-9f3c-1f2f5a6f7a11")


def outgoing(to: str = "+31612345678", body: str = "Uw monteur komt om 10:00") -> OutboundMessage:
    recipient = Party((Identifier(IdentifierKind.PHONE, to),)) if to else Party(())
    return OutboundMessage(message_id=MESSAGE, recipient=recipient, body=body)


def refused(message: OutboundMessage, account: Account) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        SmsProvider().send(message, account)
    return caught.value


def test_a_message_leaves_with_a_callback_that_names_it(twilio: TwilioSandbox, account: Make) -> None:
    receipt = SmsProvider().send(outgoing(), account())
    (sent,) = twilio.sent("+31612345678")
    assert receipt.external_id == sent["sid"]
    assert receipt.data == {"segments": 1, "encoding": "GSM-7"}
    assert sent["request"] == {
        "To": "+31612345678",
        "From": "+3197010200001",
        "Body": "Uw monteur komt om 10:00",
        "StatusCallback": f"https://kanalen.example/webhooks/sms/{CHANNEL}/?message={MESSAGE}",
    }


def test_each_brand_sends_from_its_own_number(twilio: TwilioSandbox, account: Make) -> None:
    SmsProvider().send(outgoing(), account())
    SmsProvider().send(outgoing(), account("+3197010200002", "laderthuis"))
    assert [sent["request"]["From"] for sent in twilio.sent()] == ["+3197010200001", "+3197010200002"]


def test_a_messaging_service_chooses_the_number(twilio: TwilioSandbox, account: Make) -> None:
    SmsProvider().send(outgoing(), account(messaging_service_sid="MG1"))
    request = twilio.sent()[0]["request"]
    assert request["MessagingServiceSid"] == "MG1"
    assert "From" not in request


@pytest.mark.parametrize(
    ("code", "permanent", "suspends"),
    [
        (21610, True, False),
        (21211, True, False),
        (21614, True, False),
        (21617, True, False),
        (20003, False, True),
        (21606, False, True),
        (30002, False, True),
        (20429, False, False),
        (21611, False, False),
        (99999, True, False),
    ],
)
def test_twilios_codes_decide_what_happens_next(
    twilio: TwilioSandbox, account: Make, code: int, permanent: bool, suspends: bool
) -> None:
    error = refused(outgoing(f"+31600{code:06}"), account())
    assert (error.code, error.permanent, error.suspends_channel) == (str(code), permanent, suspends)
    assert not error.ambiguous
    assert (error.retry_after is not None) == (not permanent and not suspends)


def test_a_wrong_token_suspends_the_channel(twilio: TwilioSandbox, account: Make) -> None:
    error = refused(outgoing(), account(auth_token="wrong"))
    assert (error.code, error.suspends_channel) == ("20003", True)


def test_an_unknown_account_suspends_the_channel(
    httpserver: HTTPServer, settings: Any, account: Make
) -> None:
    settings.TWILIO_API_BASE = httpserver.url_for("")
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json").respond_with_json(
        {"code": 20404}, 404
    )
    error = refused(outgoing(), account())
    assert (error.suspends_channel, error.permanent) == (True, False)


def test_a_429_waits_as_long_as_twilio_asks(httpserver: HTTPServer, settings: Any, account: Make) -> None:
    settings.TWILIO_API_BASE = httpserver.url_for("")
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json").respond_with_json(
        {"code": 20429, "message": "Too Many Requests"}, 429, headers={"Retry-After": "17"}
    )
    error = refused(outgoing(), account())
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 17


@pytest.mark.parametrize(("status", "ambiguous"), [(500, False), (503, False), (502, True), (504, True)])
def test_a_gateway_that_gave_up_is_ambiguous(
    twilio: TwilioSandbox, account: Make, status: int, ambiguous: bool
) -> None:
    error = refused(outgoing(f"+31602000{status}"), account())
    assert (error.permanent, error.ambiguous) == (False, ambiguous)


def test_a_connection_that_drops_is_ambiguous(twilio: TwilioSandbox, account: Make) -> None:
    assert refused(outgoing("+31602000003"), account()).ambiguous
    assert len(twilio.sent("+31602000003")) == 1


def test_an_answer_without_a_body_is_survived(httpserver: HTTPServer, settings: Any, account: Make) -> None:
    settings.TWILIO_API_BASE = httpserver.url_for("")
    httpserver.expect_request("/2010-04-01/Accounts/AC1/Messages.json").respond_with_data("", 201)
    assert SmsProvider().send(outgoing(), account()).external_id == ""


def test_what_can_never_be_sent_does_not_leave(twilio: TwilioSandbox, account: Make) -> None:
    photo = OutboundAttachment("a.jpg", "image/jpeg", 1, lambda: BytesIO(b"x"))
    for message, config in (
        (outgoing(to=""), {}),
        (outgoing(body="  "), {}),
        (outgoing(body="x" * 1601), {}),
        (replace(outgoing(), attachments=(photo,)), {}),
        (outgoing(), {"account_sid": ""}),
        (outgoing(), {"auth_token": ""}),
        (outgoing(), {"vendor": "messagebird"}),
    ):
        error = refused(message, account(**config))
        assert error.permanent
        assert error.text
    assert twilio.sent() == []


def test_no_secret_is_in_an_error(twilio: TwilioSandbox, account: Make) -> None:
    error = refused(outgoing("+31600021610"), account())
    assert "token-of-twilio" not in repr(error) + error.text + repr(account())
    assert "31600021610" not in error.text


def test_a_base_typed_in_by_staff_cannot_point_inside(account: Make) -> None:
    error = refused(outgoing(), account(api_base="https://127.0.0.1:9"))
    assert error.code == "address_refused"


def test_the_stand_in_calls_back_with_signed_statuses(
    settings: Any, account: Make, httpserver: HTTPServer, twilio: TwilioSandbox
) -> None:
    settings.PUBLIC_BASE_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request(f"/webhooks/sms/{CHANNEL}/").respond_with_data("")
    twilio.statuses, twilio.delay = ("sent", "delivered"), 0.01
    receipt = SmsProvider().send(outgoing(), account())
    SmsProvider().send(outgoing("+31601030005"), account())
    deadline = time.monotonic() + 5
    while len(httpserver.log) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    states = set()
    for request, _answer in httpserver.log:
        exchange = RawExchange(
            body=request.get_data(),
            received_at=ARRIVED,
            url=request.url,
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        SmsProvider().verify(exchange, [account()])
        (status,) = SmsProvider().parse(exchange, account()).statuses
        assert status.message_id == MESSAGE
        states.add((status.external_id == receipt.external_id, status.state.value))
    assert states == {(True, "sent"), (True, "delivered"), (False, "sent"), (False, "failed")}


def test_a_photo_is_fetched_with_the_password_and_its_copy_without(
    httpserver: HTTPServer, settings: Any, account: Make
) -> None:
    settings.TWILIO_API_BASE = httpserver.url_for("")
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    media = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    copy = httpserver.url_for("/copy")
    httpserver.expect_request(media).respond_with_data("", 307, headers={"Location": copy})
    httpserver.expect_request("/copy").respond_with_data(b"JPEG", content_type="image/jpeg")
    photo = InboundAttachment(
        "a.jpg", "image/jpeg", AttachmentContent.REMOTE, media_id=httpserver.url_for(media)
    )
    assert SmsProvider().download(photo, account()) == b"JPEG"
    assert ["Authorization" in request.headers for request, _ in httpserver.log] == [True, False]


def test_a_photo_elsewhere_gets_no_password(httpserver: HTTPServer, settings: Any, account: Make) -> None:
    settings.TWILIO_API_BASE = "https://api.twilio.com"
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    httpserver.expect_request("/photo").respond_with_data(b"JPEG")
    photo = InboundAttachment(
        "a", "image/jpeg", AttachmentContent.REMOTE, media_id=httpserver.url_for("/photo")
    )
    assert SmsProvider().download(photo, account()) == b"JPEG"
    assert "Authorization" not in httpserver.log[0][0].headers


def test_the_check_signs_in_and_compares_the_webhook(twilio: TwilioSandbox, account: Make) -> None:
    ours = f"https://kanalen.example/webhooks/sms/{CHANNEL}/"
    twilio.numbers = {"+3197010200001": {"sms_url": ours}}
    assert SmsProvider().check(account()).ok
    twilio.numbers = {"+3197010200001": {"sms_url": "https://demo.example/sms?token=geheim"}}
    report = SmsProvider().check(account())
    assert [item.ok for item in report.items] == [True, True, False]
    assert ours in report.items[-1].detail
    assert "geheim" not in report.items[-1].detail


@pytest.mark.parametrize(
    ("address", "config", "numbers"),
    [
        ("+3197010200001", {"auth_token": "wrong"}, {}),
        ("+3197010200001", {"account_sid": ""}, {}),
        ("+3197010200001", {}, {"+3197010200002": {}}),
        ("+3197010200001", {}, {"+3197010200001": {"capabilities": {"sms": False}}}),
        ("ChargeCars", {}, {}),
    ],
)
def test_the_check_says_in_words_what_is_wrong(
    twilio: TwilioSandbox, account: Make, address: str, config: dict[str, str], numbers: dict[str, Any]
) -> None:
    twilio.numbers = numbers
    report = SmsProvider().check(account(address, **config))
    assert not report.ok
    assert report.items[-1].detail


def test_the_check_of_messagebird_asks_for_the_key(account: Make) -> None:
    assert not SmsProvider().check(account(vendor="messagebird")).ok
    assert SmsProvider().check(account(vendor="messagebird", signing_key="k")).ok
