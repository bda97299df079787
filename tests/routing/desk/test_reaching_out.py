"""Forwarding to a subcontractor, and beginning a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from channels_app.models import (
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
    OutboxItem,
)
from channels_app.providers.email.tokens import message_id
from channels_app.services.thread_tokens import thread_token
from routing.models import SlaTimer, ThreadEvent
from routing.services.desk.composing import composer_for
from routing.services.desk.drafting import draft_of
from routing.services.desk.errors import DeskRefused
from routing.services.desk.forwarding import Forward, forward_send
from routing.services.desk.notes import note_add
from routing.services.desk.starting import NewConversation, conversation_start
from routing.services.desk.undoing import reply_undo
from tests.factories import Brand
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db

Mail = Callable[..., CommunicationThread]


@pytest.fixture
def approved(chargecars: Brand) -> CommunicationTemplate:
    return CommunicationTemplate.objects.create(
        business_entity=chargecars.entity, template_code="aanbieding", template_name="Aanbieding", situation="reply",
        channel_type="whatsapp", content="Hallo {{ customer_name }}", provider_name="aanbieding",
        provider_variables=["customer_name"], approval="approved", provider_category="MARKETING",
    )  # fmt: skip


def test_a_subcontractor_gets_the_original_in_the_brands_name_and_the_answer_comes_back(
    chargecars: Brand, agent: Any, write: Write, mail: Mail, answer: Callable[..., Any]
) -> None:
    thread = write(chargecars, "mijn laadpaal in Breda is kapot", sender="31680001111")
    due = thread.response_due_at
    sent = forward_send(
        thread=thread, user=agent, now=timezone.now(),
        forward=Forward(to=" monteur@extern.example ", body="Kun jij morgen langs?", key="k", include="conversation"),
    )  # fmt: skip
    again = forward_send(
        thread=thread, user=agent, now=timezone.now(), forward=Forward(to="monteur@extern.example", body="x", key="k")
    )  # fmt: skip

    message = sent.message
    assert (again.repeated, again.message) == (True, message)
    assert (message.message_type, message.sender, message.recipients) == (
        "forward", "support@chargecars.nl", ["monteur@extern.example"],
    )  # fmt: skip
    assert message.subject == f"Fwd: [{thread.reference_number}]"
    assert "mijn laadpaal in Breda is kapot" in message.body
    assert "---------- Doorgestuurd bericht ----------\nKlant 1111, " in message.body
    assert message.new_text == "Kun jij morgen langs?"
    assert message.data["recipient_name"] == ""  # not the customer's name
    thread.refresh_from_db()
    assert (thread.status, thread.response_due_at, thread.last_outbound_at, thread.assignee) == (
        "open",
        due,
        None,
        agent,
    )
    assert SlaTimer.objects.get(thread=thread).state == "running"

    CommunicationMessage.objects.filter(id=message.id).update(
        external_id=message_id(message.id, thread_token(thread.id), "chargecars.nl"), state="sent"
    )
    message.refresh_from_db()
    joined = mail(
        chargecars, "Morgen om tien uur.", sender="Monteur <monteur@extern.example>", subject="Re: Fwd:",
        In_Reply_To=message.external_id,
    )  # fmt: skip

    assert joined == thread
    composer = composer_for(thread=thread, user=agent, now=timezone.now())
    assert composer.way.recipient == "+31680001111"  # an answer still goes to the customer, over their medium
    assert composer.way.channel == chargecars.channel("whatsapp", "support")
    to_partner = answer(thread, "Dank!", to="monteur@extern.example")
    assert to_partner.message.recipients == ["monteur@extern.example"]
    assert to_partner.message.channel == chargecars.channel("email", "support")
    assert to_partner.message.reply_to


def test_notes_never_leave_and_only_chosen_files_do(chargecars: Brand, agent: Any, mail: Mail) -> None:
    thread = mail(chargecars)
    note_add(thread=thread, user=agent, body="Lastige klant", now=timezone.now())
    sent = forward_send(
        thread=thread, user=agent, now=timezone.now(),
        forward=Forward(to="monteur@extern.example", body="Kijk", key="k", include="conversation"),
    )  # fmt: skip
    assert "Lastige klant" not in sent.message.body
    assert "reageren binnen" not in sent.message.body  # nor what a machine answered
    assert not sent.message.attachments.exists()
    reply_undo(message=sent.message, user=agent, now=timezone.now())
    draft = draft_of(thread, agent)
    assert draft is not None
    assert (draft.body, draft.content["mode"], draft.content["to"]) == (
        "Kijk",
        "forward",
        "monteur@extern.example",
    )
    assert SlaTimer.objects.get(thread=thread).state == "running"
    for wrong in ({"to": "geen adres"}, {"body": " "}):
        with pytest.raises(DeskRefused):
            forward_send(
                thread=thread, user=agent, now=timezone.now(),
                forward=Forward(**({"to": "a@b.example", "body": "x", "key": "l"} | wrong)),  # type: ignore[arg-type]
            )  # fmt: skip


def test_a_mail_begins_a_conversation_with_somebody_new(
    chargecars: Brand, laderthuis: Brand, agent: Any, mail: Mail
) -> None:
    start = NewConversation(
        medium="email", address="Nieuw@Klant.example", name="Nina Nieuw", subject="Uw afspraak", body="Dag {{ customer_name }}", key="k"
    )  # fmt: skip
    now = timezone.now()
    sent = conversation_start(entity_id=chargecars.entity.id, user=agent, start=start, now=now)
    again = conversation_start(entity_id=chargecars.entity.id, user=agent, start=start, now=now)

    thread = sent.thread
    assert (again.repeated, again.thread) == (True, thread)
    assert thread.reference_number.startswith("CC-MSG-")
    assert (thread.status, thread.assignee, thread.channel, thread.waiting_since) == (
        "waiting", agent, chargecars.channel("email", "support"), None,
    )  # fmt: skip
    assert sent.message.subject == f"Uw afspraak [{thread.reference_number}]"
    assert sent.message.body == "Dag Nina Nieuw"
    assert (sent.message.recipients, sent.item.state) == (["nieuw@klant.example"], "queued")
    contact = Contact.objects.get(name="Nina Nieuw")
    assert (contact.business_entity, thread.contact) == (chargecars.entity, contact)
    undone = conversation_start(
        entity_id=chargecars.entity.id, user=agent, start=replace(start, key="oeps", subject="Oeps"), now=now
    )
    reply_undo(message=undone.message, user=agent, now=now)
    undone.thread.refresh_from_db()
    assert undone.thread.status == "resolved"
    joined = mail(chargecars, "Prima", sender="nieuw@klant.example", subject=f"Re: {sent.message.subject}")
    assert joined == thread
    assert SlaTimer.objects.filter(thread=thread, state="running").count() == 1
    assert list(ThreadEvent.objects.filter(thread=thread).values_list("kind", flat=True)) == ["started"]


def test_over_whatsapp_a_template_begins_it_once_and_free_text_does_not(
    chargecars: Brand, agent: Any, approved: CommunicationTemplate
) -> None:
    def start(**fields: Any) -> Any:
        new = NewConversation(
            **({"medium": "whatsapp", "address": "06-12345678", "body": "", "key": "k"} | fields)
        )
        return conversation_start(entity_id=chargecars.entity.id, user=agent, start=new, now=timezone.now())

    with pytest.raises(DeskRefused):
        start(body="Hallo", name="Jan")
    assert not Contact.objects.exists()  # a refusal leaves nothing
    sent = start(template_id=approved.id, name="Jan")
    assert (sent.message.body, sent.message.data["template_values"]) == ("Hallo Jan", ["Jan"])
    with pytest.raises(DeskRefused, match=sent.thread.reference_number):
        start(template_id=approved.id, key="other")
    Contact.objects.update(marketing_stopped_at=timezone.now())
    CommunicationThread.objects.update(status="resolved", resolved_at=timezone.now())
    with pytest.raises(DeskRefused):
        start(template_id=approved.id, key="third")
    CommunicationTemplate.objects.update(provider_category="UTILITY")
    later = start(template_id=approved.id, key="third")
    assert later.thread.previous_thread == sent.thread


def test_whom_we_may_not_write_is_refused(
    chargecars: Brand, laderthuis: Brand, agent: Any, analyst: Any, stranger: Any, write: Write
) -> None:
    blocked = write(chargecars, "kapot").contact
    Contact.objects.filter(pk=blocked.pk).update(blocked_at=timezone.now())
    theirs = write(laderthuis, "kapot").contact
    CommunicationThread.objects.update(status="resolved", resolved_at=timezone.now() - timedelta(days=9))
    items = OutboxItem.objects.count()

    def start(user: Any, **fields: Any) -> Any:
        new = NewConversation(**({"medium": "whatsapp", "body": "Hallo", "key": "k"} | fields))
        return conversation_start(entity_id=chargecars.entity.id, user=user, start=new, now=timezone.now())

    for fields in (
        {"contact_id": blocked.id},
        {"contact_id": theirs.id},
        {"address": "geen nummer"},
        {"medium": "phone", "address": "0612345678"},
        {"medium": "email", "address": "a@b.example"},  # no subject
        {"medium": "email", "address": "a@b.example", "subject": "S", "key": ""},
    ):
        with pytest.raises(DeskRefused):
            start(agent, **fields)
    for user in (analyst, stranger):
        with pytest.raises(PermissionDenied):
            start(user, address="0612345678")
    assert OutboxItem.objects.count() == items
