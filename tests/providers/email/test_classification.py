"""Which mail no person wrote, which mail was returned, and whom to believe."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from channels_app.providers.base import Automated, DeliveryState, InboundMessage
from channels_app.providers.email import tokens
from channels_app.providers.email.authentication import dmarc_verdict
from channels_app.providers.email.parsing import MailContext, parse_mail
from tests.providers.email.conftest import RECEIVED_AT, SUPPORT, TOKEN, mail

Read = Callable[..., InboundMessage]
OWN = tokens.message_id(UUID(int=7), TOKEN, "chargecars.example")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["Auto-Submitted: auto-replied"], Automated.AUTO_REPLY),
        (["Auto-Submitted: auto-generated (cron)"], Automated.SYSTEM),
        (["X-Auto-Response-Suppress: DR, OOF, AutoReply"], Automated.AUTO_REPLY),
        (["Precedence: auto_reply"], Automated.AUTO_REPLY),
        (["Subject: Automatisch antwoord: Vraag"], Automated.AUTO_REPLY),
        (["Subject: Afwezig: tot 3 juni"], Automated.AUTO_REPLY),
        (["Precedence: bulk"], Automated.MAILING_LIST),
        (["List-Id: <nieuws.klant.example>"], Automated.MAILING_LIST),
        (["List-Unsubscribe: <mailto:weg@klant.example>"], Automated.MAILING_LIST),
        (["X-Spam-Flag: YES"], Automated.SPAM),
        (["Return-Path: <>"], Automated.SYSTEM),
        (["From: no-reply@winkel.example"], Automated.SYSTEM),
        (["From: niet.beantwoorden@winkel.example"], Automated.SYSTEM),
        ([f"From: {SUPPORT}"], Automated.SYSTEM),
        (["Auto-Submitted: no", "Precedence: normal", "X-Auto-Response-Suppress: None"], None),
        (["Subject: Afwezigheid monteur"], None),
        (["X-Spam-Flag: NO"], None),
        (["From: formulier <no-reply@website.example>", "Reply-To: jan@klant.example"], None),
        (["From: noor.eply@klant.example"], None),
        ([], None),
    ],
)
def test_automated_mail_is_known_by_its_signs(read: Read, headers: list[str], kind: Automated | None) -> None:
    assert read(mail(*headers), own_addresses=(SUPPORT,)).automated is kind


def test_our_own_sent_mail_is_an_echo_and_not_automated(read: Read) -> None:
    message = read(mail(f"From: {SUPPORT}", "To: jan@klant.example"), own_addresses=(SUPPORT,), echo=True)
    assert message.echo
    assert message.automated is None


def report(action: str, status: str) -> bytes:
    body = (
        "--b\r\n\r\nUw bericht kon niet worden bezorgd.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; weg@klant.example\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} user unknown\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OWN}\r\nSubject: Afspraak\r\n\r\n--b--\r\n"
    )
    return mail(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>",
        "Subject: Undelivered Mail Returned to Sender",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        body=body,
    )


def parsed(raw: bytes):  # type: ignore[no-untyped-def]
    return parse_mail(raw, MailContext(account=SUPPORT, received_at=RECEIVED_AT))


def test_a_failure_report_marks_the_mail_that_it_returns() -> None:
    exchange = parsed(report("failed", "5.1.1"))
    (status,) = exchange.statuses
    assert exchange.messages[0].automated is Automated.BOUNCE
    assert (status.external_id, status.state) == (OWN, DeliveryState.FAILED)
    assert status.failure is not None
    assert (status.failure.code, status.failure.permanent) == ("5.1.1", True)
    assert status.data["recipient"] == "weg@klant.example"


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")]
)
def test_a_delay_or_a_receipt_is_no_failure(action: str, status: str) -> None:
    exchange = parsed(report(action, status))
    assert exchange.messages[0].automated is Automated.BOUNCE
    assert exchange.statuses == ()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            ["Return-Path: <>", "From: postmaster@klant.example", "Subject: Onbestelbaar: Afspraak"],
            "Adres onbekend",
        ),
        (["From: MAILER-DAEMON@mx.example", "Subject: failure notice"], "550 5.1.1 user unknown"),
        (
            ["From: Mail Delivery Subsystem <x@mx.example>", "Subject: Re: Afspraak"],
            "could not be delivered to",
        ),
        (["X-Failed-Recipients: weg@klant.example", "From: x@mx.example"], "niet gelukt"),
        (
            ["From: beheer@mx.example", "Subject: Undeliverable: Afspraak"],
            "Delivery has failed: 550 5.1.1 <x>",
        ),
    ],
)
def test_returned_mail_is_known_without_a_standard_report(headers: list[str], body: str) -> None:
    exchange = parsed(mail(*headers, body=f"{body}\r\n\r\nMessage-ID: {OWN}\r\n"))
    assert exchange.messages[0].automated is Automated.BOUNCE
    assert exchange.statuses[0].external_id == OWN


@pytest.mark.parametrize(
    "headers",
    [
        ["Subject: Bezorging mislukt", "From: jan@klant.example"],
        ["Subject: mail delivery failed?", "From: jan@klant.example"],
    ],
)
def test_a_customer_who_writes_about_delivery_is_no_bounce(headers: list[str]) -> None:
    exchange = parsed(mail(*headers, body="Mijn pakket is niet bezorgd, wat nu?"))
    assert exchange.messages[0].automated is None


@pytest.mark.parametrize(
    ("field", "verdict"),
    [
        ("mx.chargecars.example; dmarc=pass header.from=klant.example", "pass"),
        ("mx.chargecars.example; dmarc=fail (p=none) header.from=klant.example", "fail"),
        ("chargecars.example 1; dkim=pass header.d=klant.example", "pass"),
        ("chargecars.example; dkim=pass header.d=ander.example; spf=none", "none"),
        ("spamfilter.example; dmarc=fail", "fail"),
        ("evilchargecars.example; dmarc=pass", "none"),
        ("klant.example; dmarc=pass", "none"),
        ("(chargecars.example) klant.example; dmarc=pass", "none"),
        ("", "none"),
    ],
)
def test_only_our_own_hosts_tell_whether_a_sender_is_genuine(field: str, verdict: str) -> None:
    found = dmarc_verdict(
        [field], "jan@klant.example", trusted_ids=["spamfilter.example"], own_domains=["chargecars.example"]
    )
    assert found == verdict


def test_a_forged_pass_below_the_true_failure_counts_for_nothing() -> None:
    fields = ["mx.chargecars.example; dmarc=fail", "mx.chargecars.example; dmarc=pass"]
    assert dmarc_verdict(fields, "x@y.example", trusted_ids=[], own_domains=["chargecars.example"]) == "fail"
