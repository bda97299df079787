"""The stand-in of the Graph API is held to what Meta does, since tests and demo lean on it."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from pytest_httpserver import HTTPServer
from werkzeug import Request as WerkzeugRequest
from werkzeug import Response as WerkzeugResponse

from channels_app.providers import http
from channels_app.providers.base import Account, DeliveryState, OutboundMessage, ParsedExchange, RawExchange
from channels_app.providers.whatsapp import WhatsAppProvider
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_callbacks import WebhookTarget

from .conftest import MESSAGE_ID, RECEIVED_AT

provider = WhatsAppProvider()
Build = Callable[..., OutboundMessage]
BEARER = {"Authorization": "Bearer x"}


@pytest.fixture
def call(graph: GraphSandbox, settings: Any) -> Callable[..., http.Response]:
    def make(method: str, path: str, **options: Any) -> http.Response:
        return http.request(method, settings.WHATSAPP_API_BASE + path, configured=True, **options)

    return make


@pytest.fixture
def received(httpserver: HTTPServer, settings: Any, account: Account) -> Iterator[list[ParsedExchange]]:
    """A webhook that verifies and parses what it gets, as the product does."""
    settings.WHATSAPP_APP_SECRET = "app-secret"
    parsed: list[ParsedExchange] = []

    def handle(request: WerkzeugRequest) -> WerkzeugResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        exchange = RawExchange(body=request.get_data(), received_at=RECEIVED_AT, headers=headers)
        provider.verify(exchange, [account])
        parsed.append(provider.parse(exchange, None))
        return WerkzeugResponse("")

    httpserver.expect_request("/hook").respond_with_handler(handle)
    yield parsed
    httpserver.check()


def wait_for(parsed: list[ParsedExchange], count: int) -> list[ParsedExchange]:
    deadline = time.monotonic() + 5
    while len(parsed) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return parsed


def test_a_sent_message_is_reported_sent_delivered_and_read_with_our_id(
    graph: GraphSandbox,
    account: Account,
    message: Build,
    received: list[ParsedExchange],
    httpserver: HTTPServer,
) -> None:
    graph.webhook = WebhookTarget(httpserver.url_for("/hook"), "app-secret", delay=0.01)
    receipt = provider.send(message(body="Hoi"), account)
    statuses = [status for exchange in wait_for(received, 3) for status in exchange.statuses]
    assert [status.state for status in statuses] == [
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
    ]
    assert {status.message_id for status in statuses} == {MESSAGE_ID}
    assert {status.external_id for status in statuses} == {receipt.external_id}
    assert {status.account for status in statuses} == {"123456789012345"}


def test_a_message_that_was_kept_before_the_connection_dropped_is_still_reported(
    graph: GraphSandbox,
    account: Account,
    message: Build,
    received: list[ParsedExchange],
    httpserver: HTTPServer,
) -> None:
    graph.webhook = WebhookTarget(httpserver.url_for("/hook"), "app-secret", ("delivered",), 0.01)
    with pytest.raises(Exception, match="broke"):
        provider.send(message("+31602000003", body="Hoi"), account)
    (status,) = wait_for(received, 1)[0].statuses
    assert status.message_id == MESSAGE_ID


def test_a_number_can_ask_for_a_late_failure(
    graph: GraphSandbox,
    account: Account,
    message: Build,
    received: list[ParsedExchange],
    httpserver: HTTPServer,
) -> None:
    graph.webhook = WebhookTarget(httpserver.url_for("/hook"), "app-secret", delay=0.01)
    provider.send(message("+31601131026", body="Hoi"), account)
    statuses = [status for exchange in wait_for(received, 2) for status in exchange.statuses]
    assert [status.state for status in statuses] == [DeliveryState.SENT, DeliveryState.FAILED]
    assert statuses[1].failure is not None
    assert (statuses[1].failure.code, statuses[1].failure.permanent) == ("131026", True)


def test_a_customer_can_be_made_to_write_and_to_send_a_photo(
    call: Callable[..., http.Response],
    account: Account,
    received: list[ParsedExchange],
    httpserver: HTTPServer,
) -> None:
    call("POST", "/sandbox/webhook", json={"url": httpserver.url_for("/hook"), "app_secret": "app-secret"})
    uploaded = call("POST", "/sandbox/media", content=b"photo", headers={"Content-Type": "image/jpeg"}).json()
    image = {"id": uploaded["id"], "mime_type": "image/jpeg", "sha256": uploaded["sha256"], "caption": "Kijk"}
    answer = call(
        "POST",
        "/sandbox/inbound",
        json={
            "phone_number_id": "123456789012345",
            "name": "Jan 😡",
            "message": {"from": "31687654321", "type": "image", "image": image},
        },
    ).json()
    (message,) = wait_for(received, 1)[0].messages
    assert (answer["status"], message.external_id) == (200, answer["id"])
    assert (message.body, message.sender.name, message.sender.address) == ("Kijk", "Jan 😡", "+31687654321")
    assert provider.download(message.attachments[0], account) == b"photo"


def test_the_outbox_is_read_by_recipient_and_emptied(
    call: Callable[..., http.Response], account: Account, message: Build
) -> None:
    provider.send(message("+31611111111", body="een"), account)
    provider.send(message("+31622222222", body="twee"), account)
    found = call("GET", "/sandbox/outbox", params={"to": "+31622222222"}).json()["messages"]
    assert [item["request"]["text"]["body"] for item in found] == ["twee"]
    call("DELETE", "/sandbox/outbox")
    assert call("GET", "/sandbox/outbox").json() == {"messages": []}


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        ({}, 100),
        ({"messaging_product": "whatsapp"}, 100),
        ({"messaging_product": "whatsapp", "to": "jan"}, 131009),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "text"}, 131008),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "text", "text": {}}, 131008),
        (
            {
                "messaging_product": "whatsapp",
                "to": "31687654321",
                "type": "text",
                "text": {"body": "x" * 4097},
            },
            100,
        ),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "telegram"}, 100),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "image", "image": {"id": "1"}}, 100),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "image", "image": {}}, 131008),
        (
            {"messaging_product": "whatsapp", "to": "31687654321", "type": "interactive", "interactive": {}},
            131008,
        ),
        ({"messaging_product": "whatsapp", "to": "31687654321", "type": "reaction", "reaction": {}}, 131008),
    ],
)
def test_the_stand_in_refuses_what_meta_refuses(
    call: Callable[..., http.Response], graph: GraphSandbox, request_body: dict[str, Any], code: int
) -> None:
    answer = call("POST", "/v26.0/1/messages", json=request_body, headers=BEARER)
    assert (answer.status, answer.json()["error"]["code"]) == (400, code)
    assert not graph.outbox


def test_the_stand_in_wants_a_token(call: Callable[..., http.Response]) -> None:
    answer = call("POST", "/v26.0/1/messages", json={})
    assert (answer.status, answer.json()["error"]["code"]) == (401, 190)


def test_a_fault_can_be_queued_and_unknown_controls_are_refused(call: Callable[..., http.Response]) -> None:
    assert call("POST", "/sandbox/faults", json={"kind": "http", "status": 418}).ok
    assert call("GET", "/v26.0/1", headers=BEARER).status == 418
    assert call("GET", "/v26.0/1", headers=BEARER).status == 200
    assert call("POST", "/sandbox/faults", json={"nonsense": 1}).status == 400
    assert call("GET", "/sandbox/nonsense").status == 404
    assert call("GET", "/elsewhere").status == 404


def test_a_read_mark_is_accepted_and_is_no_message(
    call: Callable[..., http.Response], graph: GraphSandbox
) -> None:
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert call("POST", "/v26.0/1/messages", json=mark, headers=BEARER).json() == {"success": True}
    assert not graph.outbox


def test_numbers_and_templates_can_be_set(call: Callable[..., http.Response], account: Account) -> None:
    call("PUT", "/sandbox/numbers", json={"123456789012345": "+31612345001"})
    template = {"name": "nieuw", "language": "nl", "status": "APPROVED", "components": []}
    call("PUT", "/sandbox/templates", json={"data": [template]})
    assert [found.name for found in provider.templates(account)] == ["nieuw"]
    assert call("GET", "/v26.0/999", headers=BEARER).json()["error"]["error_subcode"] == 33


def test_the_command_serves_the_stand_in(settings: Any, account: Account, message: Build) -> None:
    output = io.StringIO()
    # Port 0 takes a free one; the thread ends with the tests.
    threading.Thread(
        target=call_command, args=("sandbox_graph", "--port", "0"), kwargs={"stdout": output}, daemon=True
    ).start()
    deadline = time.monotonic() + 5
    while "=" not in output.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    settings.WHATSAPP_API_BASE = output.getvalue().strip().partition("=")[2]
    assert provider.send(message(body="Hoi"), account).external_id.startswith("wamid.")
    assert json.loads(
        http.request("GET", f"{settings.WHATSAPP_API_BASE}/sandbox/outbox", configured=True).body
    )["messages"]
