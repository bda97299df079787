"""The specification's two brands as the engine sees them, and short ways to ask it something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from channels_app.schemas import AutoRoutingRules, BusinessCalendar, MessageRoutingRule
from routing.engine import CompiledBrand, compile_brand, decide
from routing.engine.types import (
    BrandFacts,
    ChannelFacts,
    MessageFacts,
    RoutingDecision,
    SenderFacts,
    ThreadFacts,
)

NAMESPACE = UUID("6f0f7a52-0a5c-4a41-9a1e-1c2b3d4e5f60")
TUESDAY_NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
OFFICE_HOURS = BusinessCalendar.parse(
    {"timezone": "Europe/Amsterdam", "hours": "09:00-17:00", "holidays": "NL"}
)

KEYWORDS = {
    "support": ["help", "probleem", "defect", "kapot", "werkt niet"],
    "sales": ["offerte", "quote", "prijs", "kosten", "bestellen"],
    "admin": ["factuur", "invoice", "betaling", "rekening"],
    "operations": ["afspraak", "planning", "bezoek", "technicus"],
}
RULES = AutoRoutingRules.model_validate(
    {
        "keywords": KEYWORDS,
        "sender_patterns": {
            "existing_customer": "route_to_support",
            "new_email": "route_to_sales",
            "partner_domain": "route_to_operations",
        },
        "time_based": {
            "office_hours": "immediate_routing",
            "outside_hours": "queue_for_next_day",
            "emergency_keywords": "always_escalate",
        },
        "emergency_keywords": ["brand", "rook", "vonken", "kortsluiting"],
    }
)
PRIORITIES = {"support": 80, "sales": 70, "admin": 60, "operations": 85, "emergency": 95}
MEDIA = {
    "chargecars": {
        "email": ["support", "sales", "admin", "operations", "emergency"],
        "whatsapp": ["support", "sales", "operations"],
        "teams": ["operations", "support"],
    },
    "laderthuis": {"email": ["support", "sales", "admin"], "whatsapp": ["support", "sales"]},
}


def rules(**parts: Any) -> AutoRoutingRules:
    """The specification's rules with other parts."""
    return AutoRoutingRules.model_validate(RULES.model_dump() | parts)


def channel_id(entity: str, code: str, medium: str) -> UUID:
    return uuid5(NAMESPACE, f"{entity}/{code}/{medium}")


def channel(entity: str, code: str, medium: str = "email", **settings: Any) -> ChannelFacts:
    priority = PRIORITIES.get(code, 50) if medium == "email" else 85 if code == "support" else 75
    given: dict[str, Any] = {
        "id": channel_id(entity, code, medium),
        "entity_code": entity,
        "channel_code": code,
        "channel_type": medium,
        "channel_address": f"{code}@{entity}.nl" if medium == "email" else f"+3161234{priority:04}",
        "channel_name": code.title(),
        "priority_level": priority,
        "is_active": True,
        "is_primary": code == "support",
        "may_own": medium != "teams",
        "calendar": None if code == "emergency" else OFFICE_HOURS,
    }
    return ChannelFacts(**given | settings)


def facts(entity: str = "chargecars", **settings: Any) -> BrandFacts:
    given: dict[str, Any] = {
        "entity_code": entity,
        "entity_name": entity.title(),
        "channels": tuple(
            channel(entity, code, medium) for medium, codes in MEDIA[entity].items() for code in codes
        ),
        "rules": RULES,
        "own_domains": frozenset({f"{entity}.nl"}),
        "partner_domains": frozenset({"partner.nl"}),
    }
    return BrandFacts(**given | settings)


def changed(brand: BrandFacts, code: str, medium: str = "email", **settings: Any) -> BrandFacts:
    """`brand` with other settings for one channel."""
    wanted = channel_id(brand.entity_code, code, medium)
    return replace(
        brand, channels=tuple(replace(c, **settings) if c.id == wanted else c for c in brand.channels)
    )


def without(brand: BrandFacts, *codes: str) -> BrandFacts:
    return replace(brand, channels=tuple(c for c in brand.channels if c.channel_code not in codes))


def rule(conditions: dict[str, Any], consequence: dict[str, Any], **settings: Any) -> MessageRoutingRule:
    return MessageRoutingRule.model_validate(
        {"id": "r1", "name": "Regel", "conditions": conditions, "consequence": consequence} | settings
    )


CHARGECARS = compile_brand(facts("chargecars"))
LADERTHUIS = compile_brand(facts("laderthuis"))


def route(
    text: str,
    *,
    brand: CompiledBrand | BrandFacts = CHARGECARS,
    at: str = "support",
    medium: str = "email",
    now: datetime = TUESDAY_NOON,
    sender: SenderFacts | None = None,
    owner: str | None = None,
    thread: dict[str, Any] | None = None,
    loads: dict[UUID, int] | None = None,
    analyze: Any = None,
    **message: Any,
) -> RoutingDecision:
    """Decide about `text`, arriving at channel `at` by `medium`; `owner` is the code of an open thread's owner."""
    compiled = brand if isinstance(brand, CompiledBrand) else compile_brand(brand)
    entity = compiled.facts.entity_code
    given: dict[str, Any] = {"received_at": now, "sent_at": now}
    return decide(
        MessageFacts(source_channel_id=channel_id(entity, at, medium), text=text, **given | message),
        sender if sender is not None else SenderFacts(email="klant@voorbeeld.nl"),
        ThreadFacts(owner_channel_id=channel_id(entity, owner, medium), **thread or {}) if owner else None,
        compiled,
        loads or {},
        analyze=analyze,
    )


def target(
    decision: RoutingDecision, brand: CompiledBrand | BrandFacts = CHARGECARS
) -> tuple[str, str] | None:
    """(code, medium) of the channel that got it."""
    channels = (brand.facts if isinstance(brand, CompiledBrand) else brand).channels
    return next(
        ((c.channel_code, c.channel_type) for c in channels if c.id == decision.target_channel_id), None
    )
