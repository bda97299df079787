"""Two brands with at least one row behind every page of the admin, and everybody who may look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cached_property
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from analytics.models import ChannelAnalytics, ReportSchedule
from channels_app.models import (
    AccountNotice,
    Attachment,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    ContactIdentifier,
    ContactImport,
    FiledDocument,
    InboundReceipt,
    Incident,
    Invitation,
    Mailbox,
    MentionGroup,
    OnCallShift,
    OutboxItem,
    RetentionPolicy,
)
from routing.models import (
    Backtest,
    ConversationRating,
    Escalation,
    EscalationStep,
    MessageRoutingLog,
    SlaTimer,
    StaffPresence,
)
from tests.factories import Brand, make_brand, make_member

NOW = timezone.now()
SECRET = "EAAG-very-secret-token"


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    """A password hash is slow by design; a test that makes six users would only wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alfa(db: None) -> Brand:
    brand = make_brand(
        "alfa", "AlfaLaden", "ALFA", {"support": "100000000000001", "sales": "100000000000002"}
    )
    fill(brand, "Alfa")
    return brand


@pytest.fixture
def beta(db: None) -> Brand:
    brand = make_brand("beta", "BetaStroom", "BETA", {"support": "200000000000001"})
    fill(brand, "Beta")
    return brand


@dataclass(frozen=True)
class Staff:
    """Browsers of everybody who may look; whoever a test asks for signs in when it first asks."""

    users: dict[str, User]

    @cached_property
    def superuser(self) -> Client:
        return signed_in(self.users["superuser"])

    @cached_property
    def administrator(self) -> Client:
        return signed_in(self.users["administrator"])

    @cached_property
    def manager(self) -> Client:
        return signed_in(self.users["manager"])

    @cached_property
    def agent(self) -> Client:
        return signed_in(self.users["agent"])

    @cached_property
    def analyst(self) -> Client:
        return signed_in(self.users["analyst"])

    @cached_property
    def stranger(self) -> Client:
        """An administrator of the other brand."""
        return signed_in(self.users["stranger"])


@pytest.fixture
def staff(alfa: Brand, beta: Brand) -> Staff:
    agent = make_member("alfa-agent", "agent", alfa)
    StaffPresence.objects.create(user=agent)
    return Staff(
        {
            "superuser": User.objects.create_superuser("root", password="pass"),
            "administrator": make_member("alfa-administrator", "administrator", alfa),
            "manager": make_member("alfa-manager", "manager", alfa),
            "agent": agent,
            "analyst": make_member("alfa-analyst", "analyst", alfa),
            "stranger": make_member("beta-administrator", "administrator", beta),
        }
    )


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def fill(brand: Brand, word: str, *, number: int = 0) -> None:
    """One row of everything that has a page, recognisable by `word`."""
    entity = brand.entity
    channel = brand.channel("whatsapp", "support")
    contact = Contact.objects.create(
        business_entity=entity,
        name=f"{word} Klant {number}",
        company=f"{word} BV",
        kind="customer",
        city=f"{word}stad",
    )
    ContactIdentifier.objects.create(
        business_entity=entity, contact=contact, kind="phone",
        value=f"+3168{(entity.number_prefix == 'ALFA' and 1) or 2}{number:06}",
    )  # fmt: skip
    thread = CommunicationThread.objects.create(
        business_entity=entity, contact=contact, source_channel=channel, channel=channel, medium="whatsapp",
        reference_number=f"{entity.number_prefix}-MSG-2026-{number:06}", subject=f"{word} onderwerp {number}",
        status="open", is_urgent=True, last_message_at=NOW, response_due_at=NOW - timedelta(hours=1),
        labels=[f"{word.lower()}-label"],
    )  # fmt: skip
    inbound = CommunicationMessage.objects.create(
        business_entity=entity, thread=thread, channel=channel, direction="inbound", message_type="customer",
        state="received", sender="+31687654321", sender_name=f"{word} Klant", body=f"{word}: de paal is kapot <b>help</b>",
        sent_at=NOW - timedelta(minutes=5), external_id=f"wamid.{word}.{number}",
    )  # fmt: skip
    outbound = CommunicationMessage.objects.create(
        business_entity=entity, thread=thread, channel=channel, direction="outbound", message_type="auto_response",
        state="failed", body=f"{word}: we komen eraan", sent_at=NOW, error_code="131047",
        error_text=f"{word}: te lang geleden", answers=inbound,
    )  # fmt: skip
    photo = Attachment(
        business_entity=entity,
        message=inbound,
        name=f"{word}.png",
        content_type="image/png",
        size=3,
        state="stored",
    )
    photo.file.save(f"{word}-{number}.png", ContentFile(b"png"), save=False)
    photo.save()
    FiledDocument.objects.create(
        business_entity=entity, attachment=photo, kind="invoice", number=f"{word.upper()}-{number:04}"
    )
    OutboxItem.objects.create(
        business_entity=entity, channel=channel, message=outbound, recipient=f"+31687654321 {word}", state="failed",
        error_text=f"{word}: te lang geleden", thread_id=thread.pk,
    )  # fmt: skip
    InboundReceipt.objects.create(
        provider="whatsapp", channel=channel, body=f'{{"text": "{word} <script>"}}'.encode(), state="quarantined",
        reason=f"{word}: onleesbaar",
    )  # fmt: skip
    AccountNotice.objects.create(
        business_entity=entity, channel=channel, provider="whatsapp", kind="quality", reference=f"{word}-{number}",
        text=f"{word} kwaliteit", severity="warning",
    )  # fmt: skip
    Incident.objects.create(
        business_entity=entity,
        channel=channel,
        kind="quality",
        detail=f"{word} kwaliteit gezakt",
        reference=str(number),
    )
    MentionGroup.objects.create(
        business_entity=entity, name=f"{word.lower()}-team-{number}", members=[f"jan@{word.lower()}.nl"]
    )
    OnCallShift.objects.create(
        business_entity=entity,
        weekday=0,
        starts_at=time(17),
        ends_at=time(9),
        person=f"{word} Monteur",
        phone="+31612345678",
    )
    Mailbox.objects.get_or_create(
        channel=brand.channel("email", "support"), defaults={"last_error": f"{word}: kan niet inloggen"}
    )
    MessageRoutingLog.objects.create(
        business_entity=entity, communication_message=inbound, thread=thread, source_channel=channel,
        target_channel=channel, routing_reason=f'keywords "kapot" -> {word}', routing_confidence="0.91",
        applied_rules=["keywords:support", "sender:new_email:sales", "hours:queue_for_next_day"],
        keyword_matches={"support": ["kapot"]}, sender_classification="new_email", action="route",
        urgency="normal", labels=[f"{word.lower()}-label"],
        explanation={"nl": f"{word}: blijft bij support wegens “kapot”.", "en": f"{word}: stays."},
        candidates=[
            {
                "channel_code": "support", "channel_type": "whatsapp", "raw_score": 205.0, "score": 100.0,
                "components": {"priority": 85.0, "content": 120.0, "sender": 0, "urgency": 0, "load": 0},
                "status": "closed",
            }
        ],
        processing_time_ms=2, waiting_time_ms=40,
    )  # fmt: skip
    SlaTimer.objects.create(
        business_entity=entity, thread=thread, message=inbound, channel=channel, started_at=NOW - timedelta(hours=2),
        due_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    escalation = Escalation.objects.create(
        business_entity=entity, thread=thread, channel=channel, cause="breach", reason=f"{word} wacht"
    )
    EscalationStep.objects.create(
        escalation=escalation,
        position=0,
        by="teams",
        to="mention_group:team",
        due_at=NOW,
        outcome=f"{word} gebeld",
    )
    ReportSchedule.objects.create(
        business_entity=entity, frequency="weekly", recipients=[f"baas@{word.lower()}.nl"],
        channel=brand.channel("email", "support"),
    )  # fmt: skip
    ChannelAnalytics.objects.create(
        business_entity_channel=channel,
        date_tracked=NOW.date(),
        hour_tracked=number % 24,
        messages_received=3,
    )
    ReportSchedule.objects.create(
        business_entity=entity,
        channel=brand.channel("email", "support"),
        recipients=[f"{word.lower()}@example.nl"],
    )
    ConversationRating.objects.create(
        business_entity=entity, thread=thread, channel=channel, score=2, comment=f"{word}: duurde lang"
    )
    ContactImport.objects.create(
        business_entity=entity,
        file_name=f"{word.lower()}-klanten.csv",
        state="done",
        contacts_created=3,
        rows_refused=1,
        refusals=[{"lines": [4], "title": f"{word} Zonder", "reasons": ["geen adres"]}],
    )
    RetentionPolicy.objects.get_or_create(business_entity=entity, defaults={"text_days": 730})
    Invitation.objects.create(
        business_entity=entity,
        email=f"nieuw-{number}@{word.lower()}.nl",
        role="agent",
        expires_at=NOW + timedelta(days=7),
    )
    Backtest.objects.create(business_entity=entity, days=14, state="done", total=1, done=1, error=f"{word}")


@pytest.fixture
def more(alfa: Brand) -> Callable[[int], None]:
    """Add rows to every table of the first brand."""

    def add(count: int) -> None:
        for number in range(1, count + 1):
            fill(alfa, "Alfa", number=number)

    return add
