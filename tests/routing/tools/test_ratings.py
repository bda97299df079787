"""Customers are asked what they thought: whom, once, over which medium; and what they answer."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.models import ChannelAnalytics
from analytics.services.rollup import rollup
from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    OutboxItem,
)
from channels_app.throttling import LIMITS, Limit
from routing.models import ConversationRating, RatingRequest, ThreadEvent
from routing.selectors.ratings import rating_of
from routing.services.drain import drain_batch
from routing.services.ratings.asking import Asked, ratings_ask
from routing.services.ratings.links import rating_url
from routing.services.ratings.taking import RatingRefused, rating_comment, rating_take
from tests.factories import Brand, change, receive, webhook_body
from tests.routing.tools.conftest import Write

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def rated(chargecars: Brand, laderthuis: Brand) -> None:
    cache.clear()
    for brand in (chargecars, laderthuis):
        BusinessEntity.objects.filter(pk=brand.entity.pk).update(rating_enabled=True, rating_delay_minutes=30)
        for language, words in (("nl", "Hoe ging het?"), ("en", "How was it?")):
            CommunicationTemplate.objects.create(
                business_entity=brand.entity, template_code="rating", template_name="rating", language=language,
                situation="rating", subject="{{ reference_number }}", content=words,
            )  # fmt: skip


def answer(thread: CommunicationThread, *, by: str = "reply", at: datetime | None = None) -> None:
    CommunicationMessage.objects.create(
        business_entity_id=thread.business_entity_id, thread=thread, channel=thread.source_channel,
        direction="outbound", message_type=by, state="sent", body="Opgelost!", sent_at=at or timezone.now(),
    )  # fmt: skip


def resolve(thread: CommunicationThread, *, ago: timedelta = HOUR, **fields: Any) -> CommunicationThread:
    CommunicationThread.objects.filter(pk=thread.pk).update(
        status="resolved",
        resolved_at=timezone.now() - ago,
        waiting_since=None,
        response_due_at=None,
        **fields,
    )
    thread.refresh_from_db()
    return thread


@pytest.fixture
def thread(chargecars: Brand, write: Write) -> CommunicationThread:
    """A conversation over WhatsApp that was answered and resolved an hour ago."""
    found = write(chargecars, "mijn laadpaal is kapot")
    answer(found)
    return resolve(found)


def by_mail(brand: Brand, thread: CommunicationThread) -> CommunicationThread:
    """The same conversation as if it had come by mail."""
    mailbox = brand.channel("email", "support")
    CommunicationMessage.objects.filter(thread=thread, direction="inbound").update(
        channel=mailbox, sender="klant@example.nl", external_id="<vraag@example.nl>"
    )
    CommunicationThread.objects.filter(pk=thread.pk).update(
        medium="email", source_channel=mailbox, channel=mailbox, single_open=False
    )
    thread.refresh_from_db()
    return thread


def ask(now: datetime | None = None) -> Asked:
    return ratings_ask(now=now or timezone.now())


def asked_message(thread: CommunicationThread) -> CommunicationMessage:
    return CommunicationMessage.objects.get(thread=thread, message_type="rating_request")


# --- Whom --------------------------------------------------------------------------------------------------


def test_a_customer_is_asked_once_after_their_conversation(thread: CommunicationThread) -> None:
    first, second = ask(), ask()

    assert (first.sent, second.sent) == (1, 0)
    request = RatingRequest.objects.get(thread=thread)
    item = OutboxItem.objects.get(message=asked_message(thread))
    assert (item.state, item.channel) == ("queued", thread.source_channel)
    assert first.channels == (item.channel_id,)
    assert request.channel == thread.channel
    assert rating_of(thread.pk) == request


@pytest.mark.parametrize(
    "reason",
    [
        "too soon", "too long ago", "reopened", "set aside", "never answered", "blocked", "colleague", "brand off",
        "channel off", "shadow mode", "another conversation is open", "asked last week",
    ],
)  # fmt: skip
def test_nobody_is_asked_who_should_not_be(
    reason: str, thread: CommunicationThread, chargecars: Brand, write: Write
) -> None:
    brand = BusinessEntity.objects.filter(pk=chargecars.entity.pk)
    match reason:
        case "too soon":
            resolve(thread, ago=timedelta(minutes=20))
        case "too long ago":
            resolve(thread, ago=timedelta(days=4))
        case "reopened":
            CommunicationThread.objects.filter(pk=thread.pk).update(status="open")
        case "set aside":
            resolve(thread, set_aside=True)
        case "never answered":
            CommunicationMessage.objects.filter(thread=thread, message_type="reply").delete()
        case "blocked":
            thread.contact.blocked_at = timezone.now()
            thread.contact.save()
        case "colleague":
            thread.contact.kind = "internal"
            thread.contact.save()
        case "brand off":
            brand.update(rating_enabled=False)
        case "channel off":
            BusinessEntityChannel.objects.filter(pk=thread.channel_id).update(rating_requests="off")
        case "shadow mode":
            brand.update(shadow_mode=True)
        case "another conversation is open":
            other = write(chargecars, "en nog iets")
            CommunicationThread.objects.filter(pk=other.pk).update(contact=thread.contact, medium="sms")
        case "asked last week":
            earlier = resolve(write(chargecars, "vorige vraag"))
            CommunicationThread.objects.filter(pk=earlier.pk).update(contact=thread.contact)
            RatingRequest.objects.create(
                business_entity=chargecars.entity, thread=earlier, contact=thread.contact, channel=thread.channel,
                created_at=timezone.now() - timedelta(days=7), expires_at=timezone.now(),
            )  # fmt: skip

    assert ask().sent == 0


def test_a_channel_may_ask_where_its_brand_does_not(thread: CommunicationThread, chargecars: Brand) -> None:
    BusinessEntity.objects.filter(pk=chargecars.entity.pk).update(rating_enabled=False)
    BusinessEntityChannel.objects.filter(pk=thread.channel_id).update(rating_requests="on")

    assert ask().sent == 1


def test_a_customer_with_two_resolved_conversations_is_asked_about_one(
    thread: CommunicationThread, chargecars: Brand, write: Write
) -> None:
    other = by_mail(chargecars, write(chargecars, "nog een vraag"))
    answer(other)
    resolve(other, contact=thread.contact)

    assert ask().sent == 1
    assert ask().sent == 0


# --- Over which medium -------------------------------------------------------------------------------------


def test_whatsapp_offers_a_list_within_the_window(thread: CommunicationThread) -> None:
    ask()

    interactive = asked_message(thread).data["interactive"]
    rows = interactive["action"]["sections"][0]["rows"]
    assert [row["title"][0] for row in rows] == ["5", "4", "3", "2", "1"]
    assert all(len(row["title"]) <= 24 and len(row["id"]) <= 200 for row in rows)
    assert len(interactive["action"]["button"]) <= 20


def test_outside_the_window_only_an_approved_template_may_ask(
    thread: CommunicationThread, chargecars: Brand
) -> None:
    CommunicationMessage.objects.filter(thread=thread, direction="inbound").update(
        sent_at=timezone.now() - timedelta(hours=24)
    )
    assert ask().skipped == 1
    assert RatingRequest.objects.get(thread=thread).skipped == "window_closed"
    RatingRequest.objects.all().delete()
    template = CommunicationTemplate.objects.create(
        business_entity=chargecars.entity, template_code="meta", template_name="meta", situation="rating",
        content="Cijfer?", provider_name="cijfer", provider_variables=["rating_link"], approval="approved",
    )  # fmt: skip

    assert ask().sent == 1
    request, message = RatingRequest.objects.get(thread=thread), asked_message(thread)
    assert message.template == template
    assert message.data["template_values"] == [rating_url(request.id)]


def test_mail_carries_one_link_for_each_mark(thread: CommunicationThread, chargecars: Brand) -> None:
    by_mail(chargecars, thread)
    ask()

    message, link = asked_message(thread), rating_url(RatingRequest.objects.get(thread=thread).id)
    assert message.recipients == ["klant@example.nl"]
    assert link in message.body
    assert all(f'href="{link}?score={score}"' in message.html for score in range(1, 6))
    assert "<vraag@example.nl>" in message.references


def test_a_brand_without_a_text_for_it_is_told_so(thread: CommunicationThread) -> None:
    CommunicationTemplate.objects.filter(situation="rating").delete()

    assert ask().skipped == 1
    assert RatingRequest.objects.get(thread=thread).skipped == "no_template"


# --- The page ----------------------------------------------------------------------------------------------


@pytest.fixture
def page(thread: CommunicationThread) -> str:
    ask()
    return rating_url(RatingRequest.objects.get(thread=thread).id).removeprefix("http://127.0.0.1:8000")


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)


def test_opening_the_page_records_nothing_and_sending_it_does(
    page: str, thread: CommunicationThread, chargecars: Brand
) -> None:
    browser = Client(enforce_csrf_checks=True)
    shown = browser.get(path_of(page), {"score": "4"})
    assert shown.status_code == 200
    assert 'value="4" required checked' in shown.content.decode()
    assert chargecars.entity.entity_name in shown.content.decode()
    assert not ConversationRating.objects.exists()

    done = browser.post(path_of(page), {"score": "4", "comment": "Fijn!"})

    rating = ConversationRating.objects.get(thread=thread)
    assert (rating.score, rating.comment, rating.channel) == (4, "Fijn!", thread.channel)
    assert "Bedankt" in done.content.decode()
    assert done["Referrer-Policy"] == "no-referrer"
    assert "no-store" in done["Cache-Control"]
    assert "default-src 'self'" in done["Content-Security-Policy"]
    assert "<style" not in done.content.decode()


def test_a_mark_is_given_once_and_a_word_may_follow(page: str, thread: CommunicationThread) -> None:
    browser = Client()
    browser.post(path_of(page), {"score": "5"})
    browser.post(path_of(page), {"score": "1"})
    browser.post(path_of(page), {"comment": "Snel geholpen"})
    browser.post(path_of(page), {"comment": "Iets anders"})

    rating = ConversationRating.objects.get(thread=thread)
    assert (rating.score, rating.comment) == (5, "Snel geholpen")


@pytest.mark.parametrize("fields", [{}, {"score": "6"}, {"score": "x"}, {"score": "0", "comment": " "}])
def test_without_a_mark_the_page_asks_for_one(page: str, fields: dict[str, str]) -> None:
    answered = Client().post(path_of(page), fields)

    assert answered.status_code == 400
    assert 'role="alert"' in answered.content.decode()
    assert not ConversationRating.objects.exists()


def test_the_page_speaks_the_customers_language(page: str, thread: CommunicationThread) -> None:
    assert (
        '<html lang="nl">' in Client().get(path_of(page), headers={"accept-language": "en"}).content.decode()
    )
    RatingRequest.objects.filter(thread=thread).delete()
    asked_message(thread).delete()
    thread.contact.language = "en"
    thread.contact.save()

    ask()

    link = rating_url(RatingRequest.objects.get(thread=thread).id)
    assert "How did we help you?" in Client().get(path_of(link)).content.decode()
    assert asked_message(thread).body == "How was it?"


def test_a_link_that_is_old_or_not_ours_does_not_work(page: str) -> None:
    link = path_of(page)
    forged = link[:-2] + ("b/" if link.endswith("a/") else "a/")
    assert Client().get(forged).status_code == 404
    assert Client().post("/rate/nonsense/", {"score": "5"}).status_code == 404
    RatingRequest.objects.update(expires_at=timezone.now())
    assert Client().get(path_of(page)).status_code == 410
    assert Client().post(path_of(page), {"score": "5"}).status_code == 410
    assert not ConversationRating.objects.exists()


def test_whoever_knocks_too_often_has_to_wait(
    page: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_LIMITS = True
    monkeypatch.setitem(LIMITS, "public-page", Limit(per_minute=1, burst=2))
    browser = Client(REMOTE_ADDR=f"203.0.113.{int.from_bytes(os.urandom(1))}")
    assert [browser.get("/rate/nonsense/").status_code for _ in range(3)] == [404, 404, 429]
    assert Client(REMOTE_ADDR="198.51.100.7").get(path_of(page)).status_code == 200


# --- In WhatsApp -------------------------------------------------------------------------------------------


def choose(brand: Brand, thread: CommunicationThread, score: int, *, wamid: str = "wamid.choice") -> None:
    rows = asked_message(thread).data["interactive"]["action"]["sections"][0]["rows"]
    row = next(row for row in rows if row["title"].startswith(str(score)))
    message = {
        "from": thread.contact.identifiers.get(kind="phone").value.removeprefix("+"),
        "id": wamid,
        "timestamp": str(int(timezone.now().timestamp())),
        "type": "interactive",
        "interactive": {"type": "list_reply", "list_reply": {"id": row["id"], "title": row["title"]}},
    }
    receive(webhook_body(change(brand.phone_ids["support"], messages=[message])))
    drain_batch()


def test_a_choice_is_a_rating_and_no_new_question(thread: CommunicationThread, chargecars: Brand) -> None:
    ask()
    sent = OutboxItem.objects.count()

    choose(chargecars, thread, 4)
    choose(chargecars, thread, 1, wamid="wamid.second")

    thread.refresh_from_db()
    assert ConversationRating.objects.get(thread=thread).score == 4
    assert (thread.status, thread.waiting_since) == ("resolved", None)
    assert OutboxItem.objects.count() == sent
    assert thread.messages.filter(direction="inbound").count() == 3


def test_another_brand_cannot_rate_with_our_choice(
    thread: CommunicationThread, laderthuis: Brand, chargecars: Brand
) -> None:
    ask()

    choose(laderthuis, thread, 1)

    assert not ConversationRating.objects.exists()


# --- What follows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status", "cards"),
    [("nothing", "resolved", 0), ("notify", "resolved", 1), ("reopen", "open", 1)],
)
def test_a_low_mark_is_acted_upon_as_the_brand_wants(
    action: str, status: str, cards: int, thread: CommunicationThread, chargecars: Brand
) -> None:
    BusinessEntity.objects.filter(pk=chargecars.entity.pk).update(low_rating_action=action)
    ask()
    request = RatingRequest.objects.get(thread=thread)

    rating_take(request_id=request.id, score=2, comment="Duurde lang", now=timezone.now())
    with pytest.raises(RatingRefused):
        rating_take(request_id=request.id, score=1, comment="", now=timezone.now())

    thread.refresh_from_db()
    assert thread.status == status
    assert OutboxItem.objects.filter(payload__event="low_rating").count() == cards
    assert ThreadEvent.objects.filter(thread=thread, kind="reopened").count() == (action == "reopen")


def test_a_good_mark_disturbs_nobody_and_counts_for_the_department(
    thread: CommunicationThread, chargecars: Brand
) -> None:
    ask()
    now = timezone.now()

    rating_take(request_id=RatingRequest.objects.get(thread=thread).id, score=5, comment="", now=now)
    rollup(since=now - HOUR, until=now + HOUR)

    assert not OutboxItem.objects.filter(payload__event="low_rating").exists()
    row = ChannelAnalytics.objects.get(
        business_entity_channel=thread.channel, ratings=1, hour_tracked__isnull=False
    )
    assert row.customer_satisfaction_score == 5


def test_whoever_has_the_conversation_open_is_told_of_the_mark_and_of_the_word_that_follows(
    thread: CommunicationThread,
) -> None:
    ask()
    request = RatingRequest.objects.get(thread=thread)
    moments = [CommunicationThread.objects.get(pk=thread.pk).updated_at]
    rating_take(request_id=request.id, score=4, comment="", now=timezone.now())
    moments.append(CommunicationThread.objects.get(pk=thread.pk).updated_at)
    rating_comment(request_id=request.id, comment="Vlot geholpen", now=timezone.now())
    moments.append(CommunicationThread.objects.get(pk=thread.pk).updated_at)

    assert moments[0] < moments[1] < moments[2]
