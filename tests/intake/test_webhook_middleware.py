from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries

from channels_app.models import InboundReceipt
from tests.factories import Brand, signature, webhook_body

URL = "/webhooks/whatsapp/"


@pytest.fixture
def provider() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def post(client: Client, *, url: str = URL, sign: str = "", **extra: Any) -> Any:
    body = webhook_body()
    headers = {"X-Hub-Signature-256": sign or signature(body), **extra.pop("headers", {})}
    return client.post(url, body, content_type="application/json", headers=headers, **extra)


def answered(provider: str, status: int) -> float:
    labels = {"provider": provider, "status": str(status)}
    return REGISTRY.get_sample_value("chargecars_webhook_seconds_count", labels) or 0.0


def test_a_provider_is_answered_without_session_cookie_or_language(
    chargecars: Brand, provider: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    provider.cookies["sessionid"] = "x" * 32
    provider.cookies["django_language"] = "en"
    with django_assert_num_queries(1):  # the receipt
        answer = post(provider)

    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Length"] == "0"
    assert "Vary" not in answer.headers


def test_over_plain_http_a_provider_is_sent_to_https_where_that_is_asked_for(
    chargecars: Brand, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = post(Client())  # a middleware reads the setting when it is made

    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("https://")
    assert not InboundReceipt.objects.exists()


@pytest.mark.parametrize(
    "url", ["/webhooks/", "/webhooks/no-such-medium/", "/webhooks/whatsapp/7/", "/webhooks/a/b/c/"]
)
def test_an_address_that_is_nobodys_is_not_found(db: None, provider: Client, url: str) -> None:
    assert post(provider, url=url).status_code == 404
    assert not InboundReceipt.objects.exists()


def test_a_call_for_another_site_is_refused(chargecars: Brand, provider: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["chargecars.example"]

    assert post(provider).status_code == 400
    assert post(provider, headers={"Host": "chargecars.example"}).status_code == 200
    assert InboundReceipt.objects.count() == 1


def test_answers_are_measured_by_medium_and_status(chargecars: Brand, provider: Client) -> None:
    accepted, refused = answered("whatsapp", 200), answered("whatsapp", 401)

    post(provider)
    post(provider, sign="sha256=" + "0" * 64)

    assert answered("whatsapp", 200) == accepted + 1
    assert answered("whatsapp", 401) == refused + 1


def test_who_asks_for_made_up_media_makes_no_measurements_of_their_own(db: None, provider: Client) -> None:
    before = answered("unknown", 404)

    post(provider, url="/webhooks/made-up-one/")
    post(provider, url="/webhooks/made-up-two/")

    assert answered("unknown", 404) == before + 2


def test_an_error_of_ours_is_measured_and_makes_the_provider_try_again(
    chargecars: Brand, provider: Client
) -> None:
    before = answered("whatsapp", 500)

    def down(*_: Any) -> None:
        raise OperationalError("the database is down")

    with connection.execute_wrapper(down):
        assert post(provider).status_code == 500

    assert answered("whatsapp", 500) == before + 1
