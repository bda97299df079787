from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from channels_app.models import InboundReceipt


def _received(minutes_ago: int) -> None:
    InboundReceipt.objects.create(
        provider="whatsapp", body=b"{}", received_at=timezone.now() - timedelta(minutes=minutes_ago)
    )


def test_the_process_answers_without_asking_the_database(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_ready_names_database_broker_and_backlog(client: Client) -> None:
    _received(1)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == {"ok": True}
    assert answer.json()["broker"] == {"ok": True}
    assert answer.json()["backlog"]["receipts"] == 1
    assert answer.json()["backlog"]["oldest_seconds"] >= 60


@pytest.mark.django_db
def test_an_old_backlog_is_not_ready(client: Client, settings: Settings) -> None:
    _received(10)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["backlog"]["ok"] is False


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_not_ready(client: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nowhere/valkey.sock?db=0",
        }
    }
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"] == {"ok": False}


def test_metrics_are_for_this_machine_unless_a_token_is_set(client: Client, settings: Settings) -> None:
    assert b"python_info" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    settings.METRICS_TOKEN = "token-of-the-scraper"
    assert client.get("/metrics").status_code == 404
    allowed = client.get(
        "/metrics", headers={"Authorization": "Bearer token-of-the-scraper"}, REMOTE_ADDR="192.0.2.1"
    )
    assert allowed.status_code == 200


@pytest.mark.django_db
def test_pages_carry_a_content_security_policy_and_the_root_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert "frame-ancestors 'self'" in policy
