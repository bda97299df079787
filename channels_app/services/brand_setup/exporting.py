"""A brand's configuration as a file that another installation, or another brand, can be made from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationTemplate,
    MentionGroup,
)
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas.brand_file import (
    BrandFile,
    BrandPart,
    ChannelPart,
    MentionGroupPart,
    TemplatePart,
)
from channels_app.services.accounts import secret_fields

REGISTRY = ("routing_priority", "message_routing_rules")


def brand_file(entity: BusinessEntity) -> BrandFile:
    """Everything that makes a brand but its secrets, staff and customers."""
    registry = {
        row.business_entity_channel_id: row
        for row in CommunicationChannel.objects.filter(
            business_entity_channel__business_entity=entity
        ).select_related("fallback_channel__business_entity_channel")
    }
    channels = entity.channels.select_related("auto_response_template").order_by(
        "channel_type", "channel_code"
    )
    templates = entity.templates.select_related("channel").order_by("template_code", "language")
    return BrandFile(
        brand=BrandPart(**_columns(entity, BrandPart)),
        channels=[_channel(channel, registry.get(channel.pk)) for channel in channels],
        templates=[_template(template) for template in templates],
        mention_groups=[_group(group) for group in entity.mention_groups.order_by("name")],
    )


def own_to_installation(medium: str) -> frozenset[str]:
    """The settings of a medium that never leave: its secrets, and tokens that we made up ourselves."""
    config = PROVIDERS[medium].Config
    made_up = {name for name, info in config.model_fields.items() if info.default_factory is not None}
    return secret_fields(config) | made_up


def channel_key(channel: BusinessEntityChannel | None) -> str:
    return f"{channel.channel_type}/{channel.channel_code}" if channel is not None else ""


def _channel(channel: BusinessEntityChannel, row: CommunicationChannel | None) -> ChannelPart:
    hidden = own_to_installation(channel.channel_type) if channel.channel_type in PROVIDERS else frozenset()
    fallback = row.fallback_channel if row is not None else None
    values = _columns(channel, ChannelPart)
    values["integration_config"] = {
        name: value for name, value in (channel.integration_config or {}).items() if name not in hidden
    }
    answer = channel.auto_response_template
    values["auto_response"] = f"{answer.template_code}/{answer.language}" if answer is not None else ""
    if row is not None:
        values |= {name: getattr(row, name) for name in REGISTRY}
    # Another brand's desk is no part of this brand's file.
    if (
        fallback is not None
        and fallback.business_entity_channel.business_entity_id == channel.business_entity_id
    ):
        values["fallback"] = channel_key(fallback.business_entity_channel)
    return ChannelPart(**values)


def _template(template: CommunicationTemplate) -> TemplatePart:
    return TemplatePart(**_columns(template, TemplatePart) | {"channel": channel_key(template.channel)})


def _group(group: MentionGroup) -> MentionGroupPart:
    return MentionGroupPart(**_columns(group, MentionGroupPart))


def _columns(row: Any, part: type[BaseModel]) -> dict[str, Any]:
    """The columns of a row that have the name of a field of its part."""
    names = {field.name for field in row._meta.concrete_fields if not field.is_relation}
    return {name: getattr(row, name) for name in part.model_fields if name in names}
