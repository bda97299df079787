from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    OutboxItem,
)
from channels_app.services.outbox import outbox_claim
from routing.models import DraftFile, Escalation, SlaTimer, ThreadDraft, ThreadEvent
from routing.services.desk.composing import composer_for
from routing.services.desk.drafting import draft_of, draft_save
from routing.services.desk.errors import AnswerConflict, DeskRefused
from routing.services.desk.escalating import thread_escalate
from routing.services.desk.files import draft_file_add
from routing.services.desk.notes import note_add
from routing.services.desk.outgoing import Sent
from routing.services.desk.replying import Reply, reply_send
from routing.services.desk.seen import seen_token
from routing.services.desk.undoing import reply_undo
from tests.factories import Brand
from tests.routing.desk.conftest import Write

pytestmark = pytest.mark.django_db

Answer = Callable[..., Sent]
Mail = Callable[..., CommunicationThread]


@pytest.fixture
def signature(chargecars: Brand) -> CommunicationTemplate:
    return CommunicationTemplate.objects.create(
        business_entity=chargecars.entity, template_code="handtekening", template_name="Handtekening",
        situation="signature", content="Met groet,\n{{ agent_name }}\n{{ entity_name }}",
    )  # fmt: skip


@pytest.fixture
def approved(chargecars: Brand) -> CommunicationTemplate:
    return CommunicationTemplate.objects.create(
        business_entity=chargecars.entity, template_code="vervolg", template_name="Vervolg", situation="reply",
        channel_type="whatsapp", content="Hallo {{ customer_name }}, over {{ reference_number }}",
        provider_name="vervolg", provider_variables=["customer_name", "reference_number"], approval="approved",
    )  # fmt: skip


def state(thread: CommunicationThread) -> Any:
    thread.refresh_from_db()
    return (
        thread.status, thread.waiting_since, thread.response_due_at, thread.first_response_at, thread.assignee_id,
        list(SlaTimer.objects.filter(thread=thread).order_by("id").values_list("state", "answered_at", "breached_at")),
    )  # fmt: skip


def test_an_answer_leaves_from_the_number_written_to_and_stops_the_clock(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    automatic = thread.messages.filter(message_type="auto_response").count()
    assert automatic == 1
    assert SlaTimer.objects.get(thread=thread).state == "running"  # an automatic answer does not stop it
    draft_save(thread=thread, user=agent, body="We kom", now=timezone.now())

    now = timezone.now()
    sent = answer(thread, "Dag {{ customer_name }}, we komen eraan.", now=now)

    message = CommunicationMessage.objects.get(message_type="reply")
    item = OutboxItem.objects.get(message=message)
    assert (message.body, message.recipients, message.author, message.state) == (
        "Dag Klant 1111, we komen eraan.", ["+31680001111"], agent, "queued",
    )  # fmt: skip
    assert message.channel == item.channel == chargecars.channel("whatsapp", "support")
    assert (sent.outgoing, sent.leaves_at) == ((item.channel_id,), now + timedelta(seconds=8))
    assert outbox_claim(channel_id=item.channel_id, limit=9, now=now) != [item.id]
    OutboxItem.objects.exclude(id=item.id).delete()
    assert outbox_claim(channel_id=item.channel_id, limit=9, now=sent.leaves_at) == [item.id]
    thread.refresh_from_db()
    clock = SlaTimer.objects.get(thread=thread)
    assert (clock.state, clock.answered_at) == ("met", now)
    assert (thread.status, thread.waiting_since, thread.response_due_at) == ("waiting", None, None)
    assert (thread.first_response_at, thread.last_outbound_at, thread.assignee) == (now, now, agent)
    assert draft_of(thread, agent) is None
    event = ThreadEvent.objects.get()
    assert (event.kind, event.actor, event.data["message_id"]) == ("replied", agent, str(message.id))


def test_a_mail_is_answered_in_its_own_thread_from_the_departments_address_with_its_signature(
    chargecars: Brand, agent: Any, mail: Mail, answer: Answer, signature: CommunicationTemplate
) -> None:
    thread = mail(
        chargecars, "Waar blijft mijn factuur?", Message_ID="<twee@klant.example>", References="<een@klant.example>",
        Cc="Piet <piet@klant.example>",
    )  # fmt: skip
    assert thread.channel == chargecars.channel("email", "admin")
    composer = composer_for(thread=thread, user=agent, now=timezone.now())
    assert (composer.way.sender_address, composer.way.recipient, composer.way.others) == (
        "admin@chargecars.nl", "jan@klant.example", ("piet@klant.example",),
    )  # fmt: skip
    assert composer.signature == "Met groet,\nagent\nChargeCars"

    answer(thread, "Die komt eraan.", cc=("piet@klant.example",))

    message = CommunicationMessage.objects.get(message_type="reply")
    assert (message.channel, message.sender) == (chargecars.channel("email", "admin"), "admin@chargecars.nl")
    assert message.subject == f"Re: Vraag [{thread.reference_number}]"
    assert message.reply_to == "<twee@klant.example>"
    assert message.references == ["<een@klant.example>", "<twee@klant.example>"]
    assert message.body == "Die komt eraan.\n\nMet groet,\nagent\nChargeCars"
    assert message.new_text == "Die komt eraan."
    assert message.data["cc"] == ["piet@klant.example"]


def test_without_signature_or_with_it_in_the_text_it_stands_there_once(
    chargecars: Brand, mail: Mail, answer: Answer, signature: CommunicationTemplate
) -> None:
    thread = mail(chargecars)
    answer(thread, "Kort.", with_signature=False)
    answer(thread, "Lang.\n\n{{ signature }}")

    bodies = CommunicationMessage.objects.filter(message_type="reply").order_by("id")
    assert [message.body for message in bodies] == ["Kort.", "Lang.\n\nMet groet,\nagent\nChargeCars"]


@pytest.mark.parametrize("resolve", [False, True])
def test_send_and_resolve_is_one_step(chargecars: Brand, write: Write, answer: Answer, resolve: bool) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    answer(thread, resolve_after=resolve)
    thread.refresh_from_db()
    assert thread.status == ("resolved" if resolve else "waiting")
    assert (thread.resolved_at is not None) == resolve
    assert SlaTimer.objects.get(thread=thread).state == "met"


def test_an_answer_past_a_message_that_was_not_seen_is_refused_until_confirmed(
    chargecars: Brand, agent: Any, colleague: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    seen = seen_token(thread, agent)
    write(chargecars, "laat maar, hij doet het weer", sender="31680001111")
    note_add(thread=thread, user=colleague, body="Niet bellen", now=timezone.now())
    answer(thread, "Fijn!", user=colleague)

    with pytest.raises(AnswerConflict) as conflict:
        answer(thread, "Zet de groep uit.", seen=seen)
    assert [(news.kind, news.who, news.text) for news in conflict.value.news] == [
        ("customer", "Klant 1111", "laat maar, hij doet het weer"),
        ("note", "Sanne Bakker", "Niet bellen"),
        ("answer", "Sanne Bakker", "Fijn!"),
    ]
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 1
    answer(thread, "Zet de groep uit.", seen=conflict.value.seen)
    answer(thread, "En weer aan.", seen=seen, confirmed=True)
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 3


def test_a_message_that_was_numbered_earlier_but_became_visible_later_counts_as_news(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    write(chargecars, "nummer twee", sender="31680001111")
    first, second = thread.messages.filter(direction="inbound").order_by("id")
    seen = f"1.{second.id}"  # the page showed the second only; the first was still being stored
    CommunicationMessage.objects.filter(id=first.id).update(created_at=timezone.now())

    with pytest.raises(AnswerConflict) as conflict:
        answer(thread, seen=seen)
    assert [news.message_id for news in conflict.value.news] == [first.id]


def test_own_notes_and_automatic_answers_are_no_news(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    seen = seen_token(thread, agent)
    note_add(thread=thread, user=agent, body="Even uitzoeken", now=timezone.now())
    CommunicationMessage.objects.filter(thread=thread, message_type="auto_response").update(
        created_at=timezone.now()
    )
    answer(thread, seen=seen)


@pytest.mark.parametrize("token", ["", "rubbish", "1.x", "-5."])
def test_whoever_does_not_say_what_they_saw_has_seen_nothing(
    chargecars: Brand, write: Write, answer: Answer, token: str
) -> None:
    with pytest.raises(AnswerConflict):
        answer(write(chargecars, "mijn laadpaal is kapot"), seen=token)


def test_a_double_click_sends_once(chargecars: Brand, write: Write, answer: Answer) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    seen = "0."

    first = answer(thread, key="same", seen=seen, confirmed=True)
    again = answer(thread, key="same", seen=seen)

    assert (first.repeated, again.repeated) == (False, True)
    assert again.message == first.message
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 1
    for key in ("", "x" * 65):
        with pytest.raises(DeskRefused):
            answer(thread, key=key)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_at_the_same_moment_cannot_both_do_so_unknowingly(
    chargecars: Brand, agent: Any, colleague: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    both = {user: seen_token(thread, user) for user in (agent, colleague)}
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def send(user: Any) -> None:
        try:
            start.wait()
            reply_send(
                thread=thread, user=user, now=timezone.now(),
                reply=Reply(body=f"Van {user.username}", key="k", seen=both[user]),
            )  # fmt: skip
            outcomes.append("sent")
        except AnswerConflict:
            outcomes.append("conflict")
        finally:
            connections.close_all()

    workers = [threading.Thread(target=send, args=(user,)) for user in both]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(outcomes) == ["conflict", "sent"]
    assert CommunicationMessage.objects.filter(message_type="reply").count() == 1


def test_outside_the_window_only_an_approved_template_goes_with_its_values(
    chargecars: Brand, agent: Any, write: Write, answer: Answer, approved: CommunicationTemplate
) -> None:
    thread = write(
        chargecars, "mijn laadpaal is kapot", at=timezone.now() - timedelta(hours=25), sender="31680001111"
    )
    composer = composer_for(thread=thread, user=agent, now=timezone.now())
    assert not composer.way.free_text
    assert composer.way.window_closes_at is not None
    [choice] = composer.templates
    assert [(entry.name, entry.value) for entry in choice.fields] == [
        ("customer_name", "Klant 1111"), ("reference_number", thread.reference_number),
    ]  # fmt: skip

    for wrong in ({}, {"template_id": approved.id, "variables": {"customer_name": " "}}):
        with pytest.raises(DeskRefused):
            answer(thread, **wrong)
    answer(thread, "", template_id=approved.id, variables={"customer_name": "Jan"})

    message = CommunicationMessage.objects.get(message_type="reply")
    assert message.body == f"Hallo Jan, over {thread.reference_number}"
    assert message.data["template_values"] == ["Jan", thread.reference_number]
    assert message.template == approved


def test_a_template_that_is_not_approved_never_leaves(
    chargecars: Brand, agent: Any, write: Write, answer: Answer, approved: CommunicationTemplate
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    CommunicationTemplate.objects.filter(id=approved.id).update(approval="paused")
    with pytest.raises(DeskRefused):
        answer(thread, template_id=approved.id)
    assert composer_for(thread=thread, user=agent, now=timezone.now()).templates == ()


def test_the_window_is_that_of_the_number_the_customer_last_wrote_to(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "kapot", at=timezone.now() - timedelta(hours=30), sender="31680001111")
    write(chargecars, "en een offerte graag", to="sales", sender="31680001111")

    answer(thread)

    assert CommunicationMessage.objects.get(message_type="reply").channel == chargecars.channel(
        "whatsapp", "sales"
    )


def test_in_shadow_mode_it_is_held_and_with_the_brake_on_it_waits(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    chargecars.entity.outgoing_stopped = True
    chargecars.entity.save()
    waiting = answer(thread)
    assert outbox_claim(channel_id=waiting.item.channel_id, limit=9, now=waiting.leaves_at) == []
    chargecars.entity.shadow_mode = True
    chargecars.entity.save()
    thread.refresh_from_db()

    held = answer(thread)

    assert (held.message.state, held.item.state, held.outgoing) == ("held", "held", ())
    assert len(composer_for(thread=thread, user=agent, now=timezone.now()).way.remarks) == 2


def test_uploads_leave_as_attachments_and_a_strangers_upload_does_not(
    chargecars: Brand, agent: Any, colleague: Any, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars)
    entity = chargecars.entity.id
    upload = draft_file_add(
        entity_id=entity, user=agent, name="..\\..\\schema.pdf", content_type="application/pdf", data=b"%PDF",
        now=timezone.now(),
    )  # fmt: skip
    theirs = draft_file_add(
        entity_id=entity, user=colleague, name="x.pdf", content_type="application/pdf", data=b"%PDF", now=timezone.now()
    )  # fmt: skip
    with pytest.raises(DeskRefused):
        answer(thread, attachments=(theirs.id,))
    with pytest.raises(DeskRefused):
        draft_file_add(
            entity_id=entity, user=agent, name="leeg", content_type="", data=b"", now=timezone.now()
        )

    answer(thread, "", attachments=(upload.id,), with_signature=False)

    [file] = CommunicationMessage.objects.get(message_type="reply").attachments.all()
    assert (file.name, file.state) == ("schema.pdf", "stored")
    with file.file.open() as stored:
        assert stored.read() == b"%PDF"
    assert list(DraftFile.objects.all()) == [theirs]


def test_what_cannot_be_sent_is_refused_in_words_and_leaves_no_trace(
    chargecars: Brand, agent: Any, analyst: Any, stranger: Any, write: Write, mail: Mail, answer: Answer
) -> None:
    chat, letter = write(chargecars, "mijn laadpaal is kapot"), mail(chargecars)
    before = state(chat), state(letter), OutboxItem.objects.count()
    for thread, fields in (
        (chat, {"body": "  \n "}),
        (chat, {"cc": ("piet@klant.example",)}),
        (letter, {"cc": ("geen adres",)}),
        (letter, {"cc": ("piet@klant.example\r\nBcc: x@y.z",)}),
        (letter, {"to": "vreemd@elders.example"}),
    ):
        with pytest.raises(DeskRefused):
            answer(thread, **fields)
    for user in (analyst, stranger):
        with pytest.raises(PermissionDenied):
            answer(chat, user=user)
    assert (state(chat), state(letter), OutboxItem.objects.count()) == before
    assert not ThreadEvent.objects.exists()


def test_an_answer_is_taken_back_before_it_leaves_and_everything_is_as_it_was(
    chargecars: Brand,
    agent: Any,
    colleague: Any,
    mail: Mail,
    answer: Answer,
    signature: CommunicationTemplate,
) -> None:
    thread = mail(chargecars)
    before = state(thread)
    upload = draft_file_add(
        entity_id=chargecars.entity.id, user=agent, name="a.pdf", content_type="application/pdf", data=b"%PDF",
        now=timezone.now(),
    )  # fmt: skip
    sent = answer(thread, "Oeps", cc=("piet@klant.example",), attachments=(upload.id,), resolve_after=True)
    note_add(thread=thread, user=colleague, body="Kijk nog eens", now=timezone.now())
    with pytest.raises(DeskRefused):
        reply_undo(message=sent.message, user=colleague, now=timezone.now())

    reply_undo(message=sent.message, user=agent, now=timezone.now())

    assert state(thread) == before
    assert not OutboxItem.objects.filter(message__message_type="reply").exists()
    draft = draft_of(thread, agent)
    assert draft is not None
    assert (draft.body, draft.content["cc"]) == ("Oeps", ["piet@klant.example"])
    again = DraftFile.objects.get()
    assert draft.content["attachments"] == [str(again.id)]
    with again.file.open() as stored:
        assert stored.read() == b"%PDF"
    assert list(ThreadEvent.objects.order_by("id").values_list("kind", flat=True)) == [
        "replied", "noted", "reply_undone",
    ]  # fmt: skip


def test_once_a_worker_has_it_it_cannot_be_taken_back(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    sent = answer(thread)
    OutboxItem.objects.filter(id=sent.item.id).update(state="claimed")

    with pytest.raises(DeskRefused):
        reply_undo(message=sent.message, user=agent, now=timezone.now())
    assert CommunicationMessage.objects.filter(id=sent.message.id).exists()


def test_taking_an_answer_back_calls_again_for_whoever_was_called(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "er komt rook uit de laadpaal, hij staat in brand")
    emergency = Escalation.objects.get(thread=thread, cause="emergency")
    thread_escalate(thread=thread, user=agent, reason="Belt voor de derde keer", now=timezone.now())

    def calls() -> list[list[Any]]:
        escalations = Escalation.objects.filter(thread=thread).order_by("id")
        alerts = OutboxItem.objects.filter(payload__alert=True).order_by("id")
        return [
            list(escalations.values_list("cause", "state", "acknowledged_at", "acknowledged_by")),
            list(emergency.steps.order_by("position").values_list("state", flat=True)),
            list(alerts.values_list("state", "finished_at")),
        ]

    before = calls()
    assert "pending" in before[1]
    sent = answer(thread, "Oeps")
    assert not Escalation.objects.filter(thread=thread, state="open").exists()

    reply_undo(message=sent.message, user=agent, now=timezone.now())

    assert calls() == before


def test_taking_back_leaves_alone_what_was_called_for_anew(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    thread_escalate(thread=thread, user=agent, reason="Eerste", now=timezone.now())
    sent = answer(thread, "Oeps")
    thread_escalate(thread=thread, user=agent, reason="Tweede", now=timezone.now())

    reply_undo(message=sent.message, user=agent, now=timezone.now())

    assert list(Escalation.objects.order_by("id").values_list("reason", "state")) == [
        ("Eerste", "acknowledged"), ("Tweede", "open"),
    ]  # fmt: skip


def test_taking_back_does_not_disturb_what_the_customer_wrote_since(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot", sender="31680001111")
    sent = answer(thread)
    write(chargecars, "hallo?", sender="31680001111")
    before = state(thread)

    reply_undo(message=sent.message, user=agent, now=timezone.now())

    assert state(thread) == before
    assert SlaTimer.objects.filter(thread=thread, state="running").count() == 1


def test_an_answer_acknowledges_an_emergency(chargecars: Brand, write: Write, answer: Answer) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    Escalation.objects.create(
        business_entity=chargecars.entity, thread=thread, channel=thread.channel, cause="emergency"
    )
    answer(thread)
    assert Escalation.objects.get().state == "acknowledged"


def test_a_resolved_conversation_is_answered_unless_another_is_open(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    old = write(chargecars, "kapot", sender="31680001111", at=timezone.now() - timedelta(days=20))
    CommunicationThread.objects.filter(id=old.id).update(
        status="resolved", resolved_at=timezone.now() - timedelta(days=15)
    )
    new = write(chargecars, "kapot", sender="31680001111")
    assert new != old
    old.refresh_from_db()
    with pytest.raises(DeskRefused, match=new.reference_number):
        answer(old)
    CommunicationThread.objects.filter(id=new.id).update(status="resolved", resolved_at=timezone.now())
    answer(old)
    old.refresh_from_db()
    assert (old.status, old.resolved_at) == ("waiting", None)


def test_a_draft_survives_belongs_to_its_writer_and_goes_when_it_is_emptied(
    chargecars: Brand, agent: Any, colleague: Any, analyst: Any, write: Write
) -> None:
    thread = write(chargecars, "mijn laadpaal is kapot")
    for text in ("a", "b"):
        draft_save(thread=thread, user=agent, body=text, now=timezone.now(), content={"subject": "S"})
    draft_save(thread=thread, user=colleague, body="van mij", now=timezone.now())
    with pytest.raises(PermissionDenied):
        draft_save(thread=thread, user=analyst, body="x", now=timezone.now())

    draft = draft_of(thread, agent)
    assert draft is not None
    assert (draft.body, draft.content) == ("b", {"subject": "S"})
    draft_save(thread=thread, user=agent, body="  ", now=timezone.now())
    assert [draft.user for draft in ThreadDraft.objects.all()] == [colleague]


def test_the_composer_asks_the_database_as_often_however_long_the_conversation_is(
    chargecars: Brand, agent: Any, write: Write
) -> None:
    thread = write(chargecars, "kapot", sender="31680001111")
    composer_for(thread=thread, user=agent, now=timezone.now())
    with CaptureQueriesContext(connection) as few:
        composer_for(thread=thread, user=agent, now=timezone.now())
    for number in range(5):
        write(chargecars, f"nog iets {number}", sender="31680001111")
    with CaptureQueriesContext(connection) as many:
        composer_for(thread=thread, user=agent, now=timezone.now())
    assert len(many) == len(few) <= 9, [query["sql"] for query in many]


def test_an_answer_costs_a_fixed_number_of_statements(
    chargecars: Brand, agent: Any, write: Write, answer: Answer
) -> None:
    thread = write(chargecars, "kapot", sender="31680001111")
    answer(write(chargecars, "kapot"))
    seen = seen_token(thread, agent)
    with CaptureQueriesContext(connection) as queries:
        answer(thread, seen=seen)
    assert len(queries) <= 30, [query["sql"][:120] for query in queries]


def test_where_the_departments_mailbox_was_closed_the_one_written_to_answers(
    chargecars: Brand, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars, "Waar blijft mijn factuur?")
    box = chargecars.channel("email", "admin")
    assert thread.channel == box
    BusinessEntityChannel.objects.filter(pk=box.pk).update(is_active=False)
    assert answer(thread).message.sender == "support@chargecars.nl"
    BusinessEntityChannel.objects.filter(business_entity=chargecars.entity).update(is_active=False)
    with pytest.raises(DeskRefused):
        answer(thread)
