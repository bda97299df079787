"""Outgoing mail: what it says, how it is handed over, and what a refusal means."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from channels_app.providers.base import (
    Account,
    Alert,
    Automated,
    Identifier,
    OutboundAttachment,
    Party,
    ProviderError,
    RawExchange,
)
from channels_app.providers.email import EmailProvider, connections, oauth
from channels_app.providers.email.composing import compose, trimmed_references
from channels_app.providers.email.parsing import MailContext, parse_mail
from channels_app.providers.email.smtp import reply_error
from tests.providers.email.conftest import MESSAGE_ID, RECEIVED_AT, SUPPORT, TOKEN, make_account, make_message
from tests.providers.email.servers import PASSWORD, MailSink, certificate, smtp_server

# The test server speaks in clear on loopback, which aiosmtpd finds worth a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]


@pytest.fixture
def sink() -> MailSink:
    return MailSink()


@contextmanager
def mailbox(sink: MailSink, **config: Any) -> Iterator[Account]:
    with smtp_server(sink) as port:
        yield make_account(
            **{
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_security": "none",
                "password": PASSWORD,
                **config,
            }
        )


def delivered(sink: MailSink) -> EmailMessage:
    (envelope,) = sink.received
    assert envelope.content is not None
    content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
    return message_from_bytes(content, policy=default)  # type: ignore[arg-type,return-value]


def refusal(sink: MailSink, account: Account, **message: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        EmailProvider().send(make_message(**message), account)
    return caught.value


def test_an_answer_goes_out_as_text_and_html_in_its_thread(sink: MailSink) -> None:
    with mailbox(sink) as account:
        receipt = EmailProvider().send(
            make_message(
                html="<p>We komen dinsdag langs.</p>", reply_to="<2@x.nl>", references=("<1@x.nl>",)
            ),
            account,
        )
    mail = delivered(sink)
    assert receipt.external_id == f"<m.{MESSAGE_ID.hex}.{TOKEN}@chargecars.example>"
    assert receipt.external_id == EmailProvider().outbound_id(MESSAGE_ID, TOKEN, account)
    assert mail["Message-ID"] == receipt.external_id
    assert mail["From"] == f"ChargeCars Support <{SUPPORT}>"
    assert mail["To"] == "Jan de Vries <jan@klant.example>"
    assert (mail["In-Reply-To"], mail["References"]) == ("<2@x.nl>", "<1@x.nl> <2@x.nl>")
    assert mail["Auto-Submitted"] is None
    assert mail.get_content_type() == "multipart/alternative"
    assert "We komen dinsdag langs." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert sink.senders == [SUPPORT]


def test_an_alert_to_a_colleague_is_recognised_when_it_comes_back_to_a_mailbox_of_ours(
    sink: MailSink,
) -> None:
    alert = Alert(
        UUID(int=3), Party((Identifier.of("leiding@chargecars.nl"),), "Eva"), "Klant wacht\nnog", "Pak het op:",
        "https://kanalen.example/bevestig/abc",
    )  # fmt: skip
    with mailbox(sink) as account:
        EmailProvider().alert(alert, account)
        mail = delivered(sink)
        returned = RawExchange(body=mail.as_bytes(), received_at=datetime.now(UTC))
        (message,) = EmailProvider().parse(returned, account).messages
    assert (mail["To"], mail["Subject"]) == ("Eva <leiding@chargecars.nl>", "Klant wacht nog")
    assert mail.get_content().split() == ["Pak", "het", "op:", "https://kanalen.example/bevestig/abc"]
    assert message.automated is Automated.SYSTEM


def test_an_automatic_answer_says_so_and_cannot_be_answered(sink: MailSink) -> None:
    with mailbox(sink) as account:
        EmailProvider().send(make_message(automated=True, reply_to="<2@x.nl>"), account)
    mail = delivered(sink)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert sink.senders == [""]


def test_a_server_that_refuses_the_null_path_gets_the_address(sink: MailSink) -> None:
    sink.answers["NULL"] = "553 5.1.7 a sender is needed"
    with mailbox(sink) as account:
        EmailProvider().send(make_message(automated=True), account)
    assert sink.senders == [SUPPORT]


def test_our_own_automatic_answer_would_not_be_answered_by_us() -> None:
    raw = compose(make_message(automated=True), make_account()).as_bytes()
    parsed = parse_mail(raw, MailContext(account="info@laderthuis.example", received_at=RECEIVED_AT))
    assert parsed.messages[0].automated is not None
    assert parsed.messages[0].thread_tokens == ()


def test_an_answer_to_our_mail_brings_the_token_back() -> None:
    sent = compose(make_message(), make_account(reply_plus_address=True))
    raw = (
        f"From: jan@klant.example\r\nTo: {sent['Reply-To']}\r\nIn-Reply-To: {sent['Message-ID']}\r\n\r\nPrima"
    )
    parsed = parse_mail(raw.encode(), MailContext(account=SUPPORT, received_at=RECEIVED_AT))
    assert parsed.messages[0].thread_tokens == (TOKEN,)
    assert parsed.messages[0].reply_to == sent["Message-ID"]


@pytest.mark.parametrize(
    "values",
    [
        {"subject": "Afspraak\r\nBcc: alle@klant.example"},
        {"subject": "Afspraak\nBcc: x@y.nl"},
        {"sender_name": "Support\r\nX: y"},
        {"reply_to": "<1@x.nl>\r\nX: y"},
        {"references": ("<1@x.nl>", "<2@x.nl>\r\nX: y")},
        {"cc": ("x@y.nl\r\nBcc: z@y.nl",)},
        {"sender_address": "support@chargecars.example\r\nBcc: z@y.nl"},
    ],
)
def test_a_line_break_in_a_header_sends_nothing(sink: MailSink, values: dict[str, Any]) -> None:
    with mailbox(sink) as account:
        error = refusal(sink, account, **values)
    assert error.permanent
    assert sink.received == []


def test_long_references_keep_the_first_and_the_last() -> None:
    identifiers = [f"<{number:040}@example.org>" for number in range(100)]
    trimmed = trimmed_references(identifiers)
    assert len(trimmed) <= 1_500
    assert trimmed.startswith(identifiers[0])
    assert trimmed.endswith(identifiers[-1])


def test_ids_of_any_length_are_written_whole() -> None:
    long = f"<{'a' * 200}@example.org>"
    raw = compose(make_message(reply_to=long, references=(long,)), make_account()).as_bytes()
    assert f"In-Reply-To: {long}\r\n".encode() in raw


def test_attachments_arrive_byte_for_byte(sink: MailSink) -> None:
    data = bytes(range(256)) * 20
    files = (
        OutboundAttachment("factüur.pdf", "application/pdf", len(data), lambda: BytesIO(data)),
        OutboundAttachment("notitie.txt", "text/plain", 3, lambda: BytesIO(b"\xe9\n.")),
    )
    with mailbox(sink) as account:
        EmailProvider().send(make_message(attachments=files, body=".punt\n..twee\n"), account)
    mail = delivered(sink)
    found = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert found == {"factüur.pdf": data, "notitie.txt": b"\xe9\n."}
    assert mail.get_body(("plain",)).get_content().splitlines() == [".punt", "..twee"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("verb", "answer", "attributes"),
    [
        ("RCPT", "550 5.1.1 User unknown", {"permanent": True, "suspends_channel": False}),
        ("RCPT", "450 4.2.1 Mailbox busy", {"permanent": False, "suspends_channel": False}),
        ("MAIL", "432 4.3.2 Concurrent connections limit exceeded", {"retry_after": timedelta(minutes=1)}),
        ("DATA", "554 5.2.0 SubmissionQuotaExceededException", {"permanent": False}),
        ("DATA", "550 5.7.60 SendAsDenied", {"suspends_channel": True}),
        ("DATA", "552 5.3.4 Message too big", {"permanent": True}),
    ],
)
def test_a_refusal_has_the_consequences_that_it_should(
    sink: MailSink, verb: str, answer: str, attributes: dict[str, Any]
) -> None:
    sink.answers[verb] = answer
    with mailbox(sink) as account:
        error = refusal(sink, account)
    assert not error.ambiguous
    assert {name: getattr(error, name) for name in attributes} == attributes


def test_a_refused_copy_does_not_hold_up_the_mail(sink: MailSink) -> None:
    sink.answers["RCPT weg@klant.example"] = "550 5.1.1 unknown"
    with mailbox(sink) as account:
        receipt = EmailProvider().send(make_message(cc=("weg@klant.example",)), account)
    assert list(receipt.data["refused"]) == ["weg@klant.example"]
    assert len(sink.received) == 1


def test_a_connection_that_breaks_after_the_content_leaves_us_in_doubt(sink: MailSink) -> None:
    sink.hang_after_data = 1
    with mailbox(sink) as account:
        error = refusal(sink, account)
    assert error.ambiguous


def test_an_unreachable_server_may_be_tried_again(sink: MailSink) -> None:
    account = make_account(smtp_host="127.0.0.1", smtp_port=9, smtp_security="none", password="x")
    error = refusal(sink, account)
    assert (error.code, error.permanent, error.ambiguous) == ("connect", False, False)


def test_a_wrong_password_suspends_the_channel(sink: MailSink) -> None:
    with mailbox(sink, password="fout") as account:
        error = refusal(sink, account)
    assert error.suspends_channel
    assert not error.permanent


def test_a_private_host_is_refused_unless_allowed(sink: MailSink, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    error = refusal(sink, make_account(smtp_host="127.0.0.1", smtp_security="tls", password="x"))
    assert error.code == "address_refused"


def test_passwords_never_travel_in_clear_to_a_host_that_is_not_allowed(sink: MailSink, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    error = refusal(sink, make_account(smtp_host="smtp.example.org", smtp_security="none", password="x"))
    assert error.code == "plaintext"


def test_mail_goes_over_starttls_with_a_verified_certificate(
    sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate_file, key_file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    with smtp_server(sink, context) as port:
        account = make_account(
            smtp_host="localhost", smtp_port=port, smtp_security="starttls", password=PASSWORD
        )
        connections.tls_context.cache_clear()
        untrusted = refusal(sink, account)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
        connections.tls_context.cache_clear()
        EmailProvider().send(make_message(), account)
        connections.tls_context.cache_clear()
    assert (untrusted.code, untrusted.suspends_channel) == ("tls", True)
    assert len(sink.received) == 1


@pytest.fixture
def oauth_config(httpserver: HTTPServer) -> dict[str, Any]:
    oauth._tokens.clear()
    return {
        "oauth_enabled": True,
        "client_id": "app",
        "client_secret": "app-secret",
        "tenant_id": "tenant",
        "token_url": httpserver.url_for("/token").replace("localhost", "127.0.0.1"),
    }


def test_a_token_is_fetched_once_and_used_for_xoauth2(
    sink: MailSink, httpserver: HTTPServer, oauth_config: dict[str, Any]
) -> None:
    httpserver.expect_request("/token", method="POST").respond_with_json(
        {"access_token": "valid-token", "expires_in": 3600, "token_type": "Bearer"}
    )
    with mailbox(sink, **oauth_config) as account:
        EmailProvider().send(make_message(), account)
        EmailProvider().send(make_message(), account)
    assert len(sink.received) == 2
    (request, _), *more = httpserver.log
    assert not more
    assert dict(request.form) == {
        "client_id": "app",
        "client_secret": "app-secret",
        "grant_type": "client_credentials",
        "scope": "https://outlook.office365.com/.default",
    }


def test_a_cached_token_that_was_revoked_is_fetched_anew(
    sink: MailSink, httpserver: HTTPServer, oauth_config: dict[str, Any]
) -> None:
    httpserver.expect_oneshot_request("/token").respond_with_json(
        {"access_token": "old", "expires_in": "3600"}
    )
    httpserver.expect_oneshot_request("/token").respond_with_json(
        {"access_token": "valid-token", "expires_in": 3600}
    )
    with mailbox(sink, **oauth_config) as account:
        EmailProvider().send(make_message(), account)
    assert len(sink.received) == 1


def test_google_is_asked_with_the_refresh_token(
    sink: MailSink, httpserver: HTTPServer, oauth_config: dict[str, Any]
) -> None:
    httpserver.expect_request("/token").respond_with_json({"access_token": "valid-token", "expires_in": 3600})
    with mailbox(sink, **oauth_config, refresh_token="refresh") as account:
        EmailProvider().send(make_message(), account)
    assert httpserver.log[0][0].form["grant_type"] == "refresh_token"
    assert httpserver.log[0][0].form["refresh_token"] == "refresh"


@pytest.mark.parametrize(
    ("status", "answer", "code", "suspends"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "AADSTS7000222: expired.\nTrace"},
            "AADSTS7000222",
            True,
        ),
        (400, {"error": "invalid_grant"}, "invalid_grant", True),
        (503, {"error": "temporarily_unavailable"}, "temporarily_unavailable", False),
        (500, None, "http_500", False),
    ],
)
def test_a_refused_token_suspends_only_when_somebody_must_act(
    sink: MailSink, httpserver: HTTPServer, oauth_config: dict[str, Any], status: int, answer: Any, code: str,
    suspends: bool,
) -> None:  # fmt: skip
    httpserver.expect_request("/token").respond_with_json(answer, status=status)
    with mailbox(sink, **oauth_config) as account:
        error = refusal(sink, account)
    assert (error.code, error.suspends_channel, error.permanent) == (code, suspends, False)
    assert "app-secret" not in str(error)


def test_a_throttled_server_is_left_alone_for_a_while() -> None:
    assert reply_error(421, b"4.7.28 too many messages").retry_after == timedelta(minutes=1)
