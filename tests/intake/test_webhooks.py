from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client

from channels_app.models import InboundReceipt
from channels_app.services import bells
from tests.factories import Brand, change, signature, text_message, webhook_body

URL = "/webhooks/whatsapp/"


@pytest.fixture
def provider() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, body: bytes, *, sign: str | None = "", url: str = URL) -> Any:
    headers = {} if sign is None else {"X-Hub-Signature-256": sign or signature(body)}
    return client.post(url, body, content_type="application/json", headers=headers)


def test_a_signed_exchange_is_kept_byte_for_byte(chargecars: Brand, provider: Client) -> None:
    body = b'{"object":"whatsapp_business_account","entry":[], "x":"\\u307f \xff"}'

    assert post(provider, body).status_code == 200
    assert bytes(InboundReceipt.objects.get().body) == body


@pytest.mark.parametrize(
    ("sign", "status"),
    [(None, 401), ("sha256=" + "0" * 64, 401), ("sha256=", 401), ("md5=abc", 401), ("sha256=ü", 401)],
)
def test_a_wrong_or_missing_signature_leaves_no_row(
    chargecars: Brand, provider: Client, sign: str | None, status: int
) -> None:
    assert post(provider, webhook_body(), sign=sign).status_code in (status, 403)
    assert not InboundReceipt.objects.exists()


def test_malformed_but_signed_json_is_accepted_so_that_it_is_not_sent_for_a_week(
    chargecars: Brand, provider: Client
) -> None:
    assert post(provider, b"{nonsense").status_code == 200
    assert InboundReceipt.objects.get().state == "pending"


def test_more_than_ten_megabytes_is_refused(chargecars: Brand, provider: Client, settings: Any) -> None:
    settings.WEBHOOK_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = b" " * 1001

    assert post(provider, body).status_code == 413
    assert not InboundReceipt.objects.exists()


def test_the_handshake_echoes_the_challenge_and_keeps_nothing(
    chargecars: Brand, provider: Client, settings: Any
) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "158201444",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
    }

    answer = provider.get(URL, query)

    assert (answer.status_code, answer.content) == (200, b"158201444")
    assert provider.get(URL, query | {"hub.verify_token": "wrong"}).status_code == 403
    assert not InboundReceipt.objects.exists()


def test_a_channels_own_verify_token_works_on_its_own_url(chargecars: Brand, provider: Client) -> None:
    channel = chargecars.channel("whatsapp", "support")
    token = channel.integration_config["webhook_verify_token"]
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": token}

    assert provider.get(f"{URL}{channel.id}/", query).content == b"42"


@pytest.mark.parametrize("url", ["/webhooks/telegram/", "/webhooks/teams/", "/webhooks/sms/"])
def test_a_medium_without_a_shared_webhook_is_not_found(provider: Client, db: None, url: str) -> None:
    assert post(provider, b"{}", url=url).status_code == 404


def test_a_database_that_is_down_makes_the_provider_try_again(chargecars: Brand, provider: Client) -> None:
    def down(*arguments: Any) -> None:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(down):
        assert post(provider, webhook_body()).status_code >= 500


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_between_two_calls_costs_the_provider_nothing(
    chargecars: Brand, provider: Client
) -> None:
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    body = webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")]))

    assert post(provider, body).status_code == 200
    assert InboundReceipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_costs_nothing_but_time(
    chargecars: Brand, provider: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "redis_client", lambda: redis.Redis.from_url("redis://127.0.0.1:1"))
    body = webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")]))

    assert post(provider, body).status_code == 200
    assert InboundReceipt.objects.count() == 1


def test_every_payload_of_the_corpus_is_accepted(chargecars: Brand, provider: Client, corpus: Path) -> None:
    files = [path for path in sorted((corpus / "whatsapp").glob("*.json")) if _is_payload(path)]

    answers = {path.name: post(provider, path.read_bytes()).status_code for path in files}

    assert len(answers) >= 100
    assert set(answers.values()) == {200}
    assert InboundReceipt.objects.count() == len(answers)


def _is_payload(path: Path) -> bool:
    return (
        not path.name.startswith("_")
        and not path.name.endswith(".expected.json")
        and bool(json.loads(path.read_bytes()))
    )
