from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.models import (
    AccountNotice,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    InboundReceipt,
    Incident,
    MessageStatusEvent,
    OutboxItem,
)
from channels_app.services.receipts import receipts_replay
from routing.models import MessageRoutingLog, SlaTimer
from routing.services import drain as drain_module
from routing.services.drain import DrainOutcome, drain_batch
from tests.factories import Brand, change, receive, status, text_message, webhook_body

PINNED_STATEMENTS = 24


def drain() -> DrainOutcome:
    total = DrainOutcome()
    while (outcome := drain_batch()).receipts:
        total.add(outcome)
    return total


def mixed(phone_ids: list[str], count: int, *, prefix: str) -> bytes:
    """Messages of `count` senders over these numbers, of several types, and as many statuses."""
    changes = []
    for number in range(count):
        sender = str(31610000000 + number)
        message: dict[str, Any] = text_message(
            "mijn laadpaal is kapot", sender=sender, wamid=f"{prefix}.{number}"
        )
        if number % 3 == 1:
            message = message | {
                "type": "image",
                "image": {"id": f"media{number}", "mime_type": "image/jpeg"},
            }
            del message["text"]
        elif number % 3 == 2:
            message = message | {"type": "location", "location": {"latitude": 52.1, "longitude": 5.1}}
            del message["text"]
        phone_id = phone_ids[number % len(phone_ids)]
        changes.append(
            change(phone_id, messages=[message], statuses=[status(f"{prefix}.out.{number}", "delivered")])
        )
    return webhook_body(*changes)


def test_a_message_is_kept_routed_answered_and_timed(chargecars: Brand) -> None:
    receive(
        webhook_body(
            change(chargecars.phone_ids["support"], messages=[text_message("mijn laadpaal is kapot")])
        )
    )

    outcome = drain()

    assert (outcome.receipts, outcome.quarantined, outcome.batch.stored) == (1, 0, 1)
    message = CommunicationMessage.objects.get(direction="inbound")
    assert (message.external_id, message.body, message.sender) == (
        "wamid.1",
        "mijn laadpaal is kapot",
        "+31687654321",
    )
    thread = message.thread
    assert thread.channel == thread.source_channel == chargecars.channel("whatsapp", "support")
    assert thread.reference_number.startswith("CC-MSG-")
    assert thread.status == "new"
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    assert answer.answers == message
    assert (
        answer.body == f"ChargeCars: Dag Klant 4321, we reageren binnen 30 minuten. {thread.reference_number}"
    )
    assert answer.outbox_item.state == OutboxItem.State.QUEUED
    assert answer.outbox_item.recipient == "+31687654321"
    timer = SlaTimer.objects.get()
    assert timer.due_at == thread.response_due_at == timer.started_at + timedelta(minutes=30)
    log = MessageRoutingLog.objects.get()
    assert log.communication_message == message
    assert log.keyword_matches == {"support": ["kapot"]}
    assert {candidate["channel_code"] for candidate in log.candidates} == {
        "support", "sales", "admin", "operations", "emergency",
    }  # fmt: skip
    assert InboundReceipt.objects.get().state == "done"


def test_an_invoice_question_by_whatsapp_belongs_to_administration_and_is_answered_by_whatsapp(
    chargecars: Brand,
) -> None:
    receive(
        webhook_body(
            change(chargecars.phone_ids["sales"], messages=[text_message("waar blijft mijn factuur?")])
        )
    )
    drain()

    thread = CommunicationThread.objects.get()

    assert thread.channel == chargecars.channel("email", "admin")
    assert thread.source_channel == chargecars.channel("whatsapp", "sales")
    assert OutboxItem.objects.get().channel == chargecars.channel("whatsapp", "sales")


def test_the_same_payload_again_changes_nothing(chargecars: Brand) -> None:
    body = webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")]))
    receive(body)
    drain()
    receive(body)
    receive(body)

    outcome = drain()

    assert (outcome.batch.stored, outcome.batch.duplicates) == (0, 2)
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert (
        CommunicationThread.objects.count()
        == OutboxItem.objects.count()
        == MessageRoutingLog.objects.count()
        == 1
    )


def test_one_payload_of_a_thousand_messages_lands_under_the_right_brands(
    chargecars: Brand, laderthuis: Brand
) -> None:
    numbers = [
        chargecars.phone_ids["support"],
        chargecars.phone_ids["sales"],
        laderthuis.phone_ids["support"],
    ]
    changes = [
        change(
            numbers[n % 3],
            messages=[text_message(f"vraag {n}", sender=str(31620000000 + n), wamid=f"big.{n}")],
        )
        for n in range(1000)
    ]
    receive(webhook_body(*changes))

    outcome = drain()

    assert (outcome.batch.stored, outcome.quarantined) == (1000, 0)
    inbound = CommunicationMessage.objects.filter(direction="inbound")
    assert inbound.filter(business_entity=chargecars.entity).count() == 667
    assert inbound.filter(business_entity=laderthuis.entity).count() == 333
    for message in inbound.select_related("thread__channel", "channel", "thread__contact"):
        expected = laderthuis if int(message.external_id.split(".")[1]) % 3 == 2 else chargecars
        brand = expected.entity.id
        assert message.business_entity_id == message.channel.business_entity_id == brand
        assert message.thread.business_entity_id == message.thread.contact.business_entity_id == brand
        assert message.thread.channel is not None
        assert message.thread.channel.business_entity_id == brand


def test_one_message_and_three_hundred_cost_the_same_statements(chargecars: Brand, laderthuis: Brand) -> None:
    numbers = [chargecars.phone_ids["support"], laderthuis.phone_ids["support"]]
    receive(mixed(numbers, 2, prefix="warm"))  # both brands are compiled
    drain()
    counts = []
    for size in (1, 300):
        receive(mixed(numbers, size, prefix=f"n{size}"))
        with CaptureQueriesContext(connection) as captured:
            outcome = drain_batch()
        assert outcome.batch.stored == size
        counts.append(
            [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        )

    assert len(counts[0]) == len(counts[1]) == PINNED_STATEMENTS


def test_one_poisonous_message_among_three_hundred_is_quarantined_alone(
    chargecars: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "LONGEST_ID", 10_000)  # so that the database has to refuse it
    phone_id = chargecars.phone_ids["support"]
    for number in range(299):
        receive(
            webhook_body(
                change(
                    phone_id,
                    messages=[text_message("hoi", sender=str(31630000000 + number), wamid=f"p.{number}")],
                )
            )
        )
    poison = receive(webhook_body(change(phone_id, messages=[text_message("hoi", wamid="w" * 2000)])))

    outcome = drain()

    assert (outcome.batch.stored, outcome.quarantined) == (299, 1)
    quarantined = InboundReceipt.objects.get(state="quarantined")
    assert quarantined.id == poison
    assert "beheerder" in quarantined.reason


@pytest.mark.parametrize("text", ["nul \x00 teken", "half surrogaat \ud83d teken", "\ufffe\uffff"])
def test_characters_that_the_database_refuses_are_cleaned_and_the_message_is_kept(
    chargecars: Brand, text: str
) -> None:
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message(text)])))

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.get(direction="inbound").body.startswith(text[:3])


def test_an_impossible_date_falls_back_to_the_moment_of_arrival(chargecars: Brand) -> None:
    message = text_message("hallo") | {"timestamp": "99999999999999999"}
    arrived = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])), at=arrived)

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.get(direction="inbound").sent_at == arrived


def test_malformed_json_is_quarantined_and_can_be_replayed(chargecars: Brand) -> None:
    broken = receive(b'{"object": "whatsapp_business_account", "entry": [')
    drain()
    receipt = InboundReceipt.objects.get(id=broken)
    assert receipt.state == "quarantined"
    assert receipt.reason

    assert receipts_replay(receipt_ids=[broken]) == 1
    assert drain().quarantined == 1


def test_an_unknown_number_is_kept_and_shown_until_its_channel_exists(chargecars: Brand) -> None:
    receipt_id = receive(webhook_body(change("999", messages=[text_message("hallo?")])))
    receive(webhook_body(change("999", messages=[text_message("hallo??", wamid="wamid.2")])))
    drain()
    incident = Incident.objects.get(kind="unknown_account")
    assert "999" in incident.reference
    assert incident.occurrences == 2

    channel = chargecars.channel("whatsapp", "sales")
    channel.provider_account = "999"
    channel.save()
    receipts_replay(receipt_ids=[receipt_id])

    assert drain().batch.stored == 1


def test_a_second_message_joins_the_open_conversation_without_a_second_answer(chargecars: Brand) -> None:
    phone_id = chargecars.phone_ids["support"]
    receive(webhook_body(change(phone_id, messages=[text_message("help")])))
    drain()
    receive(webhook_body(change(phone_id, messages=[text_message("ben je er al?", wamid="wamid.2")])))
    drain()

    thread = CommunicationThread.objects.get()
    assert thread.messages.filter(direction="inbound").count() == 2
    assert OutboxItem.objects.count() == SlaTimer.objects.count() == 1


def test_a_conversation_resolved_a_week_ago_reopens_and_an_older_one_is_only_linked(
    chargecars: Brand,
) -> None:
    phone_id = chargecars.phone_ids["support"]
    receive(webhook_body(change(phone_id, messages=[text_message("help")])))
    drain()
    thread = CommunicationThread.objects.get()
    CommunicationThread.objects.update(status="resolved", resolved_at=timezone.now() - timedelta(days=6))
    receive(webhook_body(change(phone_id, messages=[text_message("nog steeds", wamid="wamid.2")])))
    drain()
    thread.refresh_from_db()
    assert thread.status == "open"

    CommunicationThread.objects.update(status="resolved", resolved_at=timezone.now() - timedelta(days=8))
    receive(webhook_body(change(phone_id, messages=[text_message("iets nieuws", wamid="wamid.3")])))
    drain()
    newest = CommunicationThread.objects.exclude(id=thread.id).get()
    assert newest.previous_thread == thread


def test_the_same_person_writing_to_two_brands_is_two_contacts(chargecars: Brand, laderthuis: Brand) -> None:
    receive(
        webhook_body(
            change(chargecars.phone_ids["support"], messages=[text_message("help", wamid="a")]),
            change(laderthuis.phone_ids["support"], messages=[text_message("help", wamid="b")]),
        )
    )
    drain()

    assert Contact.objects.count() == CommunicationThread.objects.count() == 2
    for thread in CommunicationThread.objects.select_related("contact"):
        assert thread.business_entity_id == thread.contact.business_entity_id


def test_a_phone_number_that_comes_later_belongs_to_the_business_scoped_user(chargecars: Brand) -> None:
    phone_id = chargecars.phone_ids["support"]
    anonymous = text_message("hoi") | {"from_user_id": "NL.1349120865530274"}
    del anonymous["from"]
    value = change(phone_id)["value"] | {
        "contacts": [{"profile": {"name": "Pablo"}, "user_id": "NL.1349120865530274"}],
        "messages": [anonymous],
    }
    receive(webhook_body({"field": "messages", "value": value}))
    drain()
    known = text_message("hier mijn nummer", wamid="wamid.2") | {"from_user_id": "NL.1349120865530274"}
    receive(webhook_body(change(phone_id, messages=[known])))
    drain()
    receive(webhook_body(change(phone_id, messages=[text_message("alleen nummer", wamid="wamid.3")])))
    drain()

    contact = Contact.objects.get()
    assert set(contact.identifiers.values_list("value", flat=True)) == {"NL.1349120865530274", "+31687654321"}
    assert CommunicationThread.objects.count() == 1


def test_two_contacts_that_turn_out_to_be_one_person_become_one(chargecars: Brand) -> None:
    phone_id = chargecars.phone_ids["support"]
    by_user = text_message("hoi", wamid="u") | {"from_user_id": "NL.77"}
    del by_user["from"]
    value = change(phone_id)["value"] | {"messages": [by_user]}
    receive(webhook_body({"field": "messages", "value": value}))
    receive(webhook_body(change(phone_id, messages=[text_message("hoi", wamid="p")])))
    drain()
    assert Contact.objects.count() == 2

    both = text_message("ik ben het", wamid="both") | {"from_user_id": "NL.77"}
    receive(webhook_body(change(phone_id, messages=[both])))
    drain()

    contact = Contact.objects.get()
    assert contact.identifiers.count() == 2
    assert CommunicationThread.objects.filter(contact=contact).count() == 2
    assert CommunicationThread.objects.unresolved().count() == 1  # type: ignore[attr-defined]


def test_a_changed_number_stays_the_same_contact(chargecars: Brand) -> None:
    phone_id = chargecars.phone_ids["support"]
    receive(webhook_body(change(phone_id, messages=[text_message("help")])))
    drain()
    notice = {
        "from": "31687654321", "id": "wamid.sys", "timestamp": "1753851315", "type": "system",
        "system": {"body": "changed", "wa_id": "31600000099", "type": "user_changed_number"},
    }  # fmt: skip
    value = change(phone_id)["value"] | {"messages": [notice]}
    receive(webhook_body({"field": "messages", "value": value}))
    receive(
        webhook_body(
            change(phone_id, messages=[text_message("nieuw nummer", sender="31600000099", wamid="n")])
        )
    )
    drain()

    assert Contact.objects.count() == CommunicationThread.objects.count() == 1


def test_a_reaction_starts_no_clock_and_gets_no_answer(chargecars: Brand) -> None:
    reaction = {
        "from": "31687654321", "id": "wamid.r", "timestamp": str(int(timezone.now().timestamp())),
        "type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"},
    }  # fmt: skip
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[reaction])))
    drain()

    assert CommunicationMessage.objects.get().body == "👍"
    assert not OutboxItem.objects.exists()
    assert not SlaTimer.objects.exists()
    assert CommunicationThread.objects.get().set_aside
    assert CommunicationThread.objects.get().labels == []


def test_a_blocked_contact_is_heard_by_nobody(chargecars: Brand) -> None:
    phone_id = chargecars.phone_ids["support"]
    receive(webhook_body(change(phone_id, messages=[text_message("reclame")])))
    drain()
    OutboxItem.objects.all().delete()
    CommunicationMessage.objects.filter(direction="outbound").delete()
    Contact.objects.update(blocked_at=timezone.now())
    CommunicationThread.objects.update(status="resolved", resolved_at=timezone.now() - timedelta(days=30))
    receive(webhook_body(change(phone_id, messages=[text_message("meer reclame", wamid="wamid.2")])))
    drain()

    assert CommunicationMessage.objects.filter(body="meer reclame").exists()
    assert not OutboxItem.objects.exists()


def test_in_shadow_mode_everything_is_routed_and_nothing_leaves(chargecars: Brand) -> None:
    chargecars.entity.shadow_mode = True
    chargecars.entity.save()
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("help")])))
    drain()

    assert MessageRoutingLog.objects.count() == 1
    assert OutboxItem.objects.get().state == "held"
    assert CommunicationMessage.objects.get(direction="outbound").state == "held"


def test_an_emergency_opens_an_escalation_with_its_steps_once(chargecars: Brand) -> None:
    chargecars.entity.auto_routing_rules = {"emergency_keywords": ["brand", "rook"]}
    chargecars.entity.save()
    phone_id = chargecars.phone_ids["support"]
    receive(webhook_body(change(phone_id, messages=[text_message("er komt rook uit de laadpaal!")])))
    receive(webhook_body(change(phone_id, messages=[text_message("nog meer rook!", wamid="wamid.2")])))
    drain()

    thread = CommunicationThread.objects.get()
    assert thread.channel == chargecars.channel("email", "emergency")
    assert thread.is_urgent
    escalation = thread.escalations.get()  # type: ignore[attr-defined]
    assert escalation.steps.count() == 3
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    assert "Bel 112" in answer.body


def test_a_full_department_takes_the_conversation_into_its_queue(chargecars: Brand) -> None:
    channel = chargecars.channel("whatsapp", "support")
    type(channel).objects.filter(business_entity=chargecars.entity, channel_code="support").update(
        max_concurrent_conversations=1
    )
    phone_id = chargecars.phone_ids["support"]
    messages = [text_message("kapot", sender=str(31640000000 + n), wamid=f"c.{n}") for n in range(4)]
    receive(webhook_body(change(phone_id, messages=messages)))
    drain()

    actions = list(MessageRoutingLog.objects.order_by("id").values_list("action", flat=True))
    assert actions.count("queue_for_capacity") >= 2
    assert CommunicationThread.objects.filter(channel__channel_code="support").count() == 4


def test_a_status_of_nobodys_message_is_kept(chargecars: Brand) -> None:
    receive(webhook_body(change(chargecars.phone_ids["support"], statuses=[status("wamid.unknown", "read")])))
    drain()

    event = MessageStatusEvent.objects.get()
    assert (event.external_id, event.state, event.message_id) == ("wamid.unknown", "read", None)


def test_news_about_templates_is_kept_and_changes_their_approval(chargecars: Brand) -> None:
    chargecars.entity.whatsapp_business_account_id = "102290129340398"
    chargecars.entity.save()
    template = chargecars.entity.templates.get(situation="first_contact")
    template.provider_name, template.approval = "eerste_bericht", "pending"
    template.save()
    value = {
        "event": "APPROVED", "message_template_id": 1, "message_template_name": "eerste_bericht",
        "message_template_language": "nl", "reason": "NONE",
    }  # fmt: skip
    receive(webhook_body({"field": "message_template_status_update", "value": value}))
    drain()

    template.refresh_from_db()
    assert template.approval == "approved"
    assert AccountNotice.objects.get().business_entity == chargecars.entity
