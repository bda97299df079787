"""The stand-in for a mail server: what a mail program hands over is what the outbox shows."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from channels_app.sandbox.mail_server import MailOutbox, SmtpServer


@pytest.fixture
def outbox() -> MailOutbox:
    return MailOutbox()


@pytest.fixture
def smtp(outbox: MailOutbox) -> Iterator[smtplib.SMTP]:
    with SmtpServer(outbox, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        with smtplib.SMTP(*server.server_address[:2], timeout=5) as client:  # type: ignore[arg-type]
            yield client
        server.shutdown()
        thread.join()


def test_a_mail_arrives_whole_for_each_recipient(smtp: smtplib.SMTP, outbox: MailOutbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "ChargeCars <support@chargecars.nl>", "robin@klant.example"
    mail["Subject"], mail["Message-ID"] = "Goed bericht ✓", "<1@chargecars.nl>"
    mail.set_content("Hallo Robin,\n.een punt vooraan\nGroet")
    smtp.send_message(mail, to_addrs=["Robin@klant.example", "tweede@klant.example"])
    first, second = outbox.sent()
    assert (first["to"], second["to"]) == ("robin@klant.example", "tweede@klant.example")
    assert (first["subject"], first["message_id"]) == ("Goed bericht ✓", "<1@chargecars.nl>")
    assert first["text"] == "Hallo Robin,\n.een punt vooraan\nGroet\n"


def test_a_second_mail_in_the_same_session_stands_alone(smtp: smtplib.SMTP, outbox: MailOutbox) -> None:
    for number in ("een", "twee"):
        smtp.sendmail("", [f"{number}@klant.example"], f"Subject: {number}\r\n\r\ntekst\r\n")
    assert [(sent["to"], sent["subject"]) for sent in outbox.sent()] == [
        ("een@klant.example", "een"),
        ("twee@klant.example", "twee"),
    ]


def test_without_a_recipient_nothing_is_taken(smtp: smtplib.SMTP, outbox: MailOutbox) -> None:
    smtp.ehlo()
    assert smtp.docmd("DATA")[0] == 503
    assert smtp.docmd("BANANA")[0] == 502
    assert outbox.sent() == []
