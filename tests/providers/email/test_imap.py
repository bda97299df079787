"""Reading a mailbox on a real server, Debian's Dovecot."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels_app.providers.base import Account, ProviderError
from channels_app.providers.email import EmailProvider, connections, oauth
from channels_app.providers.email.imap import fetch_new, open_mailbox
from tests.providers.email.conftest import mail, make_account
from tests.providers.email.servers import DOVECOT, PASSWORD, ImapServer, MailSink, dovecot, smtp_server

pytestmark = [
    pytest.mark.skipif(DOVECOT is None, reason="Dovecot (package dovecot-imapd) is not installed"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]


@pytest.fixture(scope="module")
def introspection() -> Iterator[HTTPServer]:
    server = HTTPServer(host="127.0.0.1")

    def answer(request: Request) -> Response:
        user = request.form.get("token", "").removeprefix("token-of-")
        known = request.form.get("token", "").startswith("token-of-")
        body = f'{{"active": {str(known).lower()}, "email": "{user}"}}'
        return Response(body, content_type="application/json")

    server.expect_request("/introspect").respond_with_handler(answer)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(introspection: HTTPServer) -> Iterator[ImapServer]:
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    home.chmod(0o755)
    try:
        with dovecot(home, introspection_url=introspection.url_for("/introspect")) as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]


@pytest.fixture
def account(server: ImapServer, request: pytest.FixtureRequest) -> Account:
    """A mailbox of its own for each test."""
    address = f"box{abs(hash(request.node.name)) % 10**9}@chargecars.example"
    return make_account(
        address, imap_host="127.0.0.1", imap_port=server.port, imap_security="none", password=PASSWORD,
        smtp_host="127.0.0.1", smtp_security="none",
    )  # fmt: skip


def subjects(account: Account, folder: str = "INBOX", after: int = 0, limit: int = 100) -> list[str]:
    with open_mailbox(account) as session:
        found = list(fetch_new(session, folder, after, limit))
    return [raw.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for raw in (item.raw for item in found)]


def test_mail_above_a_uid_comes_in_order_and_stays_unread(server: ImapServer, account: Account) -> None:
    for number in range(5):
        server.deliver(account.address, mail(f"Subject: {number}"))
    assert subjects(account) == ["0", "1", "2", "3", "4"]
    assert subjects(account, after=3) == ["3", "4"]
    assert subjects(account, after=3, limit=1) == ["3"]
    assert subjects(account, after=5) == []
    with open_mailbox(account) as session:
        session.select("INBOX")
        flags = session._client.fetch([1], ["FLAGS"])[1][b"FLAGS"]
    assert b"\\Seen" not in flags


def test_what_is_fetched_is_byte_for_byte_what_lies_there(server: ImapServer, account: Account) -> None:
    raw = mail("Subject: x", body="caf\u00e9 \u20ac\r\n.\r\n") + b"\xff\xfe"
    server.deliver(account.address, raw)
    with open_mailbox(account) as session:
        (item,) = fetch_new(session, "INBOX", 0, 10)
    assert item.raw == raw
    assert (item.uid, item.size, item.headers_only) == (1, len(raw), False)
    assert item.uid_validity > 0


def test_a_mail_above_the_limit_comes_as_its_headers(server: ImapServer, account: Account) -> None:
    server.deliver(account.address, mail("Subject: groot", body="x" * 50_000))
    with open_mailbox(account) as session:
        (item,) = fetch_new(session, "INBOX", 0, 10, max_size=10_000)
    assert item.headers_only
    assert item.size > 50_000
    assert b"Subject: groot" in item.raw
    assert b"xxxx" not in item.raw


def test_a_first_connect_can_start_at_the_newest_mail(server: ImapServer, account: Account) -> None:
    for number in range(3):
        server.deliver(account.address, mail(f"Subject: oud {number}"))
    with open_mailbox(account) as session:
        start = session.select("INBOX").uid_next - 1
    server.deliver(account.address, mail("Subject: nieuw"))
    assert subjects(account, after=start) == ["nieuw"]


def test_the_sent_folder_is_found_by_its_mark(server: ImapServer, account: Account) -> None:
    with open_mailbox(account) as session:
        assert session.sent_folder() == "Verzonden items"
    server.deliver(account.address, mail("Subject: verstuurd"), folder="Verzonden items")
    assert subjects(account, folder="Verzonden items") == ["verstuurd"]


def test_a_folder_that_does_not_exist_is_named(account: Account) -> None:
    with open_mailbox(account) as session, pytest.raises(ProviderError) as caught:
        session.select("Bestaat niet")
    assert caught.value.code == "folder"


def test_waiting_ends_when_mail_arrives(server: ImapServer, account: Account) -> None:
    server.deliver(account.address, mail("Subject: eerst"))
    with open_mailbox(account) as session:
        session.select("INBOX")
        arrival = threading.Timer(0.5, server.deliver, (account.address, mail("Subject: later")))
        arrival.start()
        started = time.monotonic()
        assert session.wait_for_mail(timeout=20)
        assert time.monotonic() - started < 15
        arrival.join()
        assert not session.wait_for_mail(timeout=0.2)


def test_a_wrong_password_suspends_the_channel(server: ImapServer, account: Account) -> None:
    wrong = make_account(
        account.address, imap_host="127.0.0.1", imap_port=server.port, imap_security="none", password="fout"
    )
    with pytest.raises(ProviderError) as caught, open_mailbox(wrong):
        pass
    assert (caught.value.code, caught.value.suspends_channel) == ("imap_login", True)


def oauth_account(server: ImapServer, httpserver: HTTPServer, address: str, token: str) -> Account:
    oauth._tokens.clear()
    httpserver.expect_request("/token").respond_with_json({"access_token": token, "expires_in": 3600})
    return make_account(
        address, imap_host="127.0.0.1", imap_port=server.port, imap_security="none", oauth_enabled=True,
        client_id="app", client_secret="secret", tenant_id="t",
        token_url=httpserver.url_for("/token").replace("localhost", "127.0.0.1"),
        smtp_host="127.0.0.1", smtp_port=9, smtp_security="none",
    )  # fmt: skip


def test_a_token_opens_the_mailbox(server: ImapServer, httpserver: HTTPServer) -> None:
    address = "token@chargecars.example"
    server.deliver(address, mail("Subject: met token"))
    account = oauth_account(server, httpserver, address, f"token-of-{address}")
    assert subjects(account) == ["met token"]


def test_a_refused_token_suspends_the_channel(server: ImapServer, httpserver: HTTPServer) -> None:
    account = oauth_account(server, httpserver, "ander@chargecars.example", "vals")
    with pytest.raises(ProviderError) as caught, open_mailbox(account):
        pass
    assert caught.value.suspends_channel


def test_tls_needs_a_certificate_that_is_trusted(
    server: ImapServer, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = make_account(
        account.address, imap_host="localhost", imap_port=server.tls_port, password=PASSWORD
    )
    connections.tls_context.cache_clear()
    with pytest.raises(ProviderError) as caught, open_mailbox(secure):
        pass
    assert caught.value.code == "tls"
    monkeypatch.setenv("SSL_CERT_FILE", str(server.mail.parent / "certificate.pem"))
    connections.tls_context.cache_clear()
    with open_mailbox(secure) as session:
        assert session.select("INBOX").messages == 0
    connections.tls_context.cache_clear()


def test_the_check_tries_receiving_and_sending_each_by_itself(server: ImapServer, account: Account) -> None:
    sink = MailSink()
    with smtp_server(sink) as port:
        good = make_account(
            account.address, imap_host="127.0.0.1", imap_port=server.port, imap_security="none",
            password=PASSWORD, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none",
        )  # fmt: skip
        report = EmailProvider().check(good)
    assert report.ok
    assert [item.ok for item in EmailProvider().check(account).items] == [True, False]
    assert sink.received == []


def test_the_check_says_what_is_missing_before_it_tries_anything() -> None:
    for config in (
        {},
        {"preset": "microsoft365", "oauth_enabled": True},
        {"preset": "google", "oauth_enabled": True, "client_id": "a", "client_secret": "b"},
        {"preset": "microsoft365", "oauth_enabled": True, "client_id": "a", "client_secret": "b"},
    ):
        report = EmailProvider().check(make_account(**config))
        (item,) = report.items
        assert not item.ok
        assert item.detail


def test_the_check_explains_a_refused_token(server: ImapServer, httpserver: HTTPServer) -> None:
    oauth._tokens.clear()
    httpserver.expect_request("/token").respond_with_json(
        {"error": "invalid_request", "error_description": "AADSTS90002: Tenant 'x' not found."}, status=400
    )
    account = make_account(
        preset="microsoft365", oauth_enabled=True, client_id="a", client_secret="b", tenant_id="x",
        token_url=httpserver.url_for("/token").replace("localhost", "127.0.0.1"),
    )  # fmt: skip
    (item,) = EmailProvider().check(account).items
    assert not item.ok
    assert "tenant" in item.detail.lower()
