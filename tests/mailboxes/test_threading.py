"""Which conversation a mail joins: by reference, by our signed token, by number; never across brands."""

from __future__ import annotations

import pytest

from channels_app.models import (
    CommunicationMessage,
    CommunicationThread,
    Contact,
    MessageStatusEvent,
    OutboxItem,
)
from channels_app.providers.email.tokens import message_id
from channels_app.services.thread_tokens import thread_token
from routing.models import MessageRoutingLog, SlaTimer
from tests.factories import Brand
from tests.mailboxes.conftest import Receive, letter

JAN = "Jan <jan@klant.example>"
EVE = "Eve <eve@elders.example>"


@pytest.fixture
def question(chargecars: Brand, receive: Receive) -> CommunicationMessage:
    """A customer's first mail, answered automatically."""
    message = receive(chargecars, letter(Message_ID="<een@klant.example>"))
    assert message is not None
    return message


@pytest.fixture
def answer(question: CommunicationMessage) -> CommunicationMessage:
    """The automatic answer, as it looks once it has been sent."""
    sent = CommunicationMessage.objects.get(message_type="auto_response")
    sent.external_id = message_id(sent.id, thread_token(sent.thread_id), "chargecars.nl")
    sent.state = "sent"
    sent.save()
    return sent


def joins(message: CommunicationMessage | None, thread: CommunicationThread) -> bool:
    assert message is not None
    return message.thread_id == thread.id


def test_the_senders_own_references_continue_the_conversation(
    chargecars: Brand, question: CommunicationMessage, receive: Receive
) -> None:
    more = receive(chargecars, letter("Re: Vraag", References="<nul@x.example> <een@klant.example>"))
    assert joins(more, question.thread)


def test_a_reply_to_our_answer_joins_it_by_the_token_in_its_id_whoever_replies(
    chargecars: Brand, answer: CommunicationMessage, receive: Receive
) -> None:
    assert joins(receive(chargecars, letter("Re:", In_Reply_To=answer.external_id)), answer.thread)
    colleague = receive(chargecars, letter("Re:", sender=EVE, In_Reply_To=answer.external_id))
    assert joins(colleague, answer.thread)


def test_a_reply_to_the_plus_address_needs_no_references(
    chargecars: Brand, question: CommunicationMessage, receive: Receive
) -> None:
    to = f"support+{thread_token(question.thread_id)}@chargecars.nl"
    assert joins(receive(chargecars, letter("Iets", to=to)), question.thread)


def test_the_number_in_the_subject_continues_the_conversation_of_its_own_sender_only(
    chargecars: Brand, question: CommunicationMessage, receive: Receive
) -> None:
    subject = f"Vraag over {question.thread.reference_number}"
    assert joins(receive(chargecars, letter(subject)), question.thread)
    assert not joins(receive(chargecars, letter(subject, sender=EVE)), question.thread)


def test_whoever_was_in_copy_may_reply(chargecars: Brand, receive: Receive) -> None:
    first = receive(chargecars, letter(Cc="piet@klant.example", Message_ID="<cc@klant.example>"))
    assert first is not None
    reply = letter("Re:", sender="Piet <piet@klant.example>", In_Reply_To="<cc@klant.example>")
    assert joins(receive(chargecars, reply), first.thread)


def test_naming_somebody_elses_message_joins_nothing(
    chargecars: Brand, question: CommunicationMessage, receive: Receive
) -> None:
    forged = receive(
        chargecars,
        letter("Re: Vraag", sender=EVE, In_Reply_To="<een@klant.example>", References="<een@klant.example>"),
    )
    assert not joins(forged, question.thread)


@pytest.mark.parametrize("change", ["last", "first", "other_thread"])
def test_a_forged_token_joins_nothing(
    chargecars: Brand, question: CommunicationMessage, receive: Receive, change: str
) -> None:
    other = receive(chargecars, letter(sender=EVE, Message_ID="<ander@elders.example>"))
    assert other is not None
    token = thread_token(question.thread_id)
    forged = {
        "last": token[:-3] + ("aaa" if token[-3:] != "aaa" else "bbb"),
        "first": ("b" if token[0] != "b" else "c") + token[1:],
        # The thread of one and the signature of the other.
        "other_thread": token[:26] + thread_token(other.thread_id)[26:],
    }[change]
    identifier = message_id(question.id, forged, "chargecars.nl")
    mail = receive(
        chargecars,
        letter("Re:", sender=EVE, to=f"support+{forged}@chargecars.nl", In_Reply_To=identifier, References=identifier),
    )  # fmt: skip
    assert not joins(mail, question.thread)


def test_nothing_joins_a_conversation_of_another_brand(
    chargecars: Brand, laderthuis: Brand, answer: CommunicationMessage, receive: Receive
) -> None:
    token = thread_token(answer.thread_id)
    for fields in (
        {"In_Reply_To": "<een@klant.example>"},
        {"In_Reply_To": answer.external_id, "References": answer.external_id},
        {"to": f"support+{token}@laderthuis.nl"},
        {"subject": f"Re: {answer.thread.reference_number}"},
    ):
        mail = receive(laderthuis, letter(**{"to": "support@laderthuis.nl", "sender": JAN, **fields}))
        assert mail is not None
        assert mail.business_entity_id == mail.thread.business_entity_id == laderthuis.entity.id
        assert mail.thread.previous_thread is None
        assert mail.thread.contact.business_entity_id == laderthuis.entity.id


def test_an_address_that_dmarc_says_is_forged_joins_nothing_by_name(
    chargecars: Brand, question: CommunicationMessage, receive: Receive
) -> None:
    verdict = "mx.chargecars.nl; dmarc=fail header.from=klant.example"
    for fields in (
        {"In_Reply_To": "<een@klant.example>"},
        {"subject": f"Re: {question.thread.reference_number}"},
    ):
        mail = receive(chargecars, letter(**{"sender": JAN, "Authentication_Results": verdict, **fields}))
        assert not joins(mail, question.thread)


def test_a_mail_to_two_desks_is_one_conversation_with_one_answer_and_one_clock(
    chargecars: Brand, receive: Receive
) -> None:
    raw = letter(to="support@chargecars.nl, sales@chargecars.nl", Message_ID="<twee@klant.example>")
    first = receive(chargecars, raw)
    second = receive(chargecars, raw, desk="sales")

    assert first is not None
    assert joins(second, first.thread)
    assert SlaTimer.objects.count() == OutboxItem.objects.count() == 1


def test_two_mails_of_one_id_are_both_kept(chargecars: Brand, receive: Receive) -> None:
    first = receive(chargecars, letter("Een", Message_ID="<zelfde@apparaat.example>"))
    second = receive(chargecars, letter("Twee", sender=EVE, Message_ID="<zelfde@apparaat.example>"))
    again = receive(chargecars, letter("Twee", sender=EVE, Message_ID="<zelfde@apparaat.example>"))

    assert first is not None
    assert second is not None
    assert again is None
    assert first.thread_id != second.thread_id
    assert second.data["headers"]["message-id"] == "<zelfde@apparaat.example>"


def test_our_own_mail_in_the_sent_folder_is_the_message_we_sent_and_settles_its_doubt(
    chargecars: Brand, answer: CommunicationMessage, receive: Receive
) -> None:
    CommunicationMessage.objects.filter(id=answer.id).update(state="unknown")
    OutboxItem.objects.update(state="unknown")
    raw = letter("Re: uw bericht", sender="support@chargecars.nl", to=JAN, Message_ID=answer.external_id)

    assert receive(chargecars, raw, x_fetch_echo="1") is None

    answer.refresh_from_db()
    assert answer.state == "sent"
    assert OutboxItem.objects.get().state == "sent"
    assert CommunicationMessage.objects.count() == 2


def test_our_own_mail_in_copy_to_another_desk_is_not_a_new_question(
    chargecars: Brand, answer: CommunicationMessage, receive: Receive
) -> None:
    raw = letter("Re: uw bericht", sender="support@chargecars.nl", to=JAN, Message_ID=answer.external_id)
    assert receive(chargecars, raw, desk="sales") is None
    assert CommunicationThread.objects.count() == 1


BOUNCE = """\
--grens
Content-Type: text/plain

The mail could not be delivered: unknown user.

--grens
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.klant.example

Final-Recipient: rfc822; jan@klant.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--grens
Content-Type: message/rfc822

Message-ID: {identifier}
From: support@chargecars.nl
To: jan@klant.example
Subject: Re: uw bericht

Dag Jan

--grens--
"""


def test_a_bounce_marks_the_original_failed_opens_no_ticket_and_gets_no_answer(
    chargecars: Brand, laderthuis: Brand, answer: CommunicationMessage, receive: Receive
) -> None:
    CommunicationMessage.objects.filter(id=answer.id).update(state="unknown")
    OutboxItem.objects.update(state="unknown")
    raw = letter(
        "Undelivered Mail Returned to Sender", BOUNCE.format(identifier=answer.external_id).replace("\n", "\r\n"),
        sender="MAILER-DAEMON@mx.klant.example", Return_Path="<>",
        Content_Type='multipart/report; report-type=delivery-status; boundary="grens"',
    )  # fmt: skip

    elsewhere = receive(laderthuis, raw)
    answer.refresh_from_db()
    assert answer.state == "unknown"  # no brand speaks for another
    assert elsewhere is not None
    bounce = receive(chargecars, raw)

    answer.refresh_from_db()
    assert (answer.state, answer.error_code) == ("failed", "5.1.1")
    assert OutboxItem.objects.get().state == "failed"
    assert joins(bounce, answer.thread)
    assert bounce is not None
    assert bounce.automated == "bounce"
    assert MessageRoutingLog.objects.get(communication_message=bounce).action == "label_only"
    assert CommunicationThread.objects.filter(business_entity=chargecars.entity).count() == 1
    assert CommunicationThread.objects.get(id=elsewhere.thread_id).status == "resolved"
    assert MessageStatusEvent.objects.filter(message=answer).count() == 1


def test_a_web_form_speaks_for_the_person_in_reply_to(chargecars: Brand, receive: Receive) -> None:
    for name in ("anna", "bert"):
        raw = letter(
            "Contactformulier", "Ik wil graag een offerte.", sender="Website <no-reply@chargecars.nl>",
            Reply_To=f"{name.title()} <{name}@klant.example>",
        )  # fmt: skip
        message = receive(chargecars, raw)
        assert message is not None
        assert message.automated == ""
        item = OutboxItem.objects.get(message__answers=message)
        assert item.recipient == f"{name}@klant.example"
        assert item.message is not None
        assert item.message.recipients == [f"{name}@klant.example"]

    assert set(Contact.objects.values_list("name", flat=True)) == {"Anna", "Bert"}
    log = MessageRoutingLog.objects.first()
    assert log is not None
    assert log.sender_classification == "new_email"  # the form is ours, the customer is not


def test_an_answer_goes_to_reply_to(chargecars: Brand, receive: Receive) -> None:
    receive(chargecars, letter(Reply_To="thuis@klant.example"))
    assert OutboxItem.objects.get().recipient == "thuis@klant.example"


def test_routing_reads_the_senders_own_words_and_not_the_quoted_ones(
    chargecars: Brand, receive: Receive
) -> None:
    body = "> Hebt u de factuur ontvangen?\r\nWe wachten op uw technicus.\r\n> Klopt de rekening?\r\nDat weet ik niet."
    message = receive(chargecars, letter("Re: bericht", body))

    assert message is not None
    assert message.new_text is not None
    assert "factuur" in message.new_text  # staff see what is answered
    log = MessageRoutingLog.objects.get()
    assert log.keyword_matches == {"operations": ["technicus"]}


def test_a_mail_that_is_only_forwarded_is_routed_by_what_was_forwarded(
    chargecars: Brand, receive: Receive
) -> None:
    body = (
        "---------- Forwarded message ---------\r\nVan: Kees <kees@klant.example>\r\n"
        "Datum: ma 2 nov 2026 om 10:00\r\nOnderwerp: Bericht\r\nAan: <info@elders.example>\r\n\r\n"
        "Wanneer komt de technicus?"
    )
    message = receive(chargecars, letter("Fwd: Bericht", body))

    assert message is not None
    assert message.new_text == ""
    assert MessageRoutingLog.objects.get().keyword_matches == {"operations": ["technicus"]}
