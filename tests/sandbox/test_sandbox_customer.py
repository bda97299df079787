"""The sandbox customer, from what is typed on the page to what comes back, over real sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import (
    CommunicationMessage,
    CommunicationThread,
    Contact,
    InboundReceipt,
)
from routing.models import ConversationRating
from routing.services.ratings.asking import ratings_ask
from tests.sandbox.customer import CUSTOMER, Page, channel, wait_for_state, work


def test_a_customer_writes_over_whatsapp_and_sees_the_answer_and_why(page: Page) -> None:
    support = channel("chargecars", "whatsapp", "support")
    sent = page.send(support, "Ik heb een vraag over mijn factuur")
    assert (sent.status_code, sent.json()["problem"]) == (200, "")
    receipt = InboundReceipt.objects.get()
    assert (receipt.provider, receipt.state) == ("whatsapp", "pending")

    work()
    thread = CommunicationThread.objects.get()
    assert thread.business_entity.entity_code == "chargecars"
    assert thread.channel is not None
    assert thread.channel.channel_code == "admin"
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    chat = page.chat(support)
    assert "Ik heb een vraag over mijn factuur" in chat
    assert answer.body in chat
    assert thread.reference_number in chat
    assert "factuur" in chat
    assert reverse("inbox-thread", args=[thread.id]) in chat
    wait_for_state(answer, "read")


def test_a_customer_is_asked_for_a_mark_over_whatsapp_and_gives_one(page: Page) -> None:
    support = channel("laderthuis", "whatsapp", "support")
    page.send(support, "mijn laadpaal is kapot")
    work()
    thread = CommunicationThread.objects.get()
    CommunicationMessage.objects.create(
        business_entity_id=thread.business_entity_id, thread=thread, channel=support, direction="outbound",
        message_type="reply", state="read", body="Opgelost!", sent_at=timezone.now(),
    )  # fmt: skip
    CommunicationThread.objects.update(
        status="resolved", resolved_at=timezone.now() - timedelta(minutes=5), waiting_since=None
    )
    assert ratings_ask(now=timezone.now()).sent == 1
    work()

    offered = re.findall(r'name="choice" value="([^"]+)"', page.chat(support))
    assert [choice.partition("|")[2][0] for choice in offered] == ["5", "4", "3", "2", "1"]
    assert page.send(support, "", choice=offered[1]).json()["problem"] == ""
    work()

    assert ConversationRating.objects.get(thread=thread).score == 4
    thread.refresh_from_db()
    assert thread.status == "resolved"
    wait_for_state(CommunicationMessage.objects.get(message_type="rating_request"), "read")


def test_the_other_brand_answers_in_its_own_name(page: Page) -> None:
    support = channel("laderthuis", "whatsapp", "support")
    page.send(support, "Mijn lader is kapot")
    work()
    assert CommunicationThread.objects.get().business_entity.entity_code == "laderthuis"
    assert set(Contact.objects.filter(name="Robin de Jong").values_list("business_entity__entity_code")) == {
        ("laderthuis",)
    }
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    assert answer.body in page.chat(support)
    assert answer.body not in page.chat(channel("chargecars", "whatsapp", "support"))


def test_a_failed_delivery_is_visible_with_its_reason(page: Page) -> None:
    support = channel("chargecars", "whatsapp", "support")
    page.send(support, "Help, de laadpaal werkt niet", address="+31601131026")
    work()
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    wait_for_state(answer, "failed")
    assert str(answer.error_text) in page.chat(support, "+31601131026")


def test_a_text_message_goes_in_and_its_answer_comes_back(page: Page) -> None:
    support = channel("chargecars", "sms", "support")
    assert page.send(support, "Mijn laadpaal is kapot").json()["problem"] == ""
    work()
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    assert answer.body in page.chat(support)
    wait_for_state(answer, "delivered")


def test_a_missed_call_opens_a_conversation(page: Page) -> None:
    line = channel("laderthuis", "phone", "support")
    assert page.send(line, "").json()["problem"] == ""
    work()
    thread = CommunicationThread.objects.get()
    assert (thread.medium, thread.business_entity.entity_code) == ("phone", "laderthuis")
    assert thread.reference_number in page.chat(line)


def test_a_mail_lands_in_the_mailbox_and_the_answer_leaves_by_smtp(page: Page) -> None:
    sales = channel("chargecars", "email", "sales")
    address = "robin@klant.example"
    sent = page.send(sales, "Graag een offerte voor een laadpaal", address=address, subject="Offerte")
    assert sent.json()["problem"] == ""
    work()
    answer = CommunicationMessage.objects.get(message_type="auto_response")
    assert answer.state == "sent"
    chat = page.chat(sales, address)
    assert answer.subject in chat
    assert CommunicationThread.objects.get().reference_number in chat


@pytest.mark.parametrize(
    ("fields", "problem"),
    [({"address": "geen nummer"}, "geen nummer"), ({"text": "  "}, "")],
)
def test_what_cannot_be_sent_is_said_and_nothing_is_kept(
    page: Page, fields: dict[str, str], problem: str
) -> None:
    support = channel("chargecars", "whatsapp", "support")
    response = page.send(support, **{"text": "hallo", **fields})
    assert response.status_code == 400
    assert response.json()["problem"]
    assert problem in response.json()["problem"]
    assert not InboundReceipt.objects.exists()


def test_without_script_the_page_comes_back_with_the_conversation(page: Page) -> None:
    support = channel("chargecars", "whatsapp", "support")
    page.open(channel=str(support.id))
    response = page.http.post(
        "/sandbox/send/",
        data={
            "channel": str(support.id),
            "text": "Zonder script",
            "csrfmiddlewaretoken": page.http.cookies["csrftoken"],
            **CUSTOMER,
        },
        follow_redirects=True,
    )
    assert response.status_code == 200
    assert "Zonder script" in response.text


def test_another_visitor_does_not_see_what_was_written(page: Page, visitors: Callable[[], Page]) -> None:
    support = channel("chargecars", "whatsapp", "support")
    page.send(support, "Dit is van mij")
    work()
    assert "Dit is van mij" not in visitors().chat(support)


def test_a_stand_in_that_does_not_run_is_said_in_words(visitors: Callable[[], Page]) -> None:
    response = visitors().send(channel("chargecars", "whatsapp", "support"), "hallo")
    assert response.status_code == 400
    assert "up --demo" in response.json()["problem"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/chat/", "/sandbox/send/"])
def test_outside_the_demo_the_pages_do_not_exist(client: Client, settings: Any, path: str) -> None:
    settings.DEMO = False
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


@pytest.mark.django_db
def test_the_page_of_an_empty_database_says_what_to_do(client: Client, settings: Any) -> None:
    settings.DEMO = True
    response = client.get("/sandbox/")
    assert response.status_code == 200
    assert "seed_demo" in response.content.decode()
