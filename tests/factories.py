"""Two brands with every channel of the specification, and the payloads that providers would send them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationTemplate,
    Membership,
)
from channels_app.providers.base import RawExchange
from channels_app.providers.registry import provider_for
from channels_app.services.accounts import channel_configure
from channels_app.services.receipts import receipt_record

KEYWORDS = {
    "support": ["help", "probleem", "defect", "kapot", "werkt niet"],
    "sales": ["offerte", "quote", "prijs", "kosten", "bestellen"],
    "admin": ["factuur", "invoice", "betaling", "rekening"],
    "operations": ["afspraak", "planning", "bezoek", "technicus"],
}
MAILBOXES = {
    "support": ("support", 80, 60),
    "sales": ("sales", 70, 120),
    "admin": ("admin", 60, 240),
    "operations": ("planning", 85, 90),
    "emergency": ("urgent", 95, 15),
}
APP_SECRET = "test-app-secret"
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@dataclass(frozen=True)
class Brand:
    """A brand of the tests: its row and its WhatsApp phone number ids by purpose."""

    entity: BusinessEntity
    phone_ids: dict[str, str]

    def channel(self, medium: str, code: str) -> BusinessEntityChannel:
        return BusinessEntityChannel.objects.select_related("business_entity").get(
            business_entity=self.entity, channel_type=medium, channel_code=code
        )


def make_brand(code: str, name: str, prefix: str, phone_ids: dict[str, str], *, hours: Any = ALWAYS) -> Brand:
    """A brand with its mailboxes, WhatsApp numbers, registry and templates; always open unless told."""
    entity = BusinessEntity.objects.create(
        entity_code=code,
        entity_name=name,
        number_prefix=prefix,
        operational_config={"business_hours": hours},
        auto_routing_rules={"keywords": KEYWORDS},
        own_domains=[f"{code}.nl"],
        partner_domains=[f"partner-{code}.nl"],
    )
    for purpose, (box, priority, minutes) in MAILBOXES.items():
        _channel(entity, purpose, "email", f"{box}@{code}.nl", priority, minutes, {})
    for number, (purpose, phone_id) in enumerate(phone_ids.items(), start=1):
        address = f"+3161234{int(hashlib.sha256(code.encode()).hexdigest(), 16) % 900 + 100}{number}"
        config = {"phone_number_id": phone_id, "access_token": f"token-{phone_id}"}
        priority, minutes = (85, 30) if purpose == "support" else (75, 60)
        _channel(entity, purpose, "whatsapp", address, priority, minutes, config)
    for situation, text in (
        (
            "first_contact",
            "Dag {{ customer_name }}, we reageren binnen {{ expected_response_time }}. {{ reference_number }}",
        ),
        ("outside_hours", "We zijn gesloten tot {{ next_opening }}. {{ reference_number }}"),
        ("lead_greeting", "Leuk dat je interesse hebt! {{ reference_number }}"),
        ("emergency", "Bel 112 bij gevaar. {{ emergency_contact }} {{ reference_number }}"),
    ):
        CommunicationTemplate.objects.create(
            business_entity=entity, template_code=situation.replace("_", "-"), template_name=situation,
            situation=situation, content=f"{name}: {text}", subject="Re: uw bericht",
        )  # fmt: skip
    return Brand(entity, phone_ids)


def _channel(
    entity: BusinessEntity,
    code: str,
    medium: str,
    address: str,
    priority: int,
    minutes: int,
    config: dict[str, Any],
) -> BusinessEntityChannel:
    channel = BusinessEntityChannel(
        business_entity=entity, channel_code=code, channel_name=f"{entity.entity_name} {code}",
        channel_type=medium, channel_address=address, priority_level=priority, sla_response_minutes=minutes,
        department=code, is_primary=code == "support",
    )  # fmt: skip
    channel_configure(channel=channel, config=provider_for(medium).Config.model_validate(config))
    channel.save()
    CommunicationChannel.objects.create(business_entity_channel=channel, routing_priority=priority)
    return channel


def make_member(username: str, role: str, *brands: Brand) -> Any:
    """A member of staff with this role in these brands."""
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.create_user(username=username, password="pass", is_staff=True)
    for brand in brands:
        Membership.objects.create(user=user, business_entity=brand.entity, role=role)
    return user


def text_message(
    text: str, *, sender: str = "31687654321", wamid: str = "wamid.1", at: datetime | None = None
) -> dict[str, Any]:
    """One text message as it stands in a WhatsApp webhook."""
    moment = at or timezone.now()
    return {
        "from": sender,
        "id": wamid,
        "timestamp": str(int(moment.timestamp())),
        "type": "text",
        "text": {"body": text},
    }


def status(wamid: str, state: str, *, at: datetime | None = None, **extra: Any) -> dict[str, Any]:
    """One status as it stands in a WhatsApp webhook."""
    moment = at or timezone.now()
    return {
        "id": wamid,
        "status": state,
        "timestamp": str(int(moment.timestamp())),
        "recipient_id": "31687654321",
        **extra,
    }


def change(
    phone_id: str, *, messages: list[dict[str, Any]] = (), statuses: list[dict[str, Any]] = ()
) -> dict[str, Any]:  # type: ignore[assignment]
    """One change of a WhatsApp webhook."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "31612345001", "phone_number_id": phone_id},
    }
    if messages:
        senders = dict.fromkeys(message["from"] for message in messages)
        value["contacts"] = [
            {"profile": {"name": f"Klant {sender[-4:]}"}, "wa_id": sender} for sender in senders
        ]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    return {"field": "messages", "value": value}


def webhook_body(*changes: dict[str, Any]) -> bytes:
    """The bytes of a WhatsApp webhook."""
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": list(changes)}],
        }
    ).encode()


def signature(body: bytes, secret: str | None = None) -> str:
    key = (secret or settings.WHATSAPP_APP_SECRET).encode()
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def receive(body: bytes, *, at: datetime | None = None) -> Any:
    """Put a verified WhatsApp exchange into the inbox."""
    exchange = RawExchange(body=body, received_at=at or datetime.now(UTC))
    return receipt_record(provider="whatsapp", exchange=exchange)
