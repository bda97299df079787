"""From a customer's mail to the answer in their mailbox, over a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationThread,
    OutboxItem,
)
from channels_app.services.delivery import deliver_channel
from channels_app.services.mailboxes import poll_mailbox
from tests.factories import Brand
from tests.mailboxes.conftest import Receive, connect, drain, letter
from tests.providers.email.servers import PASSWORD, ImapServer, MailSink, smtp_server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("loopback"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]


@pytest.fixture
def sink() -> MailSink:
    cache.clear()  # no rate limit is left of another test
    return MailSink()


@pytest.fixture
def support(chargecars: Brand, sink: MailSink) -> Iterator[BusinessEntityChannel]:
    channel = chargecars.channel("email", "support")
    chargecars.entity.brand_colour = "#12ab34"
    chargecars.entity.save()
    with smtp_server(sink) as port:
        connect(channel, smtp_host="127.0.0.1", smtp_port=port, from_name="ChargeCars Klantenservice")
        yield channel


def delivered(sink: MailSink) -> EmailMessage:
    (envelope,) = sink.received
    assert isinstance(envelope.content, bytes)
    return message_from_bytes(envelope.content, policy=default)  # type: ignore[arg-type,return-value]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def reply(question: CommunicationMessage, **values: Any) -> OutboxItem:
    """A colleague's answer in the outbox."""
    message = CommunicationMessage.objects.create(
        **{
            "business_entity": question.business_entity, "thread": question.thread, "channel": question.channel,
            "direction": "outbound", "message_type": "reply", "state": "queued", "sent_at": timezone.now(),
            "subject": "Re: Vraag", "body": "We komen langs.", "recipients": [question.sender],
            "reply_to": question.external_id, "references": [question.external_id], **values,
        }
    )  # fmt: skip
    return OutboxItem.objects.create(
        business_entity=question.business_entity, channel=question.channel, message=message,
        thread_id=question.thread_id, recipient=question.sender,
    )  # fmt: skip


def test_the_automatic_answer_leaves_in_the_brands_look_and_in_its_thread(
    support: BusinessEntityChannel, chargecars: Brand, sink: MailSink, receive: Receive
) -> None:
    question = receive(
        chargecars,
        letter(Message_ID="<een@klant.example>", References="<nul@klant.example>"),
    )
    assert question is not None
    printed = StringIO()
    call_command("deliver_outbox", stdout=printed)

    mail = delivered(sink)
    sent = CommunicationMessage.objects.get(message_type="auto_response")
    assert (sent.state, sent.outbox_item.state) == ("sent", "sent")
    assert str(mail["From"]) == "ChargeCars Klantenservice <support@chargecars.nl>"
    assert str(mail["To"]) == "Jan <jan@klant.example>"
    assert str(mail["Message-ID"]) == sent.external_id
    assert str(mail["In-Reply-To"]) == "<een@klant.example>"
    assert str(mail["References"]).split() == ["<nul@klant.example>", "<een@klant.example>"]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert sink.senders == [""]  # the null return path
    assert question.thread.reference_number in body(mail, "plain")
    page = body(mail, "html")
    assert question.thread.reference_number in page
    assert "#12ab34" in page
    assert "<style" not in page or "class=" in page
    assert "ChargeCars" in page


def test_the_customers_reply_to_it_comes_back_into_the_thread(
    support: BusinessEntityChannel, chargecars: Brand, sink: MailSink, receive: Receive
) -> None:
    receive(chargecars, letter())
    deliver_channel(support.id)

    again = receive(chargecars, letter("Re: uw bericht", In_Reply_To=str(delivered(sink)["Message-ID"])))

    assert again is not None
    assert again.thread == CommunicationThread.objects.get()


def test_a_colleagues_answer_is_no_automatic_mail(
    support: BusinessEntityChannel, chargecars: Brand, sink: MailSink, receive: Receive
) -> None:
    question = receive(chargecars, letter())
    assert question is not None
    OutboxItem.objects.all().delete()
    reply(question)
    deliver_channel(support.id)

    mail = delivered(sink)
    assert mail["Auto-Submitted"] is None
    assert sink.senders == ["support@chargecars.nl"]
    assert "We komen langs." in body(mail, "plain")


def test_a_mail_without_an_id_is_answered_without_naming_one(
    support: BusinessEntityChannel, chargecars: Brand, sink: MailSink, receive: Receive
) -> None:
    receive(chargecars, letter(Message_ID=""))
    deliver_channel(support.id)

    mail = delivered(sink)
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


@pytest.mark.parametrize(
    "values",
    [
        {"subject": "Re: Vraag\r\nBcc: iedereen@elders.example"},
        {"sender_name": "ChargeCars\nBcc: iedereen@elders.example"},
        {"reply_to": "<een@x>\r\nBcc: iedereen@elders.example"},
        {"recipients": ["jan@klant.example\r\nRCPT TO:<iedereen@elders.example>"]},
        {"data": {"cc": ["piet@klant.example\r\nBcc: iedereen@elders.example"]}},
    ],
)
def test_a_line_break_in_a_header_sends_nothing(
    support: BusinessEntityChannel,
    chargecars: Brand,
    sink: MailSink,
    receive: Receive,
    values: dict[str, Any],
) -> None:
    connect(support, smtp_host="127.0.0.1", smtp_port=support.integration_config["smtp_port"])
    question = receive(chargecars, letter())
    assert question is not None
    OutboxItem.objects.all().delete()
    item = reply(question, **values)
    deliver_channel(support.id)

    item.refresh_from_db()
    assert (item.state, item.error_code in ("header", "address")) == ("failed", True)
    assert sink.received == []
    assert sink.senders == []


def test_a_mail_of_which_nobody_knows_whether_it_left_is_settled_by_the_sent_folder(
    support: BusinessEntityChannel, chargecars: Brand, sink: MailSink, imap: ImapServer, receive: Receive
) -> None:
    box = connect(support, imap, smtp_host="127.0.0.1", smtp_port=support.integration_config["smtp_port"])
    poll_mailbox(support.id)
    question = receive(chargecars, letter())
    assert question is not None
    OutboxItem.objects.all().delete()
    item = reply(question)
    sink.hang_after_data = 1.0
    deliver_channel(support.id)
    item.refresh_from_db()
    assert item.state == "unknown"
    deliver_channel(support.id, clock=lambda: timezone.now() + timedelta(hours=1))
    assert len(sink.received) == 1  # nothing is sent again blindly

    content = sink.received[0].content
    assert isinstance(content, bytes)
    imap.deliver(box, content, folder="Verzonden items")
    poll_mailbox(support.id)
    drain()

    item.refresh_from_db()
    assert item.message is not None
    assert (item.state, item.message.state) == ("sent", "sent")
    assert CommunicationMessage.objects.filter(message_type="echo").count() == 0


def test_each_brand_answers_by_its_own_server(
    support: BusinessEntityChannel, chargecars: Brand, laderthuis: Brand, sink: MailSink, receive: Receive
) -> None:
    other_sink = MailSink(password=PASSWORD)
    with smtp_server(other_sink) as port:
        other = laderthuis.channel("email", "support")
        connect(other, smtp_host="127.0.0.1", smtp_port=port)
        receive(chargecars, letter())
        receive(laderthuis, letter(to="support@laderthuis.nl"))
        deliver_channel(support.id)
        deliver_channel(other.id)

    assert str(delivered(sink)["From"].addresses[0].addr_spec) == "support@chargecars.nl"
    theirs = delivered(other_sink)
    assert str(theirs["From"]) == "LaderThuis support <support@laderthuis.nl>"
    assert "ChargeCars" not in theirs.as_string()
