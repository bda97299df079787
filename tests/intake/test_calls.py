"""The events of a call end in its one message, and its conversation in the right state."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels_app.models import (
    Attachment,
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Contact,
    OutboxItem,
)
from channels_app.providers.base import RawExchange
from channels_app.providers.registry import provider_for
from channels_app.selectors.calls import call_view
from channels_app.services.accounts import channel_configure
from channels_app.services.receipts import receipt_record
from routing.models import Escalation, SlaTimer
from routing.services.drain import drain_batch
from tests.factories import Brand

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 2, 10, tzinfo=UTC)
CUSTOMER = "+31612345678"
RING = {
    "CallSid": "CA1",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": CUSTOMER,
    "To": "+31850000001",
}
MISSED = {**RING, "CallStatus": "no-answer"}
ANSWERED = {**RING, "CallStatus": "in-progress", "DialCallStatus": "completed", "DialCallDuration": "63"}
VOICEMAIL = {
    "CallSid": "CA1", "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
    "RecordingStatus": "completed", "RecordingDuration": "21",
}  # fmt: skip

Event = Callable[..., None]


def numbered(
    brand: Brand, medium: str, code: str, address: str, vendor: str = "twilio"
) -> BusinessEntityChannel:
    config = (
        {"vendor": vendor, "account_sid": "AC1", "auth_token": "token"}
        if vendor == "twilio"
        else {"vendor": vendor}
    )
    channel = BusinessEntityChannel(
        business_entity=brand.entity, channel_code=code, channel_type=medium, channel_name=f"{brand.entity.entity_name} {medium}",
        channel_address=address,
    )  # fmt: skip
    channel_configure(channel=channel, config=provider_for(medium).Config.model_validate(config))
    channel.save()
    return channel


@pytest.fixture
def line(chargecars: Brand, laderthuis: Brand) -> BusinessEntityChannel:
    """ChargeCars' telephone, with a number for text messages, a team and an answer to missed calls."""
    for brand, digit in ((laderthuis, 2), (chargecars, 1)):
        numbered(brand, "phone", "support", f"+3185000000{digit}")
        numbered(brand, "sms", "support", f"+3197010200{digit}01")
        BusinessEntityChannel.objects.create(
            business_entity=brand.entity, channel_code="support", channel_type="teams", channel_name="Team",
            channel_address=f"{brand.entity.entity_code}-team", is_primary=True,
        )  # fmt: skip
        CommunicationTemplate.objects.create(
            business_entity=brand.entity, template_code="gemist", template_name="Gemist", situation="missed_call",
            channel_type="sms", content="{{ entity_name }}: we bellen je terug. {{ reference_number }}",
        )  # fmt: skip
    return chargecars.channel("phone", "support")


@pytest.fixture
def event(line: BusinessEntityChannel) -> Event:
    """One event of a call, drained on its own."""

    def take(fields: dict[str, str] | str, *, at: datetime = NOON, drain: bool = True) -> None:
        body = urlencode(fields) if isinstance(fields, dict) else fields
        exchange = RawExchange(body=body.encode(), received_at=at, url="https://k.example/")
        receipt_record(provider="phone", exchange=exchange, channel_id=line.id)
        if drain:
            assert drain_batch(clock=lambda: at).quarantined == 0

    return take


def call() -> CommunicationMessage:
    return CommunicationMessage.objects.get(kind="call", direction="inbound")


def told() -> list[tuple[str, str]]:
    """What is in the outbox: (medium, title of a card or text of a message)."""
    return [
        (item.channel.channel_type, item.message.body if item.message else item.payload["title"])
        for item in OutboxItem.objects.order_by("channel__channel_type", "id")
    ]


def test_a_ringing_call_is_visible_and_alarms_nobody(event: Event) -> None:
    event(RING)
    thread = call().thread
    assert (thread.status, thread.waiting_since, thread.channel) == ("new", None, call().channel)
    assert told() == []
    assert not SlaTimer.objects.exists()


def test_a_missed_call_tells_the_team_starts_the_clock_and_is_answered_once(event: Event) -> None:
    event(RING)
    for _ in range(2):
        event(MISSED, at=NOON + timedelta(seconds=30))
    thread = call().thread
    assert call().data["outcome"] == "missed"
    assert told() == [
        ("sms", f"ChargeCars: we bellen je terug. {thread.reference_number}"),
        ("teams", f"Gemiste oproep van {CUSTOMER}"),
    ]
    answer = OutboxItem.objects.get(message__isnull=False)
    assert (answer.recipient, answer.channel.channel_address) == (CUSTOMER, "+3197010200101")
    timer = SlaTimer.objects.get()
    assert (timer.started_at, timer.state, timer.message_id) == (NOON, "running", call().id)

    event({**MISSED, "CallSid": "CA2"}, at=NOON + timedelta(minutes=5))
    assert [medium for medium, _ in told()] == ["sms", "teams", "teams"]
    assert CommunicationThread.objects.count() == 1


def test_an_answered_call_stops_the_clock(event: Event) -> None:
    event(MISSED)
    event({**ANSWERED, "CallSid": "CA2"}, at=NOON + timedelta(minutes=10))
    thread = CommunicationThread.objects.get()
    assert (thread.status, thread.waiting_since) == ("waiting", None)
    timer = SlaTimer.objects.get()
    assert (timer.state, timer.answered_at) == ("met", NOON + timedelta(minutes=10))


def test_an_answered_call_alarms_nobody(event: Event) -> None:
    event(RING)
    event(ANSWERED)
    assert told() == []
    assert (call().thread.status, call().data["duration_seconds"]) == ("waiting", 63)


def test_a_voicemail_brings_its_recording(event: Event) -> None:
    event(RING)
    event(VOICEMAIL)
    event(VOICEMAIL)
    recording = Attachment.objects.get()
    assert (recording.message, recording.state, recording.name) == (call(), "pending", "voicemail.mp3")
    assert recording.media_id == VOICEMAIL["RecordingUrl"]
    assert ("teams", f"Voicemail van {CUSTOMER}") in told()


@pytest.mark.parametrize("together", [True, False])
def test_events_in_any_order_end_in_the_same_state(
    event: Event, together: bool, line: BusinessEntityChannel
) -> None:
    ends = []
    for number, order in enumerate(
        permutations([RING, {**MISSED, "DialCallStatus": "no-answer"}, VOICEMAIL])
    ):
        for fields in order:
            caller = {"From": f"+3161234560{number}"} if "From" in fields else {}
            event({**fields, **caller, "CallSid": f"CA{number}"}, drain=not together)
        drain_batch(clock=lambda: NOON)
        message = CommunicationMessage.objects.get(external_id=f"CA{number}")
        thread = message.thread
        cards = OutboxItem.objects.filter(payload__thread_id=str(thread.id)).count()
        data = {key: message.data[key] for key in ("outcome", "duration_seconds", "recording_url")}
        ends.append((thread.status, thread.waiting_since, cards, message.attachments.count(), data))
    assert ends == [ends[0]] * 6
    assert ends[0][:4] == ("new", NOON, 1, 1)


def test_a_hang_up_before_its_call_and_without_its_ends_is_not_lost(event: Event) -> None:
    event({"CallSid": "CA1", "CallStatus": "no-answer", "Direction": "inbound"})
    assert not CommunicationMessage.objects.exists()
    event(RING)
    assert call().data["outcome"] == "missed"
    assert [medium for medium, _ in told()] == ["sms", "teams"]


@pytest.mark.parametrize("why", ["landline", "withheld", "stop", "colleague", "old", "no_text", "suspended"])
def test_no_answer_goes_where_none_should(
    event: Event, why: str, chargecars: Brand, line: BusinessEntityChannel
) -> None:
    fields = dict(MISSED)
    at = NOON
    if why == "landline":
        fields["From"] = "+31201234567"
    if why == "withheld":
        fields["From"] = "anonymous"
    if why == "no_text":
        CommunicationTemplate.objects.filter(situation="missed_call").delete()
    if why == "suspended":
        BusinessEntityChannel.objects.filter(channel_type="sms").update(suspended_at=NOON)
    if why in ("stop", "colleague"):
        contact = Contact.objects.create(
            business_entity=chargecars.entity, kind="internal" if why == "colleague" else "customer"
        )
        contact.identifiers.create(business_entity=chargecars.entity, kind="phone", value=CUSTOMER)
    if why == "stop":
        sms = chargecars.channel("sms", "support")
        text = {
            "MessageSid": "SM1",
            "SmsStatus": "received",
            "From": CUSTOMER,
            "To": sms.channel_address,
            "Body": "STOP",
        }
        exchange = RawExchange(body=urlencode(text).encode(), received_at=NOON, url="https://k.example/")
        receipt_record(provider="sms", exchange=exchange, channel_id=sms.id)
        drain_batch(clock=lambda: NOON)
        # Whoever asks for no more messages gets none in answer.
        assert not OutboxItem.objects.exists()
    if why == "old":
        body = urlencode(fields).encode()
        receipt_record(
            provider="phone",
            exchange=RawExchange(body=body, received_at=NOON, url="https://k.example/"),
            channel_id=line.id,
        )
        drain_batch(clock=lambda: NOON + timedelta(hours=13))
    else:
        event(fields, at=at)
    assert [medium for medium, _ in told()] == ["teams"]
    assert SlaTimer.objects.filter(state="running", thread__medium="phone").exists()


def test_whatsapp_answers_whoever_wrote_there_before_with_an_approved_template(
    event: Event, chargecars: Brand
) -> None:
    CommunicationTemplate.objects.create(
        business_entity=chargecars.entity, template_code="gemist-wa", template_name="Gemist", situation="missed_call",
        channel_type="whatsapp", content="Dag {{ customer_name }}, we bellen terug.", provider_name="missed_call",
        provider_variables=["customer_name", "reference_number"], approval="approved",
    )  # fmt: skip
    event(MISSED)
    assert "sms" in dict(told())

    contact = Contact.objects.create(business_entity=chargecars.entity, name="Eva")
    contact.identifiers.create(business_entity=chargecars.entity, kind="phone", value="+31611111111")
    CommunicationThread.objects.create(
        business_entity=chargecars.entity, contact=contact, source_channel=chargecars.channel("whatsapp", "support"),
        medium="whatsapp", reference_number="W-1", last_message_at=NOON, status="resolved",
    )  # fmt: skip
    event({**MISSED, "CallSid": "CA9", "From": "+31611111111"})
    answer = OutboxItem.objects.get(message__isnull=False, channel__channel_type="whatsapp")
    assert answer.message is not None
    assert answer.message.data["template_values"] == ["Eva", answer.message.thread.reference_number]


def test_in_shadow_mode_the_answer_is_held(event: Event, chargecars: Brand) -> None:
    chargecars.entity.shadow_mode = True
    chargecars.entity.save()
    event(MISSED)
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {"held"}
    assert CommunicationMessage.objects.get(direction="outbound").state == "held"


def test_a_call_that_the_line_blocked_is_set_aside(event: Event, line: BusinessEntityChannel) -> None:
    line.integration_config["vendor"] = "placetel"
    line.save()
    event(f"event=IncomingCall&from={CUSTOMER}&to=+31850000001&call_id=1")
    event("event=HungUp&call_id=1&type=blocked")
    thread = CommunicationThread.objects.get()
    assert (thread.status, thread.set_aside, told()) == ("resolved", True, [])


def test_a_missed_call_of_the_emergency_line_escalates(event: Event, chargecars: Brand) -> None:
    numbered(chargecars, "phone", "emergency", "+31850000009")
    event({**MISSED, "To": "+31850000009"})
    assert Escalation.objects.get().cause == "emergency"
    assert CommunicationThread.objects.get().is_urgent


def test_calling_back_before_the_hang_up_is_told_means_nobody_waits(event: Event) -> None:
    event(RING)
    back = {
        "CallSid": "CA2",
        "CallStatus": "in-progress",
        "Direction": "outbound-api",
        "From": "+31850000001",
        "To": CUSTOMER,
    }
    event(back, at=NOON + timedelta(minutes=2))
    event(MISSED, at=NOON + timedelta(minutes=3))
    assert CommunicationThread.objects.get().status == "waiting"
    assert not SlaTimer.objects.filter(state="running").exists()
    assert told() == []


@pytest.mark.parametrize("vendor", ["sipgate", "placetel"])
def test_the_collected_calls_end_in_the_right_conversations(
    corpus: Path, event: Event, line: BusinessEntityChannel, vendor: str
) -> None:
    """Three incoming calls that ring without an end, one that was called back and picked up, one that was not."""
    number = "+4930600000000"
    line.integration_config["vendor"] = vendor
    line.channel_address = line.provider_account = number
    line.save()
    for entry in json.loads((corpus / "sms" / f"phone_{vendor}_events.json").read_text()):
        event(entry["form_body"])
    called_back = "+4912347114711" if vendor == "sipgate" else "+491114100300"
    states = {
        thread.contact.identifiers.get().value: (thread.status, thread.waiting_since)
        for thread in CommunicationThread.objects.all()
    }
    assert states == {called_back: ("waiting", None), "+491715000000": ("new", None)}
    outcomes = dict(CommunicationMessage.objects.values_list("external_id", "data__outcome"))
    assert outcomes == {
        "4991155921769858278-1": "ringing",
        "4991155921769858278-2": "ringing",
        "4991155921769858278-6": "ringing",
        "1234567890-2": "answered",
    }
    assert told() == []
    assert not SlaTimer.objects.exists()


def test_other_brands_hear_nothing(event: Event, laderthuis: Brand) -> None:
    event(MISSED)
    brands: set[Any] = set(OutboxItem.objects.values_list("business_entity__entity_code", flat=True))
    assert brands == {"chargecars"}
    assert not CommunicationThread.objects.filter(business_entity=laderthuis.entity).exists()


def test_staff_read_how_a_call_ended_and_call_back_with_one_click(event: Event) -> None:
    event(RING)
    event(ANSWERED)
    view = call_view(call())
    assert view is not None
    assert (view.tone, view.duration, view.call_link) == ("good", "1:03", f"tel:{CUSTOMER}")
    event({**MISSED, "CallSid": "CA2", "From": "anonymous"})
    withheld = call_view(CommunicationMessage.objects.get(external_id="CA2"))
    assert withheld is not None
    assert (withheld.tone, withheld.call_link) == ("bad", "")
