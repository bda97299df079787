"""What a browser and a stranger meet: policies, cookies, limits, and nothing secret in logs or errors."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis
import structlog
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler

from channels_app.models import AuditEntry, Contact
from channels_app.services import rate_limits
from channels_app.throttling import LIMITS, Limit, wait_for
from chargecars.logs import logging_config, scrub_event
from tests.admin.conftest import Staff
from tests.admin.test_pages import address
from tests.factories import Brand, make_member, signature

_CHECKOUT = Path(__file__).resolve().parents[2]
_KEY = "Zq3vT9wLx2Rk7Yb5Nc8Hd4Jf6Mg1Ps0aUeVoXiCtB-_=9pLm3Qr7"
SECRET = "EAAG-very-secret-token"


def production(*arguments: str) -> subprocess.CompletedProcess[str]:
    """manage.py as an installation behind https would run it."""
    keep = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "STATE_DIR", "ENV_FILE")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=_CHECKOUT,
        env=keep | {"SECRET_KEY": _KEY, "FERNET_KEYS": _KEY, "PUBLIC_BASE_URL": "https://desk.example.com"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_finds_nothing() -> None:
    answer = production("check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


def test_behind_https_cookies_are_secure_hsts_is_on_and_a_second_factor_is_demanded() -> None:
    program = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY,"
        " s.SECURE_HSTS_SECONDS >= 31536000, s.SECURE_SSL_REDIRECT, s.REQUIRE_SECOND_FACTOR, s.DEBUG)"
    )
    assert production("shell", "--no-imports", "-c", program).stdout.split() == [
        "True", "True", "True", "True", "True", "True", "False",
    ]  # fmt: skip


def test_scripts_need_the_nonce_of_their_page(staff: Staff) -> None:
    for browser, url in ((staff.agent, reverse("admin:index")), (Client(), reverse("admin:login"))):
        answer = browser.get(url)
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
        )
        assert "'unsafe-inline'" not in policy["script-src"]
        assert policy["object-src"] == "'none'"
        assert policy["frame-ancestors"] == "'self'"
        nonce = re.search(r"'nonce-([^']+)'", policy["script-src"])
        html = answer.content.decode()
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", html)
        executable = [tag for tag in scripts if "application/json" not in tag]
        if executable:
            assert nonce is not None
            assert all(f'nonce="{nonce[1]}"' in tag for tag in executable), executable
        assert not re.search(r"\son(click|load|error|submit)=", html)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.fixture
def narrow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits on, and so small that a test reaches them."""
    settings.PUBLIC_LIMITS = True
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, Limit(per_minute=1, burst=2))
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter("limit:page:*"):
        client.delete(key)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("post", "/admin/login/"),
        ("post", "/account/forgotten/"),
        ("get", "/invitation/x/"),
        ("get", "/ack/x/"),
        ("post", "/account/second-factor/"),
        ("get", "/account/new-password/x/y/"),
    ],
)
def test_a_public_page_that_is_asked_for_too_often_says_when_to_come_back(
    method: str, url: str, narrow: None, db: None
) -> None:
    ask = getattr(Client(), method)
    codes = [ask(url).status_code for _ in range(3)]
    answer = ask(url)
    assert 429 not in codes[:2]
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 120


def test_refused_webhooks_are_limited_and_signed_ones_never(narrow: None, alfa: Brand) -> None:
    client = Client()

    def post(header: str) -> int:
        return client.post(
            "/webhooks/whatsapp/", b"{}", content_type="application/json",
            headers={"X-Hub-Signature-256": header},
        ).status_code  # fmt: skip

    codes = [post("sha256=00") for _ in range(6)]
    assert set(codes[:2]) <= {401, 403}
    assert codes[-1] == 429
    assert {post(signature(b"{}")) for _ in range(6)} == {200}


def test_the_simulator_is_limited_per_member_of_staff(narrow: None, staff: Staff, alfa: Brand) -> None:
    body = {
        "entity": "alfa", "channel": {"type": "email", "code": "support"}, "subject": "", "body": "kapot",
    }  # fmt: skip
    codes = [
        staff.agent.post("/api/v1/routing/simulate/", body, content_type="application/json").status_code
        for _ in range(4)
    ]
    assert codes[0] == 200
    assert codes[-1] == 429
    other = staff.manager.post("/api/v1/routing/simulate/", body, content_type="application/json")
    assert other.status_code == 200


def test_without_redis_nothing_is_limited_and_a_log_line_says_so(narrow: None) -> None:
    broken = mock.Mock()
    broken.eval.side_effect = redis.ConnectionError
    with (
        mock.patch.object(rate_limits, "redis_client", return_value=broken),
        structlog.testing.capture_logs() as logs,
    ):
        assert [wait_for("sign-in", "192.0.2.1") for _ in range(5)] == [timedelta(0)] * 5
    assert {line["event"] for line in logs} == {"rate_limits_unavailable"}


def test_the_address_behind_a_proxy_is_the_one_the_proxy_saw(settings: Any, narrow: None, db: None) -> None:
    settings.BEHIND_PROXY = True
    codes = [
        Client()
        .get("/invitation/x/", headers={"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.7"})
        .status_code
        for number in range(4)
    ]
    assert codes[-1] == 429  # whatever the client claims in front, the last entry counts


def test_no_error_goes_out_by_mail_and_an_error_report_holds_no_secret_and_no_customer() -> None:
    handlers = [
        handler
        for name in (None, *logging.root.manager.loggerDict)
        for handler in logging.getLogger(name).handlers
    ]
    assert not [handler for handler in handlers if isinstance(handler, AdminEmailHandler)]
    event = {
        "logentry": {"message": f"token={SECRET}"},
        "exception": {"values": [{"value": f"password={SECRET} +31612345678", "stacktrace": {"frames": [{"vars": {"a": SECRET}}]}}]},
        "request": {"url": f"https://x/?token={SECRET}", "data": {"body": "hallo"}, "headers": {"Authorization": f"Token {SECRET}"}},
        "breadcrumbs": {"values": [{"message": f"secret={SECRET}"}]},
    }  # fmt: skip
    sent = str(scrub_event(event, {}))
    assert SECRET not in sent
    assert "612345678" not in sent
    assert "hallo" not in sent


def test_a_failing_request_writes_no_secret_into_the_log(staff: Staff, alfa: Brand) -> None:
    stream = io.StringIO()
    config = logging_config(level="INFO", json=True)["formatters"]["structured"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(**{k: v for k, v in config.items() if k != "()"})
    )
    logging.getLogger().addHandler(handler)
    staff.administrator.raise_request_exception = False
    try:
        with mock.patch.object(Contact, "__str__", side_effect=RuntimeError(f"access_token={SECRET}")):
            contact = Contact.objects.get(business_entity=alfa.entity)
            answer = staff.administrator.get(address(Contact, "change", contact.pk))
    finally:
        logging.getLogger().removeHandler(handler)
    assert answer.status_code == 500
    assert SECRET not in answer.content.decode()
    assert "RuntimeError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_a_suspended_account_is_out_at_once(alfa: Brand) -> None:
    user = make_member("weg", "administrator", alfa)
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(address(AuditEntry, "changelist")).status_code == 200
    user.is_active = False
    user.save()
    assert browser.get(address(AuditEntry, "changelist")).status_code == 302
