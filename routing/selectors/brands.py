"""A brand's routing configuration, compiled once per version of it and shared by a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from channels_app.models import BusinessEntity, BusinessEntityChannel, CommunicationChannel
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas import AutoRoutingRules, BusinessCalendar, EscalationConfig, MessageRoutingRule
from channels_app.selectors.templates import TemplateBook, load_templates
from routing.engine.brand import CompiledBrand, compile_brand
from routing.engine.types import BrandFacts, ChannelFacts

logger = structlog.get_logger(__name__)

UNSURE_BELOW = 0.45
"""Confidence under which a conversation stays where it arrived; see docs/routing-quality.md."""


@dataclass(frozen=True, slots=True)
class ChannelProfile:
    """What follows a decision needs to know of a channel: clock, answer, escalation, notice."""

    channel: BusinessEntityChannel
    calendar: BusinessCalendar
    escalation: EscalationConfig


@dataclass(frozen=True, slots=True)
class BrandProfile:
    """A brand as a batch needs it: compiled rules, its channels and its templates."""

    entity: BusinessEntity
    compiled: CompiledBrand
    channels: Mapping[UUID, ChannelProfile]
    limited: frozenset[UUID]  # channels with a capacity limit
    templates: TemplateBook
    team_channels: Mapping[str, UUID]  # channel code -> the channel that tells its team; "" is the default
    emergency_address: str


_cached: tuple[int, dict[UUID, BrandProfile]] = (-1, {})


def brand_profile(entity_id: UUID, version: int) -> BrandProfile:
    """The brand as it was in this version of the configuration."""
    global _cached
    if _cached[0] != version:
        _cached = (version, {})
    profile = _cached[1].get(entity_id)
    if profile is None:
        profile = _cached[1][entity_id] = _load(entity_id)
    return profile


def speaking_profile(brand: BrandProfile, owner_id: UUID | None, source_id: UUID) -> ChannelProfile:
    """In whose name a conversation is answered: its owner where that is the brand's own channel, else the
    channel at which the customer wrote. A desk that serves several brands never speaks in its own."""
    owner = brand.channels.get(owner_id) if owner_id is not None else None
    if owner is not None and owner.channel.business_entity_id == brand.entity.id:
        return owner
    return brand.channels[source_id]


def calendar_config(entity: BusinessEntity, hours: Any, *, holidays: bool) -> dict[str, Any]:
    """The configuration of `BusinessCalendar` for a channel's own hours, or the brand's when None."""
    operational = entity.operational_config or {}
    config: dict[str, Any] = {
        "timezone": entity.timezone,
        "hours": hours or operational.get("business_hours"),
    }
    if holidays and operational.get("holidays"):
        config["holidays"] = operational["holidays"]
    return config


def channel_calendar(channel: BusinessEntityChannel) -> BusinessCalendar:
    """When a channel is open. A brand without hours is always open; an emergency desk knows no holidays."""
    entity = channel.business_entity
    emergency = channel.channel_code == BusinessEntityChannel.Purpose.EMERGENCY
    config = calendar_config(entity, channel.business_hours, holidays=not emergency)
    if not config["hours"]:
        return BusinessCalendar.always_open(entity.timezone)
    try:
        return BusinessCalendar.parse(config)
    except ValueError as error:
        # Checked at save; a row edited by hand must not stop the whole brand.
        logger.error("channel_hours_unreadable", channel=str(channel.id), error=str(error))
        return BusinessCalendar.always_open(entity.timezone)


def _rules(raw: Any, **context: str) -> AutoRoutingRules:
    try:
        return AutoRoutingRules.model_validate(raw or {})
    except ValidationError as error:
        logger.error("routing_rules_unreadable", problems=error.error_count(), **context)
        return AutoRoutingRules()


def _message_rules(raw: Any, **context: str) -> tuple[MessageRoutingRule, ...]:
    try:
        return tuple(MessageRoutingRule.model_validate(rule) for rule in raw or ())
    except ValidationError as error:
        logger.error("message_rules_unreadable", problems=error.error_count(), **context)
        return ()


def _escalation(channel: BusinessEntityChannel) -> EscalationConfig:
    try:
        return EscalationConfig.model_validate(channel.escalation_config or {})
    except ValidationError as error:
        logger.error("escalation_unreadable", channel=str(channel.id), problems=error.error_count())
        return EscalationConfig()


def _load(entity_id: UUID) -> BrandProfile:
    entity = BusinessEntity.objects.get(id=entity_id)
    registrations = {
        registration.business_entity_channel_id: registration
        for registration in CommunicationChannel.objects.prefetch_related("shared_entities").select_related(
            "fallback_channel"
        )
    }
    profiles: dict[UUID, ChannelProfile] = {}
    facts = []
    team_channels: dict[str, UUID] = {}
    channels = BusinessEntityChannel.objects.select_related(
        "business_entity", "auto_response_template"
    ).order_by("channel_type", "channel_code", "id")
    for channel in channels:
        provider = PROVIDERS.get(channel.channel_type)
        registration = registrations.get(channel.id)
        shared = _serves_other_brand(registration, entity_id)
        if provider is None or not (channel.business_entity_id == entity_id or shared):
            continue
        calendar = channel_calendar(channel)
        profiles[channel.id] = ChannelProfile(channel, calendar, _escalation(channel))
        own = channel.business_entity_id == entity_id
        if own and channel.is_active and provider.capabilities.notifies:
            team_channels[channel.channel_code] = channel.id
            if channel.is_primary or "" not in team_channels:
                team_channels[""] = channel.id
        facts.append(_facts(channel, entity, calendar, registration, shared, provider.capabilities.receives))
    emergency = next(
        (
            fact.channel_address
            for fact in sorted(facts, key=lambda fact: (fact.channel_type != "phone", fact.channel_type))
            if fact.channel_code == BusinessEntityChannel.Purpose.EMERGENCY
            and fact.is_active
            and fact.may_own
        ),
        "",
    )
    compiled = compile_brand(
        BrandFacts(
            entity_code=entity.entity_code,
            entity_name=entity.entity_name,
            channels=tuple(facts),
            rules=_rules(entity.auto_routing_rules, entity=entity.entity_code),
            own_domains=frozenset(entity.own_domains),
            house_addresses=frozenset(channel.channel_address for channel in channels),
            partner_domains=frozenset(entity.partner_domains),
            unsure_below=UNSURE_BELOW,
        )
    )
    return BrandProfile(
        entity=entity,
        compiled=compiled,
        channels=profiles,
        limited=frozenset(f.id for f in facts if f.max_concurrent_conversations is not None and f.is_active),
        templates=load_templates(entity_id),
        team_channels=team_channels,
        emergency_address=emergency,
    )


def _serves_other_brand(registration: CommunicationChannel | None, entity_id: UUID) -> bool:
    if registration is None:
        return False
    if registration.entity_scope == CommunicationChannel.Scope.GLOBAL:
        return True
    return registration.entity_scope == CommunicationChannel.Scope.MULTI and any(
        shared.id == entity_id for shared in registration.shared_entities.all()
    )


def _facts(
    channel: BusinessEntityChannel,
    entity: BusinessEntity,
    calendar: BusinessCalendar,
    registration: CommunicationChannel | None,
    shared: bool,
    receives: bool,
) -> ChannelFacts:
    options = channel.integration_config or {}
    fallback = registration.fallback_channel if registration is not None else None
    return ChannelFacts(
        id=channel.id,
        entity_code=channel.business_entity.entity_code,
        channel_code=channel.channel_code,
        channel_type=channel.channel_type,
        channel_address=channel.channel_address,
        channel_name=channel.channel_name,
        priority_level=channel.priority_level,
        is_active=channel.is_active and channel.business_entity.is_active,
        is_primary=channel.is_primary and channel.business_entity_id == entity.id,
        may_own=receives,
        department=channel.department,
        sla_response_minutes=channel.sla_response_minutes,
        max_concurrent_conversations=channel.max_concurrent_conversations,
        calendar=None if calendar.is_always_open else calendar,
        rules=_rules(channel.auto_routing_rules, channel=str(channel.id)),
        message_rules=_message_rules(
            registration.message_routing_rules if registration is not None else (), channel=str(channel.id)
        ),
        routing_priority=registration.routing_priority if registration is not None else 50,
        fallback_id=fallback.business_entity_channel_id if fallback is not None else None,
        is_global=shared,
        lead_scoring=bool(options.get("lead_scoring")),
        auto_categorize=bool(options.get("auto_categorize")),
    )
