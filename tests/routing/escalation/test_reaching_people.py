"""A step by mail, text message or telephone leaves by that medium, in the brand's name, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from channels_app.models import BusinessEntityChannel, OnCallShift, OutboxItem
from channels_app.sandbox.graph_server import running
from channels_app.sandbox.mail_server import MailOutbox, SmtpServer
from channels_app.sandbox.twilio_api import TwilioSandbox
from channels_app.services.delivery import deliver_channel
from routing.models import Escalation, EscalationStep
from routing.services.acknowledgement import escalation_acknowledge
from routing.services.escalation_steps import escalation_steps_take
from tests.analytics import world
from tests.routing.escalation.conftest import NOON, TWILIO, configured, waiting

pytestmark = pytest.mark.django_db


@dataclass
class House:
    """ChargeCars with a channel of every medium; LaderThuis has the same, under other addresses."""

    desk: BusinessEntityChannel
    mailbox: BusinessEntityChannel
    texts: BusinessEntityChannel
    line: BusinessEntityChannel


@pytest.fixture
def house() -> House:
    houses = []
    for number, code in ((9, "laderthuis"), (1, "chargecars")):
        entity = world.brand(code)
        world.channel(entity, "support", "teams", channel_address=f"{code}-team", is_primary=True)
        mail = {"smtp_server": "127.0.0.1", "smtp_port": 2525, "smtp_security": "none"}
        houses.append(
            House(
                desk=world.channel(entity, "support", "whatsapp"),
                mailbox=configured(entity, "support", "email", f"support@{code}.nl", mail),
                texts=configured(entity, "support", "sms", f"+3197010200{number}01", TWILIO),
                line=configured(entity, "support", "phone", f"+3185200{number}001", TWILIO),
            )
        )
    return houses[1]


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioSandbox]:
    sandbox = TwilioSandbox(statuses=())
    with running(sandbox) as base:
        settings.TWILIO_API_BASE = base
        yield sandbox


@pytest.fixture
def mail(house: House, settings: Any) -> Iterator[MailOutbox]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    outbox = MailOutbox()
    with SmtpServer(outbox, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        house.mailbox.integration_config["smtp_port"] = server.server_address[1]
        house.mailbox.save()
        yield outbox
        server.shutdown()
        thread.join()


def escalated(house: House, *steps: tuple[str, str, int | None], cause: str = "emergency") -> Escalation:
    """An open escalation with these steps (medium, target, repeat), all due at noon."""
    thread = waiting(house.desk, due=NOON - timedelta(hours=1))
    escalation = Escalation.objects.create(
        business_entity=house.desk.business_entity, thread=thread, channel=house.desk, cause=cause
    )
    for position, (by, to, repeat) in enumerate(steps):
        EscalationStep.objects.create(
            escalation=escalation, position=position, by=by, to=to, repeat_minutes=repeat, due_at=NOON
        )
    return escalation


def on_duty(house: House, **values: Any) -> None:
    OnCallShift.objects.create(
        **{
            "business_entity": house.desk.business_entity,
            "weekday": 1,
            "starts_at": "08:00",
            "ends_at": "20:00",
            "person": "Jan",
            "phone": "+31612345678",
            **values,
        }
    )


def sent() -> list[tuple[str, str]]:
    """What is in the outbox: (medium, recipient)."""
    return [(item.channel.channel_type, item.recipient) for item in OutboxItem.objects.order_by("id")]


def test_a_text_message_leaves_from_the_brands_number_with_the_link(
    house: House, twilio: TwilioSandbox
) -> None:
    on_duty(house)
    escalation = escalated(house, ("sms", "on_call:", 10))

    assert escalation_steps_take(now=NOON) == (1, 0)
    assert escalation_steps_take(now=NOON) == (0, 0)
    assert deliver_channel(house.texts.id).sent == 1

    (text,) = twilio.sent()
    assert (text["request"]["From"], text["to"]) == (house.texts.channel_address, "+31612345678")
    assert escalation.thread.reference_number in text["request"]["Body"]
    assert text["request"]["Body"].rpartition(" ")[2].startswith("http://")
    assert escalation_steps_take(now=NOON + timedelta(minutes=10)) == (1, 0)
    assert deliver_channel(house.texts.id).sent == 1
    assert EscalationStep.objects.get().outcome == "sms:+31612345678"


def test_a_phone_call_is_placed_and_read_aloud_with_the_link_by_text_message_once(
    house: House, twilio: TwilioSandbox
) -> None:
    on_duty(house)
    escalated(house, ("phone", "on_call:", 10))

    for minutes in (0, 10):
        escalation_steps_take(now=NOON + timedelta(minutes=minutes))
    deliver_channel(house.line.id)
    deliver_channel(house.texts.id)

    calls = [item for item in twilio.sent() if item["sid"].startswith("CA")]
    texts = [item for item in twilio.sent() if item["sid"].startswith("SM")]
    assert [(call["to"], call["request"]["From"]) for call in calls] == [
        ("+31612345678", house.line.channel_address)
    ] * 2
    assert '<Say language="nl-NL">Dit is een melding van Chargecars.' in calls[0]["request"]["Twiml"]
    assert [text["to"] for text in texts] == ["+31612345678"]


def test_a_mail_leaves_from_the_brands_mailbox(house: House, mail: MailOutbox) -> None:
    escalation = escalated(house, ("email", "address:leiding@chargecars.nl", None), cause="breach")
    EscalationStep.objects.update(due_at=NOON)
    escalation.thread.sla_timers.update(breached_at=NOON - timedelta(hours=1))

    assert escalation_steps_take(now=NOON) == (1, 0)
    assert deliver_channel(house.mailbox.id).sent == 1

    (letter,) = mail.sent()
    assert letter["to"] == "leiding@chargecars.nl"
    assert "support@chargecars.nl" in letter["sender"]
    assert letter["subject"] == f"Klant wacht nog op antwoord: {escalation.thread.reference_number}"
    assert "http://" in letter["text"]


def test_a_desk_is_called_in_its_hours_and_whoever_is_on_call_outside_them(house: House) -> None:
    on_duty(house, ends_at="08:00", starts_at="18:00")
    escalated(house, ("phone", "channel:support", None), ("email", "channel:support", None))

    escalation_steps_take(now=NOON)

    assert sorted(sent()) == [
        ("email", "support@chargecars.nl"),
        ("phone", house.line.channel_address),
        ("sms", house.line.channel_address),
    ]

    EscalationStep.objects.update(state="pending", done_at=None, due_at=NOON + timedelta(hours=9))
    OutboxItem.objects.all().delete()
    escalation_steps_take(now=NOON + timedelta(hours=9))

    # Jan has no mail address, so that the mail becomes a text message.
    assert sorted(sent()) == [("phone", "+31612345678"), ("sms", "+31612345678"), ("sms", "+31612345678")]


@pytest.mark.parametrize(
    ("medium", "why"), [("sms", "suspended"), ("sms", "off"), ("phone", "vendor"), ("email", "settings")]
)
def test_a_card_takes_the_place_of_a_channel_that_cannot(house: House, medium: str, why: str) -> None:
    on_duty(house, email="jan@chargecars.nl")
    channel = {"sms": house.texts, "phone": house.line, "email": house.mailbox}[medium]
    if why == "suspended":
        channel.suspended_at = NOON
    if why == "off":
        channel.is_active = False
    if why == "vendor":
        channel.integration_config["vendor"] = "sipgate"
    if why == "settings":
        channel.integration_config["smtp_port"] = "no port"
    channel.save()
    escalated(house, (medium, "on_call:", None))

    escalation_steps_take(now=NOON)

    assert sent() == [("teams", "chargecars-team")]
    assert EscalationStep.objects.get().outcome == f"card_instead_of_{medium}"


def test_nobody_on_call_is_said_once_and_whoever_comes_on_duty_is_reached(house: House) -> None:
    escalated(house, ("sms", "on_call:", 10))
    for minutes in (0, 10):
        escalation_steps_take(now=NOON + timedelta(minutes=minutes))
    assert sent() == [("teams", "chargecars-team")]
    assert OutboxItem.objects.get().payload["facts"] == [["Stuur een sms naar", "niemand heeft dienst"]]

    on_duty(house)
    escalation_steps_take(now=NOON + timedelta(minutes=20))

    assert sent()[1:] == [("sms", "+31612345678")]


def test_what_waits_to_be_sent_is_withdrawn_when_somebody_takes_it(house: House) -> None:
    on_duty(house)
    mine = escalated(house, ("sms", "on_call:", 10), ("teams", "channel:support", None))
    escalation_steps_take(now=NOON)

    escalation_acknowledge(escalation_id=mine.id, by="Jan", now=NOON)

    states = dict(OutboxItem.objects.values_list("channel__channel_type", "state"))
    assert states == {"sms": "cancelled", "teams": "queued"}
    assert escalation_steps_take(now=NOON + timedelta(minutes=10)) == (0, 0)
    assert deliver_channel(house.texts.id).taken == 0


def test_in_shadow_mode_nobody_is_called(house: House) -> None:
    on_duty(house)
    house.desk.business_entity.shadow_mode = True
    house.desk.business_entity.save()
    escalated(house, ("sms", "on_call:", None))

    escalation_steps_take(now=NOON)

    assert OutboxItem.objects.get().state == "held"


def test_a_mention_group_is_the_one_that_the_card_calls(house: House) -> None:
    escalated(house, ("teams", "mention_group:nachtploeg", None))

    escalation_steps_take(now=NOON)

    assert OutboxItem.objects.get().payload["mention_groups"] == ["nachtploeg"]
