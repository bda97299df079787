from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.test import Client

from chargecars.logs import REDACTED, logging_config, mask_text, redact


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "password", "Authorization", "app_secret", "body", "html", "api_key", "cookie"],
)
def test_a_field_with_a_secret_or_a_content_is_replaced(name: str) -> None:
    assert redact(None, None, {"event": "sent", name: "very private"})[name] == REDACTED


def test_secrets_are_found_at_any_depth() -> None:
    event = redact(
        None, None, {"event": "x", "config": {"smtp": [{"password": "p4ss", "host": "mail.example"}]}}
    )
    assert event["config"] == {"smtp": [{"password": REDACTED, "host": "mail.example"}]}


@pytest.mark.parametrize(
    "number", ["+31612345678", "+31 6 12345678", "0031612345678", "0612345678", "06-12345678", "31612345678"]
)
def test_phone_numbers_in_free_text_are_masked(number: str) -> None:
    masked = mask_text(f"Key (phone)=({number}) already exists")
    assert number not in masked
    assert masked.startswith("Key (phone)=(")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T13:54:18.123456Z",
        "2026-11-22 13:54:18",
        "01939f2a-0000-7abc-8123-123456789012",
        "12345678-1234-7234-8234-123456789012",
        "CC-MSG-2026-000123",
        "waited 1234 ms",
        "127.0.0.1:8000",
    ],
)
def test_times_identifiers_and_counts_stay_readable(text: str) -> None:
    assert mask_text(text) == text


def test_secrets_in_addresses_and_headers_are_masked() -> None:
    masked = mask_text("GET /webhooks/whatsapp/?hub.mode=subscribe&hub.verify_token=abc123&hub.challenge=7")
    assert masked == f"GET /webhooks/whatsapp/?hub.mode=subscribe&hub.verify_token={REDACTED}&hub.challenge=7"
    assert "s3cr3t" not in mask_text("Authorization: Bearer s3cr3t")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a handler with the product's own formatter writes."""
    config = logging_config(level="INFO", json=True)["formatters"]["structured"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(**{k: v for k, v in config.items() if k != "()"})
    )
    logger = logging.getLogger()
    logger.addHandler(handler)
    yield handler.stream
    logger.removeHandler(handler)


def test_another_librarys_message_and_traceback_are_masked_too(lines: io.StringIO) -> None:
    try:
        raise ValueError("no such customer: +31612345678, token=abcdef")
    except ValueError:
        logging.getLogger("some.library").exception("call of %s failed", "+31687654321")
    record = json.loads(lines.getvalue())
    assert "612345678" not in lines.getvalue()
    assert "687654321" not in lines.getvalue()
    assert "abcdef" not in lines.getvalue()
    assert record["level"] == "error"
    assert "ValueError" in record["exception"]


def test_our_own_events_are_one_object_per_line(lines: io.StringIO) -> None:
    structlog.get_logger("ours").info("message_sent", channel="support", recipient="+31612345678")
    record = json.loads(lines.getvalue())
    assert record["event"] == "message_sent"
    assert record["channel"] == "support"
    assert record["recipient"] == "+31…78"


@pytest.mark.django_db
def test_the_line_of_a_request_names_the_address_the_proxy_saw_not_the_one_claimed(
    lines: io.StringIO, settings: Any
) -> None:
    settings.BEHIND_PROXY = True
    Client().get("/nowhere/", headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})

    (line,) = [json.loads(text) for text in lines.getvalue().splitlines() if "request_finished" in text]
    assert line["ip"] == "198.51.100.7"


@pytest.mark.django_db
def test_the_line_of_a_request_names_the_colleague_who_asked(
    lines: io.StringIO, admin_user: User, admin_client: Client
) -> None:
    admin_client.get("/nowhere/")
    Client().get("/nowhere/")

    found = [json.loads(text) for text in lines.getvalue().splitlines() if "request_finished" in text]
    assert [line["user_id"] for line in found] == [admin_user.pk, None]


@pytest.mark.django_db
def test_a_webhook_has_one_line_with_its_request_id_and_without_what_its_address_gives_away(
    lines: io.StringIO, settings: Any
) -> None:
    settings.BEHIND_PROXY = True
    address = "/webhooks/whatsapp/?hub.mode=subscribe&hub.verify_token=secret-of-the-brand&hub.challenge=7"
    Client().get(address, headers={"X-Forwarded-For": "198.51.100.7"})
    Client().get("/healthz")

    found = [json.loads(text) for text in lines.getvalue().splitlines()]
    (finished,) = [line for line in found if line["event"] == "request_finished"]
    (refused,) = [line for line in found if line["event"] == "webhook_refused"]
    assert finished["code"] == 403
    assert finished["ip"] == "198.51.100.7"
    assert finished["request_id"] == refused["request_id"]
    assert "secret-of-the-brand" not in lines.getvalue()
