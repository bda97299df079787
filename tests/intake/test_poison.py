"""No single exchange, however it is made, stops the inbox. Found by fuzzing; each was a real stop or crawl."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels_app.models import (
    AccountNotice,
    BusinessEntityChannel,
    CommunicationMessage,
    InboundReceipt,
    Incident,
    MessageStatusEvent,
)
from channels_app.providers.base import (
    AccountEvent,
    AttachmentContent,
    DeliveryFailure,
    DeliveryState,
    Identifier,
    IdentifierKind,
    InboundAttachment,
    InboundMessage,
    ParsedExchange,
    Party,
    RawExchange,
    StatusUpdate,
)
from channels_app.providers.email.headers import message_ids
from channels_app.providers.registry import PROVIDERS, provider_for
from channels_app.services.accounts import channel_configure
from channels_app.services.receipts import receipt_record
from routing.services import batch
from routing.services import drain as drain_module
from routing.services.drain import reason_of_mistake
from tests.factories import Brand, change, receive, status, text_message, webhook_body
from tests.fuzz.test_parsers import bounded
from tests.intake.test_drain import drain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("1\x002", "Geen kanaal heeft het account 12."),
        ("1\ud8002", "Geen kanaal heeft"),
        ("\x00", "Er staat niet bij"),
    ],
)
def test_an_account_that_no_column_can_hold_is_quarantined_and_the_rest_goes_on(
    chargecars: Brand, account: str, said: str
) -> None:
    receive(webhook_body(change(account, messages=[text_message("hallo", wamid="wamid.poison")])))
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))

    assert drain().quarantined == 1
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert InboundReceipt.objects.get(state="quarantined").reason.startswith(said)
    assert not InboundReceipt.objects.filter(state="pending").exists()


def test_news_for_a_business_account_that_no_column_can_hold_is_kept_with_the_messages_beside_it(
    chargecars: Brand,
) -> None:
    body = json.loads(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))
    body["entry"].append({"id": "\ud800", "changes": [{"field": "of_the_future", "value": {"news": 1}}]})
    receive(json.dumps(body).encode())

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert AccountNotice.objects.filter(business_entity=None).exists()


POISON = "a\x00b\ud800c"
CLEAN = "ab?c"


def poisoned(value: Any) -> Any:
    """The value with poison in it, None when it holds no text."""
    if isinstance(value, Enum | bytes) or value is None:
        return None
    if isinstance(value, str):
        return value + POISON
    if isinstance(value, tuple):
        return tuple(poisoned(item) for item in value) or None
    if isinstance(value, dict):
        return {POISON: POISON, "list": [{"deep": POISON}]}
    if is_dataclass(value):
        changes = {part.name: poisoned(getattr(value, part.name)) for part in fields(value)}
        return replace(value, **{name: new for name, new in changes.items() if new is not None})  # type: ignore[type-var]
    return None


WHO = Party((Identifier(IdentifierKind.PHONE, "+31687654321"),), "Jan")
ATTACHMENT = InboundAttachment(
    "meter.jpg", "image/jpeg", AttachmentContent.INLINE, data=b"x", sha256="0" * 64
)
MESSAGE = InboundMessage(
    account="", external_id="id", sent_at=datetime.now(UTC), sender=WHO, body="laadpaal kapot", subject="x", new_text="x",
    authored_text="laadpaal kapot", html="<p>x</p>", attachments=(ATTACHMENT,), reply_to="earlier", references=("first",),
    thread_tokens=("token",), data={}, recipients=(WHO,), on_behalf_of=WHO, also_known_as=WHO.identifiers, headers={},
)  # fmt: skip
STATUS = StatusUpdate("", "id", DeliveryState.FAILED, datetime.now(UTC), failure=DeliveryFailure("1", "x"))
QUALITY = AccountEvent("", "quality", "x", "x", "warning", "1", WHO.identifiers)
TEMPLATE = replace(QUALITY, kind="template_status", data={"event": "APPROVED"})
CALL = replace(QUALITY, kind="call")


def poisonings() -> Iterator[Any]:
    """Every kind of news with poison in one of its fields, and in all of them at once."""
    for name, news in {
        "message": MESSAGE,
        "status": STATUS,
        "quality": QUALITY,
        "template": TEMPLATE,
        "call": CALL,
    }.items():
        yield pytest.param(
            replace(
                poisoned(news),
                account="",
                **({"severity": "warning"} if isinstance(news, AccountEvent) else {}),
            ),
            id=f"{name} all",
        )
        for part in fields(news):
            # An account that is not one of ours is quarantined in words of its own (above); severity is our own word.
            if (
                part.name not in ("account", "severity")
                and (new := poisoned(getattr(news, part.name))) is not None
            ):
                yield pytest.param(replace(news, **{part.name: new}), id=f"{name} {part.name}")


@pytest.mark.parametrize("medium", ["whatsapp", "email", "sms"])
@pytest.mark.parametrize("news", list(poisonings()))
def test_text_that_no_column_can_hold_is_cleaned_in_every_field_of_every_kind_of_news(
    chargecars: Brand, monkeypatch: pytest.MonkeyPatch, news: Any, medium: str
) -> None:
    channel = (
        chargecars.channel("email", "support")
        if medium == "email"
        else chargecars.channel("whatsapp", "support")
    )
    if medium == "sms":
        BusinessEntityChannel.objects.filter(id=channel.id).update(channel_type="sms")
    news = replace(news, account="") if hasattr(news, "account") else news
    kind = {InboundMessage: "messages", StatusUpdate: "statuses", AccountEvent: "events"}[type(news)]
    parsed = ParsedExchange(**{kind: (news,)})
    monkeypatch.setattr(type(PROVIDERS[medium]), "parse", lambda self, exchange, account: parsed)
    receipt_record(
        provider=medium, exchange=RawExchange(body=b"x", received_at=datetime.now(UTC)), channel_id=channel.id
    )

    assert drain().quarantined == 0
    for model, kinds in {
        CommunicationMessage: "messages", MessageStatusEvent: "statuses", AccountNotice: "events",
    }.items():  # fmt: skip
        assert model.objects.exists() == (kinds == kind)


def test_what_is_cleaned_is_read_without_the_nul_and_with_a_mark_for_the_half_letter(
    chargecars: Brand,
) -> None:
    message = {**text_message(POISON), "context": {"id": POISON}}
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))

    assert drain().quarantined == 0
    stored = CommunicationMessage.objects.get(direction="inbound")
    assert (stored.body, stored.reply_to) == (CLEAN, CLEAN)


def test_half_an_emoji_in_a_whatsapp_id_is_a_customer_like_any_other(chargecars: Brand) -> None:
    receive(
        webhook_body(
            change(chargecars.phone_ids["support"], messages=[text_message("hallo", sender="NL.\ud83d1")])
        )
    )

    assert drain().quarantined == 0
    assert (
        CommunicationMessage.objects.get(direction="inbound").thread.contact.identifiers.get().value
        == "NL.?1"
    )


def test_a_nul_in_news_of_quality_still_opens_an_incident(chargecars: Brand) -> None:
    news = {
        "message_template_name": "welkom\x00",
        "previous_quality_score": "\x00",
        "new_quality_score": "RED",
    }
    body = {
        "entry": [{"id": "1\x00", "changes": [{"field": "message_template_quality_update", "value": news}]}]
    }
    receive(json.dumps(body).encode())

    assert drain().quarantined == 0
    assert Incident.objects.get(kind="quality").reference == "welkom"


DEEP = {
    "lists": b"[" * 100_000,
    "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "just beyond": b'{"entry":' + b"[" * 64 + b"]" * 64 + b"}",
}
JSON_MEDIA = {"whatsapp": ("whatsapp", "support"), "messagebird": ("sms", "bird")}


@pytest.mark.parametrize("vendor", JSON_MEDIA)
@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_json_nested_beyond_reason_is_quarantined_in_words_and_shown(
    chargecars: Brand, admin_client: Client, vendor: str, body: bytes
) -> None:
    channel = chargecars.channel("whatsapp", "support")
    if vendor == "messagebird":
        channel = BusinessEntityChannel(
            business_entity=chargecars.entity, channel_code="bird", channel_name="bird", channel_type="sms",
            channel_address="+3197010200002", department="support",
        )  # fmt: skip
        settings = provider_for("sms").Config.model_validate({"vendor": "messagebird", "signing_key": "key"})
        channel_configure(channel=channel, config=settings)
        channel.save()
    exchange = RawExchange(body=body, received_at=datetime.now(UTC))
    receipt = receipt_record(provider=JSON_MEDIA[vendor][0], exchange=exchange, channel_id=channel.id)
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))

    assert drain().quarantined == 1
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert "meer dan 64 lagen" in InboundReceipt.objects.get(id=receipt).reason
    page = admin_client.get(reverse("admin:channels_app_inboundreceipt_change", args=[receipt]))
    assert page.status_code == 200
    assert "meer dan 64 lagen" in page.content.decode()


def test_json_as_deep_as_providers_send_it_is_read(chargecars: Brand) -> None:
    message = {**text_message("hallo"), "extra": json.loads("[" * 40 + "]" * 40)}
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[message])))

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1


def test_a_broken_byte_costs_a_letter_and_not_the_message(chargecars: Brand) -> None:
    body = webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo XX")]))
    receive(body.replace(b"XX", b"\xff"))

    assert drain().quarantined == 0
    assert CommunicationMessage.objects.get(direction="inbound").body == "hallo \ufffd"


@pytest.mark.parametrize("part", ["message", "status"])
def test_an_id_longer_than_any_id_may_be_is_quarantined_in_words(chargecars: Brand, part: str) -> None:
    said = (
        {"messages": [text_message("hallo", wamid="w" * 999)]}
        if part == "message"
        else {"statuses": [status("w" * 999, "read")]}
    )
    receive(webhook_body(change(chargecars.phone_ids["support"], **said)))

    assert drain().quarantined == 1
    reason = InboundReceipt.objects.get().reason
    assert "te lang om te bewaren" in reason
    assert "999 tekens" in reason


def letters_of_three_bytes(count: int) -> str:
    """An id that no index can hold: nothing in it can be compressed."""
    rng = random.Random(1)
    return "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(count))


@pytest.mark.parametrize("foreseen", [True, False])
def test_an_id_that_no_index_can_hold_stops_nobody_else(
    chargecars: Brand, monkeypatch: pytest.MonkeyPatch, foreseen: bool
) -> None:
    if (
        not foreseen
    ):  # then it is PostgreSQL that refuses, with an error like those of a database that is away
        monkeypatch.setattr(drain_module, "MOST_ID_BYTES", 10_000)
    phone_id = chargecars.phone_ids["support"]
    receive(
        webhook_body(change(phone_id, messages=[text_message("hallo", wamid=letters_of_three_bytes(990))]))
    )
    receive(webhook_body(change(phone_id, messages=[text_message("hallo")])))

    assert drain().quarantined == 1
    assert CommunicationMessage.objects.filter(direction="inbound").count() == 1
    assert ("te lang om te bewaren" in InboundReceipt.objects.get(state="quarantined").reason) == foreseen


def test_a_mail_with_an_id_that_no_index_can_hold_stops_nobody_else(chargecars: Brand) -> None:
    mailbox = chargecars.channel("email", "support")
    for number, name in enumerate((letters_of_three_bytes(960), "1")):
        mail = (
            f"From: Jan <jan@klant.example>\r\nTo: {mailbox.channel_address}\r\nSubject: Vraag\r\n"
            f"Message-ID: <{name}@klant.example>\r\nReferences: <{letters_of_three_bytes(970)}@x.example>\r\n\r\nhallo {number}\r\n"
        )
        exchange = RawExchange(body=mail.encode(), received_at=datetime.now(UTC))
        receipt_record(provider="email", exchange=exchange, channel_id=mailbox.id)

    drain()
    assert not InboundReceipt.objects.filter(state="pending").exists()
    assert CommunicationMessage.objects.filter(direction="inbound", body="hallo 1").exists()


def test_a_mistake_of_our_own_code_is_told_in_words_without_the_customers(
    chargecars: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **options: Any) -> None:
        raise RuntimeError("hallo")

    monkeypatch.setattr(batch, "inbound_row", breaks)
    receive(webhook_body(change(chargecars.phone_ids["support"], messages=[text_message("hallo")])))

    assert drain().quarantined == 1
    reason = InboundReceipt.objects.get().reason
    assert reason == reason_of_mistake(RuntimeError())
    assert "hallo" not in reason
    assert "beheerder" in reason


def test_a_very_long_field_without_message_ids_is_read_in_one_pass() -> None:
    with bounded("message_ids"):
        assert message_ids("geen, " * 100_000) == ()
